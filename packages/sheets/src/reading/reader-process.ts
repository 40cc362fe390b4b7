import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SheetLimits } from '../limits.js'
import { SheetRefused } from '../problem.js'
import type { FromReader, ReaderJob, ToReader } from './reader-protocol.js'

/** The same path from `src` and from `dist`, so that tests drive the program that ships. */
export const READER_FILE = fileURLToPath(new URL('../../dist/reading/reader-child.js', import.meta.url))
const YOUNG_GENERATION_MB = 8
/** How a process ends that ran out of its heap. */
const OUT_OF_MEMORY = { signal: 'SIGABRT', code: 134 } as const

/**
 * One sheet being read in a process of its own, which is ended when its time is over. A process rather than a thread: a
 * thread that runs out of memory may take the whole server with it. It is given nothing but the job: no environment, no
 * output.
 */
export class ReaderProcess {
  readonly #child: ChildProcess
  readonly #wallClockMs: number
  readonly #signal: AbortSignal | undefined
  #workedMs = 0
  #ended: Error | null = null
  #waiting: { resolve: (message: FromReader) => void; reject: (error: Error) => void } | null = null
  #arrived: FromReader | null = null

  constructor(job: ReaderJob, signal?: AbortSignal) {
    this.#wallClockMs = job.limits.wallClockMs
    this.#signal = signal
    this.#child = fork(READER_FILE, [], {
      env: {},
      execArgv: readerFlags(job.limits),
      serialization: 'advanced', // Keys are bytes.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (message: FromReader) => this.#deliver(message))
    this.#child.once('error', (error) => this.#fail(error))
    this.#child.once('exit', (code, by) => {
      const isMemory = by === OUT_OF_MEMORY.signal || code === OUT_OF_MEMORY.code
      this.#fail(
        isMemory
          ? new SheetRefused('bomb', `needs more than ${job.limits.heapMaxMb} MB to read`)
          : new Error('the process that read the sheet ended'),
      )
    })
    this.#child.send(job, () => {}) // A child that has ended tells so by its exit.
  }

  /** The next batch, or how the reading ended. Throws `SheetRefused` when it takes too long or is called off. */
  async next(): Promise<FromReader> {
    const startedMs = performance.now()
    const stop = (): void => this.#fail(new SheetRefused('cancelled', 'called off'))
    const timer = setTimeout(
      () => this.#fail(new SheetRefused('timeout', `more than ${this.#wallClockMs} ms`)),
      Math.max(0, this.#wallClockMs - this.#workedMs),
    )
    this.#signal?.addEventListener('abort', stop, { once: true })
    try {
      if (this.#signal?.aborted === true) stop()
      const message = await this.#message()
      // The next batch is read while this one is worked on.
      if (message.kind === 'rows' && this.#child.connected)
        this.#child.send({ kind: 'next' } satisfies ToReader, () => {})
      return message
    } finally {
      clearTimeout(timer)
      this.#signal?.removeEventListener('abort', stop)
      this.#workedMs += performance.now() - startedMs
    }
  }

  /** Ends the process, in the middle of whatever it does. */
  close(): void {
    this.#fail(new Error('the reading was ended'))
    this.#child.kill('SIGKILL')
  }

  #message(): Promise<FromReader> {
    return new Promise((resolve, reject) => {
      if (this.#ended instanceof SheetRefused) reject(this.#ended)
      else if (this.#arrived !== null) {
        resolve(this.#arrived)
        this.#arrived = null
      } else if (this.#ended !== null) reject(this.#ended)
      else this.#waiting = { resolve, reject }
    })
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

/** What Node is told when it starts the process. */
export function readerFlags({ heapMaxMb }: SheetLimits): string[] {
  return [`--max-old-space-size=${heapMaxMb}`, `--max-semi-space-size=${YOUNG_GENERATION_MB}`]
}
