import { Worker } from 'node:worker_threads'
import { SheetRefused } from '../problem.js'
import type { FromReader, ReaderJob, ToReader } from './reader-protocol.js'

/** The same path from `src` and from `dist`, so that tests drive the worker that ships. */
const WORKER_FILE = new URL('../../dist/reading/reader-worker.js', import.meta.url)
const YOUNG_GENERATION_MB = 8

/** One sheet being read in a thread of its own, which ends when its time or its memory does. */
export class ReaderThread {
  readonly #worker: Worker
  readonly #wallClockMs: number
  readonly #signal: AbortSignal | undefined
  #workedMs = 0
  #ended: Error | null = null
  #waiting: { resolve: (message: FromReader) => void; reject: (error: Error) => void } | null = null
  #arrived: FromReader | null = null

  constructor(job: ReaderJob, signal?: AbortSignal) {
    this.#wallClockMs = job.limits.wallClockMs
    this.#signal = signal
    this.#worker = new Worker(WORKER_FILE, {
      workerData: job,
      execArgv: [],
      resourceLimits: {
        maxOldGenerationSizeMb: job.limits.heapMaxMb,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      },
    })
    this.#worker.on('message', (message: FromReader) => this.#deliver(message))
    this.#worker.once('error', (error) => this.#fail(asProblem(error, job)))
    this.#worker.once('exit', () => this.#fail(new Error('the thread that read the sheet ended')))
  }

  /** Asks for the next batch. */
  next(): Promise<FromReader> {
    this.#worker.postMessage({ kind: 'next' } satisfies ToReader)
    return this.answer()
  }

  /** The next thing the worker says. Throws `SheetRefused` when it takes too long or is called off. */
  async answer(): Promise<FromReader> {
    const startedMs = performance.now()
    const stop = (): void => this.#fail(new SheetRefused('cancelled', 'called off'))
    const timer = setTimeout(
      () => this.#fail(new SheetRefused('timeout', `more than ${this.#wallClockMs} ms`)),
      Math.max(0, this.#wallClockMs - this.#workedMs),
    )
    this.#signal?.addEventListener('abort', stop, { once: true })
    try {
      if (this.#signal?.aborted === true) stop()
      return await new Promise<FromReader>((resolve, reject) => {
        if (this.#arrived !== null) {
          resolve(this.#arrived)
          this.#arrived = null
        } else if (this.#ended !== null) reject(this.#ended)
        else this.#waiting = { resolve, reject }
      })
    } finally {
      clearTimeout(timer)
      this.#signal?.removeEventListener('abort', stop)
      this.#workedMs += performance.now() - startedMs
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #deliver(message: FromReader): void {
    if (this.#waiting === null) this.#arrived = message
    else this.#waiting.resolve(message)
    this.#waiting = null
  }

  #fail(error: Error): void {
    this.#ended ??= error
    this.#waiting?.reject(this.#ended)
    this.#waiting = null
  }
}

function asProblem(error: Error, { limits }: ReaderJob): Error {
  const code = 'code' in error ? String(error.code) : error.name
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new SheetRefused('bomb', `needs more than ${limits.heapMaxMb} MB to read`)
  }
  return new Error(`reading the sheet failed: ${code}`, { cause: error })
}
