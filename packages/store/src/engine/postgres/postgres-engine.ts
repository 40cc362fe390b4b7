import { Kysely, PostgresDialect } from 'kysely'
import type { Pool } from 'pg'
import type { CommandName } from '../../commands.js'
import { newId } from '../../ids.js'
import { type Keys, keysOf } from '../../keys.js'
import { POSTGRES } from '../../migrations/spelling.js'
import type { AccountQuota, Engine, EngineEvents, Opened, RateDemand, RateShare } from '../engine.js'
import type { HotOperation, HotResult } from '../hot.js'
import { HighWater } from '../ledger-batch.js'
import { migrate } from '../migrate.js'
import { checkSinceCheckpoint, writeCheckpoint } from './audit.js'
import { Changes } from './changes.js'
import { PostgresCommands } from './commands.js'
import { checkServer, isConflict, isTransient, openPool, transaction } from './connection.js'
import { LEASE_TERMS, type LeaseTerms } from './leases.js'
import { PostgresLedger } from './ledger.js'
import { readQuota } from './quota.js'
import { shareRates } from './rates.js'
import { DATABASE_CLOCK, Fenced } from './write.js'
import { Writer } from './writer.js'

const READERS_MAX = 8
const BEAT_MS = 1_000
/** A writer that has not been heard of for so long, by the database's clock, is dead. */
const DEAD_AFTER_MS = 10_000
/** The most calls given back in one transaction of recovery. */
const RECOVERY_BATCH = 5_000
const CHECKPOINT_LOCK = 7_301_002
/** A job is claimed for a little less than its time, so that timers that are not quite even skip none. */
const CLAIM_SHARE = 0.9

export interface PostgresOptions {
  readonly url: string
  readonly master: Buffer
  /** Names the node in its streams; null: by chance. */
  readonly node: string | null
  /** Epoch ms. */
  readonly now: () => number
  readonly leaseTerms?: LeaseTerms
}

/** A node of a store that many share: PostgreSQL decides, and nothing depends on this process staying alive. */
export class PostgresEngine implements Engine {
  readonly opened: Opened
  readonly #parts: Parts
  readonly #changes: Changes
  #beat: NodeJS.Timeout | undefined
  #beating: Promise<void> = Promise.resolve()
  #isClosed = false

  private constructor(parts: Parts, opened: Opened) {
    this.#parts = parts
    this.opened = opened
    this.#changes = new Changes(parts.pools.read, (what) => {
      parts.ledger.forget()
      parts.events.change(what)
    })
  }

  /**
   * Connects, migrates, checks what the server promises and that the master key is the store's, takes a place among the writers,
   * gives back what dead ones held, and adds up the ledger since its last checkpoint. Throws where any of it fails.
   */
  static async open(options: PostgresOptions, events: EngineEvents): Promise<PostgresEngine> {
    const { url, master, now, leaseTerms = LEASE_TERMS } = options
    const keys = keysOf(master)
    const pools = {
      hot: openPool(url, { max: 1 }),
      commands: openPool(url, { max: 1 }),
      read: openPool(url, { max: READERS_MAX }),
      bulk: openPool(url, { max: 1, isBulk: true }),
    }
    try {
      await prepare(pools.bulk)
      await checkKey(pools.bulk, keys, now())
      const clock = new HighWater(Math.max(now(), await lastMoment(pools.bulk)))
      const node = options.node ?? newId('nod', now())
      await markDead(pools.bulk)
      const hot = new Writer(pools.hot, 'hot', node, () => clock.at)
      const writing = new Writer(pools.commands, 'commands', node, () => clock.at)
      await hot.register()
      await writing.register()
      const ledger = new PostgresLedger(hot, clock, events, leaseTerms)
      const commands = new PostgresCommands(writing, pools.read, keys, clock)
      const recovered = await recoverAll(ledger, clock.at)
      const parts: Parts = { pools, keys, clock, node, hot, writing, ledger, commands, events }
      const engine = new PostgresEngine(parts, { keyId: keys.id, epoch: hot.place.epoch, recovered })
      const problems = await engine.check(now())
      if (problems.length > 0)
        throw new Error(`the ledger does not add up: ${problems.join('; ')}. See \`heyan audit\``)
      await engine.#start()
      return engine
    } catch (error) {
      await Promise.all(Object.values(pools).map((pool) => pool.end()))
      throw error
    }
  }

  hot(operation: HotOperation): Promise<HotResult> {
    return this.#parts.ledger.hot(operation)
  }

  run(name: CommandName, input: unknown, now: number): Promise<unknown> {
    return this.#parts.commands.run(name, input, now)
  }

  quota(accountId: string, applicationId: string, now: number): Promise<AccountQuota> {
    const { pools, clock } = this.#parts
    return readQuota(pools.read, accountId, applicationId, clock.advance(now))
  }

  expireLapsed(now: number, limit: number): Promise<number> {
    return this.#parts.ledger.expireLapsed(now, limit)
  }

  async check(now: number): Promise<readonly string[]> {
    const { pools, keys, clock } = this.#parts
    const { problems, checkpoint, since } = await checkSinceCheckpoint(pools.bulk)
    if (problems.length > 0 || checkpoint.lots.length === 0) return problems
    const at = clock.advance(now)
    await transaction(pools.bulk, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [CHECKPOINT_LOCK])
      await writeCheckpoint(client, checkpoint, since, {
        id: newId('chk', at),
        at,
        keyId: keys.id,
        signer: keys.checkpointSigner,
      })
    })
    return problems
  }

  async claim(job: string, everyMs: number): Promise<boolean> {
    const { rowCount } = await this.#parts.pools.read.query(
      `INSERT INTO settings AS s VALUES ($1, (${DATABASE_CLOCK} + $2)::text, ${DATABASE_CLOCK})
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
        WHERE s.value::bigint <= ${DATABASE_CLOCK}`,
      [`job.${job}`, Math.floor(everyMs * CLAIM_SHARE)],
    )
    return rowCount === 1
  }

  shareRates(demands: readonly RateDemand[]): Promise<readonly RateShare[]> {
    const { pools, hot } = this.#parts
    return shareRates(pools.read, hot.place.shard, demands)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#beat)
    const { pools, ledger, commands, hot, writing } = this.#parts
    await this.#beating
    await this.#changes.close()
    await ledger.close()
    await commands.close()
    // Nobody has to wait until this node is missed.
    await pools.read
      .query(`UPDATE writers SET state = 'dead' WHERE epoch = ANY($1)`, [[hot.place.epoch, writing.place.epoch]])
      .catch((error: unknown) => {
        if (!isTransient(error)) throw error
      })
    await Promise.all(Object.values(pools).map((pool) => pool.end()))
  }

  async #start(): Promise<void> {
    await this.#changes.start()
    await this.#keepUp()
    this.#beat = setInterval(() => {
      this.#beating = this.#beating.then(() => this.#keepUp())
    }, BEAT_MS).unref()
  }

  /** Says that this node lives, looks after those that do not any more, and counts who is there. */
  async #keepUp(): Promise<void> {
    if (this.#isClosed) return
    const { pools, hot, writing, ledger, clock, events } = this.#parts
    try {
      await hot.beat(pools.read)
      await writing.beat(pools.read)
      if ((await markDead(pools.read)) > 0) await recoverAll(ledger, clock.at)
      const { rows } = await pools.read.query<{ nodes: number }>(
        `SELECT count(*) AS nodes FROM writers WHERE state = 'alive' AND role = 'hot'`,
      )
      ledger.shareWith(rows[0]?.nodes ?? 1)
      events.nodes(rows[0]?.nodes ?? 1)
      await ledger.giveBackIdle()
    } catch (error) {
      // Taken for dead: the next transaction finds out, and begins a new epoch. Away: it comes back.
      if (error instanceof Fenced) await ledger.rejoin().catch(() => undefined)
      else if (!isTransient(error) && !isConflict(error)) events.fatal(error as Error)
    }
  }
}

interface Parts {
  readonly pools: { readonly hot: Pool; readonly commands: Pool; readonly read: Pool; readonly bulk: Pool }
  readonly keys: Keys
  readonly clock: HighWater
  readonly node: string
  readonly hot: Writer
  readonly writing: Writer
  readonly ledger: PostgresLedger
  readonly commands: PostgresCommands
  readonly events: EngineEvents
}

async function prepare(pool: Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await checkServer(client)
  } finally {
    client.release()
  }
  const kysely = new Kysely<never>({ dialect: new PostgresDialect({ pool }) })
  await migrate(kysely, POSTGRES)
}

/** The store's key is whoever's came first. Another one would seal what nobody else can open. */
async function checkKey(pool: Pool, keys: Keys, now: number): Promise<void> {
  await pool.query(
    `INSERT INTO keys SELECT $1, $2, $3, NULL WHERE NOT EXISTS (SELECT 1 FROM keys WHERE retired_at IS NULL)
      ON CONFLICT DO NOTHING`,
    [keys.id, keys.checkValue, now],
  )
  const { rows } = await pool.query<{ check_value: string }>('SELECT check_value FROM keys WHERE retired_at IS NULL')
  if (!rows.some(({ check_value }) => check_value === keys.checkValue))
    throw new Error('the master key is not the one this store was made with')
}

/** The latest moment in the ledger, so that a clock set back does not bring a lapsed lot to life. */
async function lastMoment(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ at: number | null }>(
    `SELECT greatest((SELECT max(high_water) FROM writers),
      (SELECT max((SELECT at FROM entries e WHERE e.stream_id = s.id ORDER BY seq DESC LIMIT 1)) FROM streams s),
      (SELECT value::bigint FROM settings WHERE key = 'clock.high_water')) AS at`,
  )
  return rows[0]?.at ?? 0
}

async function markDead(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE writers SET state = 'dead' WHERE state = 'alive' AND heartbeat_at < ${DATABASE_CLOCK} - $1`,
    [DEAD_AFTER_MS],
  )
  return rowCount ?? 0
}

async function recoverAll(ledger: PostgresLedger, now: number): Promise<number> {
  let recovered = 0
  for (;;) {
    const count = await ledger.recover(now, RECOVERY_BATCH)
    recovered += count
    if (count < RECOVERY_BATCH) return recovered
  }
}
