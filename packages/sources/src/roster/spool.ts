import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs'
import { DIGEST_BYTES, RECORD_BYTES } from './digests.js'
import type { RowRepeat } from './problems.js'

const BUCKETS = 256
const BLOCK_RECORDS = 1_024
/** A record, and the line it came from. */
const ENTRY_BYTES = RECORD_BYTES + 4
const BLOCK_BYTES = BLOCK_RECORDS * ENTRY_BYTES
/** Of the rows that repeat another, so many of a bucket are named. */
const REPEATS_NAMED = 100
const NUMBER_PREFIX_BITS = 29
const PLACE_BITS = 24
const PLACES = 2 ** PLACE_BITS

/** Records of one bucket that can be sorted at once, 150 MB. Digests are even: only a file of repeats gets here. */
export const MAX_BUCKET_RECORDS = 4_194_304

/** Records of one bucket in the order of their digests, one for each number. */
export interface SortedBucket {
  readonly records: Buffer
  /** Rows whose number was there before with the same name. */
  readonly duplicates: number
  /** Rows whose number was there before with another name; the later row is kept. */
  readonly conflicts: number
  /** Some of these rows. */
  readonly repeats: readonly RowRepeat[]
}

/** What a spool must be told to go on where it was. The records in its blocks are in its file, the others in `tails`. */
export interface SpoolState {
  readonly blocksWritten: number
  readonly blocks: readonly (readonly number[])[]
  readonly tailRecords: readonly number[]
}

interface Bucket {
  readonly tail: Buffer
  tailRecords: number
  /** Where in the file this bucket's full blocks are, in order of arrival. */
  readonly blocks: number[]
}

/**
 * An external sort for records that begin with a digest. Digests spread evenly, so records are dealt into 256 buckets by
 * their first byte, in blocks of one file, and each bucket is later sorted in memory: a fixed 9 MB plus one bucket,
 * however long the import. Up to some 200,000 rows nothing is written at all. Only digests ever reach the file.
 */
export class Spool {
  readonly #path: string
  readonly #buckets: Bucket[]
  #file: number | null = null
  #blocksWritten = 0

  /** With `saved`, goes on with the records of a spool that was kept. */
  constructor(path: string, saved?: { readonly state: SpoolState; readonly tails: Buffer }) {
    this.#path = path
    this.#buckets = Array.from({ length: BUCKETS }, (_, index) => ({
      tail: Buffer.allocUnsafe(BLOCK_BYTES),
      tailRecords: saved?.state.tailRecords[index] ?? 0,
      blocks: [...(saved?.state.blocks[index] ?? [])],
    }))
    if (saved === undefined) return
    let at = 0
    for (const { tail, tailRecords } of this.#buckets)
      at += saved.tails.copy(tail, 0, at, at + tailRecords * ENTRY_BYTES)
    this.#blocksWritten = saved.state.blocksWritten
    // Blocks written after the state was saved are written again.
    if (this.#blocksWritten === 0) rmSync(path, { force: true })
    else {
      this.#file = openSync(path, 'r+')
      ftruncateSync(this.#file, this.#blocksWritten * BLOCK_BYTES)
    }
  }

  /** Adds a record. False: the bucket is full, and the import cannot go on. */
  add(record: Buffer, line: number): boolean {
    const bucket = this.#bucket(record.readUInt8(0))
    const at = bucket.tailRecords * ENTRY_BYTES
    record.copy(bucket.tail, at, 0, RECORD_BYTES)
    bucket.tail.writeUInt32LE(line, at + RECORD_BYTES)
    bucket.tailRecords += 1
    if (bucket.tailRecords === BLOCK_RECORDS) this.#writeTail(bucket)
    return bucket.blocks.length * BLOCK_RECORDS < MAX_BUCKET_RECORDS
  }

  /** The buckets, each sorted; taken one after the other they are in the order of the digests. */
  *sorted(): Generator<SortedBucket> {
    for (let index = 0; index < BUCKETS; index += 1) yield sortRecords(this.#read(this.#bucket(index)))
  }

  /** What goes on from here; its blocks are on the disk when this returns. */
  save(): { readonly state: SpoolState; readonly tails: Buffer } {
    if (this.#file !== null) fsyncSync(this.#file)
    const state = {
      blocksWritten: this.#blocksWritten,
      blocks: this.#buckets.map(({ blocks }) => blocks),
      tailRecords: this.#buckets.map(({ tailRecords }) => tailRecords),
    }
    const tails = Buffer.concat(
      this.#buckets.map(({ tail, tailRecords }) => tail.subarray(0, tailRecords * ENTRY_BYTES)),
    )
    return { state, tails }
  }

  /** Lets go of the file, which stays. */
  leave(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }

  close(): void {
    if (this.#file === null) return
    this.leave()
    unlinkSync(this.#path)
  }

  #bucket(index: number): Bucket {
    const bucket = this.#buckets[index]
    if (bucket === undefined) throw new RangeError('no such bucket')
    return bucket
  }

  #writeTail(bucket: Bucket): void {
    this.#file ??= openSync(this.#path, 'wx+', 0o600)
    writeFully(this.#file, bucket.tail, this.#blocksWritten * BLOCK_BYTES)
    bucket.blocks.push(this.#blocksWritten)
    bucket.tailRecords = 0
    this.#blocksWritten += 1
  }

  #read(bucket: Bucket): Buffer {
    const records = Buffer.allocUnsafe((bucket.blocks.length * BLOCK_RECORDS + bucket.tailRecords) * ENTRY_BYTES)
    for (const [place, block] of bucket.blocks.entries()) {
      if (this.#file === null) throw new Error('the spool is closed')
      readFully(this.#file, records.subarray(place * BLOCK_BYTES, (place + 1) * BLOCK_BYTES), block * BLOCK_BYTES)
    }
    bucket.tail.copy(records, bucket.blocks.length * BLOCK_BYTES, 0, bucket.tailRecords * ENTRY_BYTES)
    return records
  }
}

/**
 * Sorts by the number's digest, then by arrival. One double holds 29 bits of the digest (after the byte all share) above
 * the record's place, so the sort is the engine's own over plain numbers; the few that agree in those bits are put in
 * order by their whole digests.
 */
function sortRecords(records: Buffer): SortedBucket {
  const count = records.length / ENTRY_BYTES
  const order = new Float64Array(count)
  for (let place = 0; place < count; place += 1) {
    const prefix = records.readUInt32BE(place * ENTRY_BYTES + 1) >>> (32 - NUMBER_PREFIX_BITS)
    order[place] = prefix * PLACES + place
  }
  order.sort()
  settleTies(records, order)
  return keepLast(records, order)
}

function settleTies(records: Buffer, order: Float64Array): void {
  for (let start = 0; start < order.length; ) {
    const prefix = prefixOf(order, start)
    let end = start + 1
    while (end < order.length && prefixOf(order, end) === prefix) end += 1
    if (end - start > 1) order.subarray(start, end).sort((one, other) => compare(records, one % PLACES, other % PLACES))
    start = end
  }
}

function prefixOf(order: Float64Array, index: number): number {
  return Math.floor((order[index] ?? 0) / PLACES)
}

function compare(records: Buffer, one: number, other: number): number {
  return compareBytes(records, one, other, 0) || one - other
}

function compareBytes(records: Buffer, one: number, other: number, from: number): number {
  const [a, b] = [one * ENTRY_BYTES + from, other * ENTRY_BYTES + from]
  return records.compare(records, b, b + DIGEST_BYTES, a, a + DIGEST_BYTES)
}

function keepLast(records: Buffer, order: Float64Array): SortedBucket {
  const kept = Buffer.allocUnsafe(order.length * RECORD_BYTES)
  const repeats: RowRepeat[] = []
  let [length, duplicates, conflicts] = [0, 0, 0]
  let previous = -1
  for (const packed of order) {
    const place = packed % PLACES
    if (previous !== -1 && compareBytes(records, previous, place, 0) === 0) {
      const isConflict = compareBytes(records, previous, place, DIGEST_BYTES) !== 0
      if (isConflict) conflicts += 1
      else duplicates += 1
      if (repeats.length < REPEATS_NAMED) {
        repeats.push({ line: lineOf(records, place), earlierLine: lineOf(records, previous), isConflict })
      }
      length -= RECORD_BYTES
    }
    const at = place * ENTRY_BYTES
    records.copy(kept, length, at, at + RECORD_BYTES)
    length += RECORD_BYTES
    previous = place
  }
  return { records: kept.subarray(0, length), duplicates, conflicts, repeats }
}

function lineOf(records: Buffer, place: number): number {
  return records.readUInt32LE(place * ENTRY_BYTES + RECORD_BYTES)
}

function writeFully(file: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done)
}

function readFully(file: number, into: Buffer, at: number): void {
  for (let done = 0; done < into.length; ) {
    const read = readSync(file, into, done, into.length - done, at + done)
    if (read === 0) throw new Error('the spool is shorter than what was written to it')
    done += read
  }
}
