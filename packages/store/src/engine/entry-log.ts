import type { Entry } from '@heyan/core'
import type { Statement } from 'better-sqlite3'
import { EntryChain } from './entry-chain.js'
import type { Sqlite } from './sqlite.js'

/** The writing end of one stream of ledger entries in SQLite. */
export class EntryLog {
  readonly streamId: string
  readonly #chain: EntryChain
  readonly #insert: Statement

  constructor(db: Sqlite, streamId: string) {
    this.streamId = streamId
    this.#insert = db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#chain = new EntryChain(
      streamId,
      db
        .prepare<[string], { seq: number; hash: string }>(
          'SELECT seq, hash FROM entries WHERE stream_id = ? ORDER BY seq DESC LIMIT 1',
        )
        .get(streamId),
    )
  }

  /** Inside a transaction; `mark` before it and `rewind` after a rollback. */
  append(accountId: string, day: number, entry: Entry): void {
    const row = this.#chain.next(accountId, day, entry)
    const { ref, kind, lot_id, quantity, at, stream_id, seq, hash } = row
    this.#insert.run(accountId, day, ref, kind, lot_id, quantity, at, stream_id, seq, hash)
  }

  mark(): () => void {
    return this.#chain.mark()
  }
}
