import { Worker } from 'node:worker_threads'
import type { CommandName } from '../commands.js'
import type { Checkpoint } from './audit-fold.js'
import type { AccountQuota, Engine, EngineEvents, Opened, RateDemand, RateShare } from './engine.js'
import type { HotOperation, HotResult } from './hot.js'
import type { Request, Response, WorkerSettings } from './messages.js'

/**
 * Operations in one message to the store's thread. Messages cost, but the thread must not wait for the end of a long tick either:
 * it makes one transaction of all that reached it meanwhile.
 */
const MESSAGE_MAX = 16

type OmitId<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never

interface Waiter {
  resolve(result: HotResult): void
  reject(error: Error): void
}

/** SQLite, on a thread of its own: this end of the wire to it. The only node there is. */
export class EmbeddedEngine implements Engine {
  readonly #worker: Worker
  readonly #file: string
  readonly #events: EngineEvents
  #opened: Opened | null = null

  #gathered: HotOperation[] = []
  /** In the order asked, which is the order answered. */
  #waiters: Waiter[] = []
  #isFlushPlanned = false

  #requests = 0
  readonly #pending = new Map<number, { resolve(output: unknown): void; reject(error: Error): void }>()
  #failure: Error | null = null

  private constructor(settings: WorkerSettings, events: EngineEvents) {
    this.#file = settings.file
    this.#events = events
    this.#worker = new Worker(builtFile('worker.js'), { workerData: settings })
    this.#worker.on('message', (response: Response) => this.#receive(response))
    this.#worker.on('error', (error: unknown) => this.#fail(threadError(error)))
    this.#worker.on('exit', () => this.#fail(new Error("the store's thread has ended")))
  }

  static async open(settings: WorkerSettings, now: number, events: EngineEvents): Promise<EmbeddedEngine> {
    const engine = new EmbeddedEngine(settings, events)
    try {
      engine.#opened = (await engine.#ask({ kind: 'open', now })) as Opened
      return engine
    } catch (error) {
      await engine.#worker.terminate()
      throw error
    }
  }

  get opened(): Opened {
    if (this.#opened === null) throw new Error('the store is not open')
    return this.#opened
  }

  hot(operation: HotOperation): Promise<HotResult> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#gathered.push(operation)
      this.#waiters.push({ resolve, reject })
      if (this.#gathered.length >= MESSAGE_MAX) this.#flush()
      else if (!this.#isFlushPlanned) {
        this.#isFlushPlanned = true
        setImmediate(() => {
          this.#isFlushPlanned = false
          this.#flush()
        })
      }
    })
  }

  run(name: CommandName, input: unknown, now: number): Promise<unknown> {
    return this.#ask({ kind: 'command', now, name, input })
  }

  quota(accountId: string, applicationId: string, now: number): Promise<AccountQuota> {
    return this.#ask({ kind: 'quota', now, accountId, applicationId }) as Promise<AccountQuota>
  }

  expireLapsed(now: number, limit: number): Promise<number> {
    return this.#ask({ kind: 'expire', now, limit }) as Promise<number>
  }

  /** On a thread of its own, beside the writer. */
  async check(now: number): Promise<readonly string[]> {
    const { problems, checkpoint } = await new Promise<{ problems: readonly string[]; checkpoint: Checkpoint }>(
      (resolve, reject) => {
        const auditor = new Worker(builtFile('audit-worker.js'), { workerData: { file: this.#file } })
        auditor.once('message', resolve).once('error', reject)
        auditor.once('exit', () => reject(new Error("the auditor's thread has ended")))
      },
    )
    if (problems.length === 0 && checkpoint.lots.length > 0) await this.#ask({ kind: 'checkpoint', now, checkpoint })
    return problems
  }

  claim(): Promise<boolean> {
    return Promise.resolve(true)
  }

  shareRates(demands: readonly RateDemand[]): Promise<readonly RateShare[]> {
    return Promise.resolve(demands.map(({ applicationId }) => ({ applicationId, share: 1 })))
  }

  /** Waits for what is under way, then closes the file and gives up the lock. */
  async close(now: number): Promise<void> {
    if (this.#failure === null) await this.#ask({ kind: 'close', now })
    this.#worker.removeAllListeners('exit')
    await this.#worker.terminate()
    this.#failure ??= new Error('the store is closed')
  }

  #flush(): void {
    if (this.#gathered.length === 0 || this.#failure !== null) return
    const operations = this.#gathered
    this.#gathered = []
    this.#worker.postMessage({ kind: 'hot', operations } satisfies Request)
  }

  #receive(response: Response): void {
    if (response.kind === 'hot') {
      const waiters = this.#waiters.splice(0, response.results.length)
      this.#events.views(response.views)
      this.#events.batch({ operations: response.results.length, ms: response.ms })
      for (const [place, waiter] of waiters.entries()) {
        const result = response.results[place]
        if (typeof result === 'string') waiter.resolve(result)
        else waiter.reject(result ?? new Error('the store gave no answer'))
      }
      return
    }
    const waiting = this.#pending.get(response.id)
    this.#pending.delete(response.id)
    if (response.kind === 'done') waiting?.resolve(response.output)
    else waiting?.reject(response.error)
  }

  async #ask(request: OmitId<Request>): Promise<unknown> {
    if (this.#failure !== null) throw this.#failure
    const id = ++this.#requests
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#worker.postMessage({ ...request, id })
    })
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return
    this.#failure = error
    for (const waiter of [...this.#waiters, ...this.#pending.values()]) waiter.reject(error)
    this.#waiters = []
    this.#pending.clear()
    this.#events.fatal(error)
  }
}

/** SQLite's own errors come out of a thread without their message: their code is all there is left. */
function threadError(error: unknown): Error {
  if (error instanceof Error) return error
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'no code'
  return new Error(`the store's file cannot be used (${code})`)
}

/** A thread runs built code: from the sources (in tests) it is found in the build beside them. */
function builtFile(name: string): URL {
  return new URL(`../../dist/engine/${name}`, import.meta.url)
}
