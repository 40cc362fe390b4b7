import type { Entry } from '@heyan/core'
import type { Statement } from 'better-sqlite3'
import { GENESIS, link } from '../chain.js'
import type { Sqlite } from './sqlite.js'

/** The writing end of one stream of ledger entries: each row carries the hash of the row before it. */
export class EntryLog {
  readonly streamId: string
  #seq = 0
  #hash = GENESIS
  readonly #insert: Statement

  constructor(db: Sqlite, streamId: string) {
    this.streamId = streamId
    this.#insert = db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    const head = db
      .prepare<[string], { seq: number; hash: string }>(
        'SELECT seq, hash FROM entries WHERE stream_id = ? ORDER BY seq DESC LIMIT 1',
      )
      .get(streamId)
    if (head) [this.#seq, this.#hash] = [head.seq, head.hash]
  }

  get seq(): number {
    return this.#seq
  }

  /** Inside a transaction; `mark` before it and `rewind` after a rollback. */
  append(accountId: string, day: number, { ref, kind, lotId, quantity, at }: Entry): void {
    const seq = this.#seq + 1
    const hash = link(this.#hash, [this.streamId, seq, accountId, day, ref, kind, lotId, quantity, at])
    this.#insert.run(accountId, day, ref, kind, lotId, quantity, at, this.streamId, seq, hash)
    this.#seq = seq
    this.#hash = hash
  }

  mark(): () => void {
    const [seq, hash] = [this.#seq, this.#hash]
    return () => {
      this.#seq = seq
      this.#hash = hash
    }
  }
}
