import { Worker } from 'node:worker_threads'
import type { FromWorker, ImportJob, ImportOutcome, ImportProgress, ToWorker } from './import-protocol.js'
import { type ImportRefusal, ImportRefused } from './problems.js'

/** Bytes on their way to the worker, at most: what the upload is held back by. */
const WINDOW_BYTES = 1_048_576
/** The largest message: small enough that the main thread copies it in some 20 µs. */
const MESSAGE_BYTES = 262_144
const WORKER_HEAP_MB = 256

/** The same path from `src` and from `dist`, so that tests drive the worker that ships. */
const WORKER_FILE = new URL('../../dist/roster/import-worker.js', import.meta.url)

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/**
 * Feeds a list to a worker thread that makes a roster of it. The bytes are taken from the stream only as fast as the
 * worker reads; nothing but copying them happens on this thread. Rejects only where the worker itself failed.
 */
export async function importList(
  job: Omit<ImportJob, 'cancelled'>,
  list: Bytes,
  signal: AbortSignal,
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportOutcome> {
  const cancelled = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const workerData: ImportJob = { ...job, cancelled: cancelled.buffer }
  const worker = new Worker(WORKER_FILE, {
    workerData,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
  })
  const feed = new Feed(worker)
  const finished = new Promise<ImportOutcome>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'finished') return resolve(message.outcome)
      feed.acknowledge(message.progress.bytes)
      try {
        onProgress(message.progress)
      } catch (error) {
        reject(error)
      }
    })
    worker.once('error', (error) => reject(new Error(`the import failed: ${codeOf(error)}`, { cause: error })))
    worker.once('exit', () => reject(new Error('the import failed: its worker ended')))
  })
  const cancel = (): void => {
    Atomics.store(cancelled, 0, 1)
    feed.stop('cancelled')
  }
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  // Whichever ends first ends the other: a refusal stops the upload, a broken upload stops the worker.
  const fed = feed.run(list).catch((error: unknown) => {
    if (!(error instanceof ImportRefused)) {
      worker.postMessage({ kind: 'broken' } satisfies ToWorker)
      return 'stream_failed'
    }
    Atomics.store(cancelled, 0, 1)
    worker.postMessage({ kind: 'end' } satisfies ToWorker)
    return error.reason
  })
  try {
    const outcome = await finished
    feed.stop('cancelled')
    const broken = outcome.ok || outcome.reason !== 'cancelled' ? null : await fed
    return broken === null || outcome.ok ? outcome : { ...outcome, reason: broken }
  } finally {
    Atomics.store(cancelled, 0, 1)
    feed.stop('cancelled')
    signal.removeEventListener('abort', cancel)
    await worker.terminate()
  }
}

/** Sends a stream to the worker, a window at a time. */
class Feed {
  readonly #worker: Worker
  #sent = 0
  #read = 0
  #stopped: ImportRefusal | null = null
  #onStop: () => void = () => {}
  #onRead: () => void = () => {}

  constructor(worker: Worker) {
    this.#worker = worker
  }

  /** The worker has read so many bytes in all. */
  acknowledge(readBytes: number): void {
    this.#read = readBytes
    this.#onRead()
  }

  stop(reason: ImportRefusal): void {
    this.#stopped ??= reason
    this.#onStop()
  }

  /** Resolves null once all is sent. Rejects with what the stream rejects with, or with why it was stopped. */
  async run(list: Bytes): Promise<null> {
    const iterator = Symbol.asyncIterator in list ? list[Symbol.asyncIterator]() : list[Symbol.iterator]()
    try {
      for (;;) {
        const next = await this.#unlessStopped<IteratorResult<Uint8Array>>((resolve, reject) => {
          Promise.resolve(iterator.next()).then(resolve, reject)
        })
        if (next.done === true) break
        await this.#send(next.value)
      }
      this.#worker.postMessage({ kind: 'end' } satisfies ToWorker)
      return null
    } catch (error) {
      // Not waited for: a stream that hangs in `next` may hang in `return` too.
      void Promise.resolve(iterator.return?.()).catch(() => {})
      throw error
    }
  }

  async #send(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength; at += MESSAGE_BYTES) {
      // A copy: the chunk may be part of a pool that the stream goes on using.
      const bytes = new Uint8Array(chunk.subarray(at, at + MESSAGE_BYTES))
      this.#worker.postMessage({ kind: 'bytes', bytes } satisfies ToWorker)
      this.#sent += bytes.byteLength
      while (this.#sent - this.#read > WINDOW_BYTES) {
        await this.#unlessStopped<void>((resolve) => {
          this.#onRead = resolve
        })
      }
    }
  }

  /** Waits for one thing, and no longer than until the feed is stopped. */
  #unlessStopped<Value>(
    wait: (resolve: (value: Value) => void, reject: (error: unknown) => void) => void,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#onStop = () => reject(new ImportRefused(this.#stopped ?? 'cancelled'))
      if (this.#stopped === null) wait(resolve, reject)
      else this.#onStop()
    })
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.name
}
