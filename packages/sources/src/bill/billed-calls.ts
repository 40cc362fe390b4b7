import { createHash } from 'node:crypto'
import { type BillLine, canonicalReference } from './bill-reader.js'

const FIRST_CAPACITY = 1_024
const FULL_SHARE = 0.7
const EMPTY = 0

/** What a bill says of one reference. */
export interface Billed {
  readonly rows: number
  /** Hundredths of a fen; null where one of its rows does not say. */
  readonly centifen: number | null
}

/**
 * A bill in memory: 30 to 60 bytes a reference, whatever its length, so that ten million of them fit. References are kept as
 * 64 bits of their SHA-256: among ten million the chance that two share them is three in a million.
 */
export class BilledCalls {
  #capacity = FIRST_CAPACITY
  #high = new Uint32Array(FIRST_CAPACITY)
  #low = new Uint32Array(FIRST_CAPACITY)
  #rows = new Uint32Array(FIRST_CAPACITY)
  /** NaN: a row does not say. */
  #centifen = new Float64Array(FIRST_CAPACITY)
  #taken = new Uint8Array(FIRST_CAPACITY)
  #size = 0

  /** Different references. */
  get size(): number {
    return this.#size
  }

  add({ reference, centifen }: BillLine): void {
    if (this.#size >= this.#capacity * FULL_SHARE) this.#grow()
    const [high, low] = digestOf(reference)
    const at = this.#find(high, low)
    if (this.#rows[at] === EMPTY) {
      this.#high[at] = high
      this.#low[at] = low
      this.#size += 1
    }
    this.#rows[at] = (this.#rows[at] ?? 0) + 1
    this.#centifen[at] = (this.#centifen[at] ?? 0) + (centifen ?? Number.NaN)
  }

  /** What the bill says of a reference, and that it is ours. Null where it says nothing. */
  take(reference: string): Billed | null {
    const at = this.#find(...digestOf(reference))
    const rows = this.#rows[at] ?? EMPTY
    if (rows === EMPTY) return null
    this.#taken[at] = 1
    const centifen = this.#centifen[at] ?? Number.NaN
    return { rows, centifen: Number.isNaN(centifen) ? null : centifen }
  }

  isTaken(reference: string): boolean {
    return this.#taken[this.#find(...digestOf(reference))] === 1
  }

  /** Where these 64 bits are, or the empty place where they would be. */
  #find(high: number, low: number): number {
    const mask = this.#capacity - 1
    let at = low & mask
    while (this.#rows[at] !== EMPTY && (this.#low[at] !== low || this.#high[at] !== high)) at = (at + 1) & mask
    return at
  }

  #grow(): void {
    const [high, low, rows, centifen, taken] = [this.#high, this.#low, this.#rows, this.#centifen, this.#taken]
    this.#capacity *= 2
    this.#high = new Uint32Array(this.#capacity)
    this.#low = new Uint32Array(this.#capacity)
    this.#rows = new Uint32Array(this.#capacity)
    this.#centifen = new Float64Array(this.#capacity)
    this.#taken = new Uint8Array(this.#capacity)
    for (let from = 0; from < rows.length; from++) {
      if (rows[from] === EMPTY) continue
      const to = this.#find(high[from] ?? 0, low[from] ?? 0)
      this.#high[to] = high[from] ?? 0
      this.#low[to] = low[from] ?? 0
      this.#rows[to] = rows[from] ?? 0
      this.#centifen[to] = centifen[from] ?? 0
      this.#taken[to] = taken[from] ?? 0
    }
  }
}

function digestOf(reference: string): [high: number, low: number] {
  const digest = createHash('sha256').update(canonicalReference(reference)).digest()
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)]
}
