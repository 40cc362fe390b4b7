import type { QuotaView } from '@heyan/core'
import type { Statement } from 'better-sqlite3'
import type { CallRow } from '../tables.js'
import type { EntryLog } from './entry-log.js'
import type { HotBatchResult, HotOperation, HotResult, HotViews } from './hot.js'
import { HighWater, LedgerBatch, viewAccount, viewApplication } from './ledger-batch.js'
import type { Sqlite } from './sqlite.js'
import { SqliteRows } from './sqlite-rows.js'

/**
 * The metering core on SQLite. One batch is one transaction: what it answers is durable when `run` returns, or it throws and
 * nothing of it happened. Runs in the store's thread, the only writer there is.
 */
export class SqliteLedger {
  readonly #db: Sqlite
  readonly #log: EntryLog
  readonly #epoch: number
  readonly #rows: SqliteRows
  readonly #clock: HighWater
  readonly #begin: Statement
  readonly #commit: Statement

  constructor(db: Sqlite, log: EntryLog, epoch: number, highWater: number) {
    this.#db = db
    this.#log = log
    this.#epoch = epoch
    this.#rows = new SqliteRows(db, log)
    this.#clock = new HighWater(highWater)
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
  }

  /** Moves the clock on, never back; gives the moment to reckon with. */
  advance(at: number): number {
    return this.#clock.advance(at)
  }

  run(operations: readonly HotOperation[]): HotBatchResult {
    try {
      return this.#transaction((batch) => operations.map((operation) => batch.perform(operation)))
    } catch (error) {
      if (operations.length === 1 || isDiskFault(error)) throw error
      // One of them met a bug: each goes alone, so that only that one fails.
      return this.#runEach(operations)
    }
  }

  #runEach(operations: readonly HotOperation[]): HotBatchResult {
    const results: (HotResult | Error)[] = []
    const views: HotViews = { accounts: [], applications: [] }
    for (const operation of operations) {
      try {
        const one = this.#transaction((batch) => [batch.perform(operation)])
        results.push(...one.results)
        views.accounts.push(...one.views.accounts)
        views.applications.push(...one.views.applications)
      } catch (error) {
        if (isDiskFault(error)) throw error
        results.push(error instanceof Error ? error : new Error(String(error)))
      }
    }
    return { results, views }
  }

  /** Gives back calls that a dead process held. */
  recover(calls: readonly CallRow[], now: number): void {
    this.#transaction((batch) => {
      for (const call of calls) batch.releaseCall(call, 'crash', now)
      return []
    })
  }

  /** Moves what is left of lapsed lots to expired. Gives the number of lots; at most `limit` in one go. */
  expireLapsed(at: number, limit: number): number {
    const now = this.advance(at)
    let count = 0
    this.#transaction((batch) => {
      const lapsed = this.#rows.lapsed(now, limit)
      for (const { account_id, id } of lapsed) batch.expireLot(account_id, id, now)
      count = lapsed.length
      return []
    })
    return count
  }

  /** The quota of an account, as the table has it now. */
  view(accountId: string, at: number): QuotaView {
    return viewAccount(this.#rows, accountId, this.advance(at))
  }

  viewApplication(accountId: string, applicationId: string, at: number): { left: number; validUntil: number } {
    return viewApplication(this.#rows, accountId, applicationId, this.advance(at))
  }

  #transaction(work: (batch: LedgerBatch) => HotResult[]): HotBatchResult {
    const rewind = this.#log.mark()
    this.#begin.run()
    try {
      const batch = new LedgerBatch(this.#rows, this.#epoch, this.#clock)
      const results = work(batch)
      const views = batch.finish()
      this.#commit.run()
      return { results, views }
    } catch (error) {
      rewind()
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }
}

/** A disk that does not keep what it was given: no batch may be tried again on it. */
export function isDiskFault(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    code.startsWith('SQLITE_IOERR') ||
    code.startsWith('SQLITE_CORRUPT') ||
    code === 'SQLITE_NOTADB' ||
    code === 'SQLITE_FULL'
  )
}
