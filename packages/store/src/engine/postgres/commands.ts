import { billingDay } from '@heyan/core'
import { Kysely, PostgresDialect } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { GENESIS } from '../../chain.js'
import { CHANGES_CALLERS, CHANGES_SOURCES, type CommandName, READS, WRITES } from '../../commands.js'
import type { Change, Reading, Work } from '../../context.js'
import type { Keys } from '../../keys.js'
import type { AuditRow, EntryRow, Tables } from '../../tables.js'
import { auditHash } from '../audit-hash.js'
import type { HighWater } from '../ledger-batch.js'
import { announceChange } from './changes.js'
import { isConflict, isTransient, pause } from './connection.js'
import { DATABASE_CLOCK, Fenced } from './write.js'
import type { Writer } from './writer.js'

const OUTAGE_MAX_MS = 5_000
const RETRY_PAUSE_MS = 50

/** The named commands on PostgreSQL: those that write follow each other on a writer of their own, those that read use the pool. */
export class PostgresCommands {
  readonly #writer: Writer
  readonly #readers: Kysely<Tables>
  readonly #keys: Keys
  readonly #clock: HighWater
  #last: Promise<unknown> = Promise.resolve()

  constructor(writer: Writer, readPool: Pool, keys: Keys, clock: HighWater) {
    this.#writer = writer
    this.#readers = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: readPool }) })
    this.#keys = keys
    this.#clock = clock
  }

  async run(name: CommandName, input: unknown, wallNow: number): Promise<unknown> {
    const now = this.#clock.advance(wallNow)
    if (name in READS) {
      const reading: Reading = { db: this.#readers, keys: this.#keys, now }
      const read = READS[name as keyof typeof READS] as (r: Reading, i: unknown) => Promise<unknown>
      return again(() => read(reading, input))
    }
    return this.#inTurn(() => this.#write(name as keyof typeof WRITES, input, now))
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#last
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task)
    this.#last = done.catch(() => undefined)
    return done
  }

  #write(name: keyof typeof WRITES, input: unknown, now: number): Promise<unknown> {
    const write = WRITES[name] as (work: Work, input: unknown) => Promise<unknown>
    return again(async () => {
      try {
        return await this.#writer.commit(async (client, { epoch, shard, chain }, number) => {
          const db = kyselyOn(client) as unknown as Work['db']
          const entries: EntryRow[] = []
          const output = await write(
            {
              db,
              keys: this.#keys,
              now,
              shard,
              enter: (accountId, entry) => void entries.push(chain.next(accountId, billingDay(now), entry)),
              record: (change) => record(client, chain.streamId, change, now),
            },
            input,
          )
          if (entries.length > 0)
            await client.query('INSERT INTO entries SELECT * FROM json_populate_recordset(NULL::entries, $1)', [
              JSON.stringify(entries),
            ])
          if (CHANGES_CALLERS.has(name)) await announceChange(client, 'callers')
          if (CHANGES_SOURCES.has(name)) await announceChange(client, 'sources')
          const fence = await client.query(
            `UPDATE writers SET last_batch = $1, high_water = $2, heartbeat_at = ${DATABASE_CLOCK}
              WHERE epoch = $3 AND state = 'alive'`,
            [number, now, epoch],
          )
          if (fence.rowCount !== 1) throw new Fenced('this writer was taken for dead')
          return output
        })
      } catch (error) {
        if (!(error instanceof Fenced)) throw error
        await this.#writer.register()
        throw new TryAgain('the writer has begun a new epoch')
      }
    })
  }
}

class TryAgain extends Error {}

/** Tries again what failed for a reason that passes, for as long as a caller may wait. */
async function again<T>(attempt: () => Promise<T>): Promise<T> {
  const until = performance.now() + OUTAGE_MAX_MS
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const passes = error instanceof TryAgain || isTransient(error) || isConflict(error)
      if (!passes || performance.now() > until) throw error
      await pause(RETRY_PAUSE_MS)
    }
  }
}

/** Queries on one connection, inside the transaction that is open on it. */
function kyselyOn(client: PoolClient): Kysely<Tables> {
  const connection = { query: client.query.bind(client), release: () => undefined }
  const pool = { connect: async () => connection, end: async () => undefined }
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as never }) })
}

/** The audit log has one end a stream, which is this writer's alone. */
async function record(
  client: PoolClient,
  streamId: string,
  { actor, action, object, accountId, before, after }: Change,
  at: number,
): Promise<void> {
  const last = await client.query<{ seq: number; hash: string }>(
    'SELECT seq, hash FROM audit_log WHERE stream_id = $1 ORDER BY seq DESC LIMIT 1',
    [streamId],
  )
  const row: Omit<AuditRow, 'hash'> = {
    stream_id: streamId,
    seq: (last.rows[0]?.seq ?? 0) + 1,
    at,
    actor,
    action,
    object,
    account_id: accountId,
    before: before ? JSON.stringify(before) : null,
    after: after ? JSON.stringify(after) : null,
  }
  await client.query('INSERT INTO audit_log VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
    ...Object.values(row),
    auditHash(last.rows[0]?.hash ?? GENESIS, row),
  ])
}
