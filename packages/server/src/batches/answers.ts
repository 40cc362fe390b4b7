import { randomUUID } from 'node:crypto'
import type { Batch, BatchStatus, ResultsPart, Store } from '@heyan/store'
import type { BatchFiles } from './files.js'
import { ANSWERS_PER_FLUSH, FLUSH_AFTER_MS, HEARTBEAT_MS, LEASE_MS } from './limits.js'
import { ResultsWriter, readResults } from './results-file.js'
import { countOf, NO_COUNTS, type RowResult } from './row-result.js'

const SECOND_MS = 1_000
/** How much of the latest speed counts. */
const LATEST_SHARE = 0.2

export interface AnswersParts {
  readonly store: Pick<Store, 'run'>
  readonly files: BatchFiles
  readonly key: Uint8Array
  readonly lease: string
  /** Told of what the batch's state is, each time something was written; `lost` where it is somebody else's by now. */
  readonly onState: (state: BatchStatus | 'destroyed' | 'lost') => void
  readonly onFault: (fault: unknown) => void
}

/** Puts the answers of one run on the disk, and tells the store of them only then. */
export class Answers {
  readonly #batch: Batch
  readonly #parts: AnswersParts
  readonly #file = `results-${randomUUID()}`
  readonly #heartbeat: NodeJS.Timeout
  #writer: ResultsWriter | null = null
  #told: readonly ResultsPart[]
  #pending: RowResult[] = []
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()
  #isBroken = false
  #perSecond: number | null = null
  #lastAt = performance.now()

  constructor(batch: Batch, parts: AnswersParts) {
    this.#batch = batch
    this.#parts = parts
    this.#told = batch.results
    this.#heartbeat = setInterval(() => this.#flush(true), HEARTBEAT_MS).unref()
  }

  add(result: RowResult): void {
    this.#pending.push(result)
    if (this.#pending.length >= ANSWERS_PER_FLUSH) this.#flush(false)
    else this.#timer ??= setTimeout(() => this.#flush(false), FLUSH_AFTER_MS)
  }

  /** Resolves when there is room for more: answers never pile up in memory. */
  async room(): Promise<void> {
    if (this.#pending.length >= ANSWERS_PER_FLUSH) await this.#writing
  }

  /** Writes what there is, and hears how the batch stands now. */
  async look(): Promise<void> {
    this.#flush(true)
    await this.#writing
  }

  /** Everything is on the disk and told of. False: it was not, and what is missing will be asked for again. */
  async close(): Promise<boolean> {
    clearInterval(this.#heartbeat)
    this.#flush(false)
    await this.#writing
    await this.#writer?.close()
    return !this.#isBroken
  }

  #flush(isHeartbeat: boolean): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#writing = this.#writing
      .then(() => this.#write(isHeartbeat))
      .catch((fault: unknown) => {
        this.#isBroken = true
        this.#parts.onFault(fault)
      })
  }

  async #write(isHeartbeat: boolean): Promise<void> {
    if (this.#isBroken || (this.#pending.length === 0 && !isHeartbeat)) return
    const { store, lease, onState } = this.#parts
    const { accountId, id: batchId } = this.#batch
    const results = this.#pending
    this.#pending = []
    const to = results.length === 0 ? this.#told : await this.#keep(results)
    const state = await store.run('saveBatchProgress', {
      accountId,
      batchId,
      lease,
      leaseMs: LEASE_MS,
      from: this.#told,
      to,
      added: results.length === 0 ? NO_COUNTS : countOf(results),
      corrections: 0,
      rowsPerSecond: this.#speed(results.length),
    })
    if (state === null) this.#isBroken = true
    else this.#told = to
    onState(state ?? 'lost')
  }

  async #keep(results: readonly RowResult[]): Promise<readonly ResultsPart[]> {
    const { files, key } = this.#parts
    const { id, results: before } = this.#batch
    if (this.#writer === null) {
      this.#writer = await ResultsWriter.create(files.results(id, this.#file), this.#file, key)
      await files.sync(id)
    }
    return [...before, { file: this.#file, bytes: await this.#writer.add(results) }]
  }

  #speed(count: number): number | null {
    const now = performance.now()
    const latest = (count * SECOND_MS) / Math.max(1, now - this.#lastAt)
    this.#lastAt = now
    this.#perSecond = this.#perSecond === null ? latest : this.#perSecond * (1 - LATEST_SHARE) + latest * LATEST_SHARE
    return Math.round(this.#perSecond)
  }
}

/** Every answer that counts, in the order they were given; a later one of a row takes the place of an earlier one. */
export async function* answersOf(
  { id, results }: Pick<Batch, 'id' | 'results'>,
  files: BatchFiles,
  key: Uint8Array,
): AsyncGenerator<readonly RowResult[]> {
  for (const { file, bytes } of results) yield* readResults(files.results(id, file), file, key, bytes)
}
