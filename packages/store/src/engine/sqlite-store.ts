import { billingDay } from '@heyan/core'
import { Kysely, SqliteDialect } from 'kysely'
import { GENESIS } from '../chain.js'
import { type CommandName, READS, WRITES } from '../commands.js'
import type { Change, Reading, Work } from '../context.js'
import { newId } from '../ids.js'
import { type Keys, keysOf } from '../keys.js'
import { SQLITE } from '../migrations/spelling.js'
import type { AuditRow, CallRow, Tables } from '../tables.js'
import { auditHash } from './audit-hash.js'
import type { Opened } from './engine.js'
import { EntryLog } from './entry-log.js'
import type { HotBatchResult, HotOperation } from './hot.js'
import { lockStore } from './lock.js'
import type { Request, WorkerSettings } from './messages.js'
import { migrate } from './migrate.js'
import { makeDurable, openForWriting, type Sqlite } from './sqlite.js'
import { checkSinceCheckpoint, writeCheckpoint } from './sqlite-audit.js'
import { isDiskFault, SqliteLedger } from './sqlite-ledger.js'
import { SHARD } from './sqlite-rows.js'

const HIGH_WATER = 'clock.high_water'
/** Said of a store whose calls are counted elsewhere now (`move.ts`). */
const MOVED = 'moved_to'
const EPOCH = 'epoch'
const IS_CLOSED = 'closed_cleanly'
/** The most calls given back in one transaction of recovery. */
const RECOVERY_BATCH = 10_000

/** The embedded store, whole, on the thread that owns it: the lock, the connection, the ledger, the commands. */
export class SqliteStore {
  readonly opened: Opened
  readonly #db: Sqlite
  readonly #kysely: Kysely<Tables>
  readonly #lock: { release(): void }
  readonly #keys: Keys
  readonly #log: EntryLog
  readonly #ledger: SqliteLedger

  private constructor(parts: {
    opened: Opened
    db: Sqlite
    kysely: Kysely<Tables>
    lock: { release(): void }
    keys: Keys
    log: EntryLog
    ledger: SqliteLedger
  }) {
    this.opened = parts.opened
    this.#db = parts.db
    this.#kysely = parts.kysely
    this.#lock = parts.lock
    this.#keys = parts.keys
    this.#log = parts.log
    this.#ledger = parts.ledger
  }

  /** A disk that does not keep what it is given: the process must end. A full one is only told. */
  static isFatal(error: unknown): boolean {
    return isDiskFault(error) && !(error instanceof Error && 'code' in error && error.code === 'SQLITE_FULL')
  }

  /**
   * Takes the lock, opens, migrates, makes durable, checks the key, gives back what a dead process held, and adds up the ledger
   * since its last checkpoint. Throws where any of it fails: nothing is served from a store that is not sound.
   */
  static async open({ file, lockFile, master, node }: WorkerSettings, wallNow: number): Promise<SqliteStore> {
    const keys = keysOf(Buffer.from(master))
    const lock = lockStore(lockFile)
    try {
      const db = openForWriting(file)
      const kysely = new Kysely<Tables>({ dialect: new SqliteDialect({ database: db }) })
      await migrate(kysely as unknown as Kysely<never>, SQLITE)
      const setting = settingsOf(db)
      if (setting.read(MOVED) !== undefined)
        throw new Error('this store was moved to PostgreSQL: name its address in DATABASE_URL')
      const now = Math.max(wallNow, Number(setting.read(HIGH_WATER) ?? 0), lastMoment(db))
      makeDurable(db, () => setting.write(HIGH_WATER, String(now), now))
      checkKey(db, keys, now)
      checkFile(db, setting.read(IS_CLOSED) === '1')
      const epoch = Number(setting.read(EPOCH) ?? 0) + 1
      setting.write(EPOCH, String(epoch), now)
      setting.write(IS_CLOSED, '0', now)

      const log = new EntryLog(db, ownStream(db, node, now))
      const ledger = new SqliteLedger(db, log, epoch, now)
      const recovered = recover(db, ledger, epoch, now)
      const { problems } = checkSinceCheckpoint(db)
      if (problems.length > 0)
        throw new Error(`the ledger does not add up: ${problems.join('; ')}. See \`heyan audit\``)
      return new SqliteStore({ opened: { keyId: keys.id, epoch, recovered }, db, kysely, lock, keys, log, ledger })
    } catch (error) {
      lock.release()
      throw error
    }
  }

  runHot(operations: readonly HotOperation[]): HotBatchResult {
    return this.#ledger.run(operations)
  }

  async perform(request: Exclude<Request, { kind: 'open' } | { kind: 'hot' }>): Promise<unknown> {
    switch (request.kind) {
      case 'command':
        return this.#command(request.name, request.input, this.#ledger.advance(request.now))
      case 'quota':
        return {
          account: this.#ledger.view(request.accountId, request.now),
          application: this.#ledger.viewApplication(request.accountId, request.applicationId, request.now),
        }
      case 'expire':
        return this.#ledger.expireLapsed(request.now, request.limit)
      case 'checkpoint': {
        const at = this.#ledger.advance(request.now)
        const { signer, keyId } = { signer: this.#keys.checkpointSigner, keyId: this.#keys.id }
        this.#db.transaction(() => {
          writeCheckpoint(this.#db, request.checkpoint, { id: newId('chk', at), at, keyId, signer })
          settingsOf(this.#db).write(HIGH_WATER, String(at), at)
        })()
        return undefined
      }
      case 'close':
        return this.#close(this.#ledger.advance(request.now))
    }
  }

  async #command(name: CommandName, input: unknown, now: number): Promise<unknown> {
    const reading: Reading = { db: this.#kysely, keys: this.#keys, now }
    if (name in READS)
      return (READS[name as keyof typeof READS] as (r: Reading, i: unknown) => Promise<unknown>)(reading, input)
    const write = WRITES[name as keyof typeof WRITES] as (work: Work, input: unknown) => Promise<unknown>
    const rewind = this.#log.mark()
    try {
      return await this.#kysely.transaction().execute((db) =>
        write(
          {
            db,
            keys: this.#keys,
            now,
            shard: SHARD,
            enter: (accountId, entry) => this.#log.append(accountId, billingDay(now), entry),
            record: async (change) => this.#record(change, now),
          },
          input,
        ),
      )
    } catch (error) {
      rewind()
      throw error
    }
  }

  #record({ actor, action, object, accountId, before, after }: Change, at: number): void {
    const streamId = this.#log.streamId
    const last = this.#db
      .prepare<[string], { seq: number; hash: string }>(
        'SELECT seq, hash FROM audit_log WHERE stream_id = ? ORDER BY seq DESC LIMIT 1',
      )
      .get(streamId)
    const row: Omit<AuditRow, 'hash'> = {
      stream_id: streamId,
      seq: (last?.seq ?? 0) + 1,
      at,
      actor,
      action,
      object,
      account_id: accountId,
      before: before ? JSON.stringify(before) : null,
      after: after ? JSON.stringify(after) : null,
    }
    this.#db
      .prepare('INSERT INTO audit_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(...Object.values(row), auditHash(last?.hash ?? GENESIS, row))
  }

  async #close(now: number): Promise<void> {
    const setting = settingsOf(this.#db)
    setting.write(HIGH_WATER, String(now), now)
    setting.write(IS_CLOSED, '1', now)
    this.#db.pragma('wal_checkpoint(TRUNCATE)')
    await this.#kysely.destroy()
    this.#lock.release()
  }
}

function settingsOf(db: Sqlite) {
  const read = db.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck()
  const write = db.prepare(
    'INSERT INTO settings VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at',
  )
  return {
    read: (key: string) => read.get(key),
    write: (key: string, value: string, now: number) => void write.run(key, value, now),
  }
}

/** The latest moment in the ledger, so that a clock set back does not bring a lapsed lot to life. */
function lastMoment(db: Sqlite): number {
  const rows = db
    .prepare<[], number>(
      'SELECT (SELECT at FROM entries e WHERE e.stream_id = s.id ORDER BY seq DESC LIMIT 1) FROM streams s',
    )
    .pluck()
    .all()
  return rows.reduce((latest, at) => Math.max(latest, at ?? 0), 0)
}

function checkKey(db: Sqlite, keys: Keys, now: number): void {
  const known = db
    .prepare<[], { id: string; check_value: string }>('SELECT id, check_value FROM keys WHERE retired_at IS NULL')
    .get()
  if (known === undefined) db.prepare('INSERT INTO keys VALUES (?, ?, ?, NULL)').run(keys.id, keys.checkValue, now)
  else if (known.check_value !== keys.checkValue)
    throw new Error('the master key is not the one this store was made with')
}

function checkFile(db: Sqlite, wasClosedCleanly: boolean): void {
  if (wasClosedCleanly) return
  const found = db.pragma('quick_check(1)', { simple: true })
  if (found !== 'ok') throw new Error(`the store's file is damaged: ${found}`)
}

/** One stream for the one writer, for ever. */
function ownStream(db: Sqlite, node: string, now: number): string {
  const known = db.prepare<[string], string>('SELECT id FROM streams WHERE node = ?').pluck().get(node)
  if (known !== undefined) return known
  const id = newId('str', now)
  db.prepare('INSERT INTO streams VALUES (?, ?, ?)').run(id, node, now)
  return id
}

/** Gives back every call that a dead process held. Each batch is a transaction; a second run finds nothing. */
function recover(db: Sqlite, ledger: SqliteLedger, epoch: number, now: number): number {
  const held = db.prepare<[number, number], CallRow>(
    "SELECT * FROM calls WHERE state = 'reserved' AND epoch < ? LIMIT ?",
  )
  let recovered = 0
  for (;;) {
    const calls = held.all(epoch, RECOVERY_BATCH)
    if (calls.length === 0) return recovered
    ledger.recover(calls, now)
    recovered += calls.length
  }
}
