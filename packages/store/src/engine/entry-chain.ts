import type { Entry } from '@heyan/core'
import { GENESIS, link } from '../chain.js'
import type { EntryRow } from '../tables.js'

/** The end of one stream of ledger entries: each row carries the hash of the row before it. */
export class EntryChain {
  readonly streamId: string
  #seq: number
  #hash: string

  constructor(streamId: string, head: { readonly seq: number; readonly hash: string } | undefined) {
    this.streamId = streamId
    this.#seq = head?.seq ?? 0
    this.#hash = head?.hash ?? GENESIS
  }

  /** The row of the next entry. It counts from now on: `mark` before a transaction, and rewind when it is rolled back. */
  next(accountId: string, day: number, { ref, kind, lotId, quantity, at }: Entry): EntryRow {
    const seq = this.#seq + 1
    const hash = link(this.#hash, [this.streamId, seq, accountId, day, ref, kind, lotId, quantity, at])
    this.#seq = seq
    this.#hash = hash
    return { account_id: accountId, day, ref, kind, lot_id: lotId, quantity, at, stream_id: this.streamId, seq, hash }
  }

  mark(): () => void {
    const [seq, hash] = [this.#seq, this.#hash]
    return () => {
      this.#seq = seq
      this.#hash = hash
    }
  }
}
