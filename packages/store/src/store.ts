import { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import type {
  Attempt,
  Call,
  Charged,
  ChargeTerms,
  Fenced,
  FreeReason,
  Ledger,
  ProblemCode,
  QuotaView,
  Refused,
  Reserved,
} from '@heyan/core'
import { CHANGES_CALLERS, type CommandInput, type CommandName, type CommandOutput } from './commands.js'
import type { AttemptFields, HotBatchResult, HotOperation, HotResult } from './engine/hot.js'
import type { Opened, Request, Response, WorkerSettings } from './engine/messages.js'
import type { Checkpoint } from './engine/sqlite-audit.js'

/**
 * Operations in one message to the store's thread. Messages cost, but the thread must not wait for the end of a long tick either:
 * it makes one transaction of all that reached it meanwhile.
 */
const MESSAGE_MAX = 16

export interface StoreOptions {
  /** The database file, and the one that is locked beside it. */
  readonly file: string
  readonly lockFile: string
  readonly master: Buffer
  /** Names the writer; the embedded store has one. */
  readonly node?: string
  /** Epoch ms. */
  readonly now: () => number
}

export interface AccountQuota {
  readonly account: QuotaView
  readonly application: { readonly left: number; readonly validUntil: number }
}

interface StoreEvents {
  /** An account's applications, credentials or lots were changed by a command. Null: any of them. */
  change: [accountId: string | null]
  /** What is left after a batch. */
  views: [views: HotBatchResult['views']]
  /** The store cannot go on: the process must end. */
  fatal: [error: Error]
}

type OmitId<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never

/**
 * The store as the rest of the process knows it: promises on this thread, the database on another. Everything asked while one
 * commit is under way goes into the next (group commit).
 */
export class Store extends EventEmitter<StoreEvents> implements Ledger {
  readonly #worker: Worker
  readonly #file: string
  readonly #now: () => number
  #opened: Opened | null = null

  #gathered: HotOperation[] = []
  /** In the order asked, which is the order answered. */
  #waiters: Waiter[] = []
  #isFlushPlanned = false

  #requests = 0
  readonly #pending = new Map<number, { resolve(output: unknown): void; reject(error: Error): void }>()
  #failure: Error | null = null

  private constructor({ file, lockFile, master, node, now }: StoreOptions) {
    super()
    this.#file = file
    this.#now = now
    const workerData: WorkerSettings = { file, lockFile, master, node: node ?? 'embedded' }
    this.#worker = new Worker(builtFile('worker.js'), { workerData })
    this.#worker.on('message', (response: Response) => this.#receive(response))
    this.#worker.on('error', (error: unknown) => this.#fail(threadError(error)))
    this.#worker.on('exit', () => this.#fail(new Error("the store's thread has ended")))
  }

  static async open(options: StoreOptions): Promise<Store> {
    const store = new Store(options)
    try {
      store.#opened = (await store.#ask({ kind: 'open', now: options.now() })) as Opened
      return store
    } catch (error) {
      await store.#worker.terminate()
      throw error
    }
  }

  get opened(): Opened {
    if (this.#opened === null) throw new Error('the store is not open')
    return this.#opened
  }

  get isUsable(): boolean {
    return this.#failure === null
  }

  charge(call: Call, { source, isNoRecord, free }: ChargeTerms): Promise<Charged | Refused> {
    return this.#hot(['charge', ...fieldsOf(call), source, isNoRecord, free]).then(takenFrom) as Promise<
      Charged | Refused
    >
  }

  reserve(call: Call, free: ChargeTerms['free']): Promise<Reserved | Refused> {
    return this.#hot(['reserve', ...fieldsOf(call), free]).then(takenFrom) as Promise<Reserved | Refused>
  }

  settle(
    call: Call,
    { source, isNoRecord }: ChargeTerms,
    attempts: readonly Attempt[] = [],
  ): Promise<Charged | Fenced> {
    const kept = attempts.map(fieldsOfAttempt)
    return this.#hot(['settle', call.id, call.accountId, this.#now(), source, isNoRecord, kept]).then(
      takenFrom,
    ) as Promise<Charged | Fenced>
  }

  async release(call: Call, reason: ProblemCode, attempts: readonly Attempt[] = []): Promise<void> {
    await this.#hot(['release', call.id, call.accountId, this.#now(), reason, attempts.map(fieldsOfAttempt)])
  }

  /** Spends a signed request's nonce, durably. False: it was spent before. */
  async spendNonce({ at, accountId, credentialId, nonce }: Omit<Call, 'nonce'> & { nonce: string }): Promise<boolean> {
    return (await this.#hot(['nonce', at, accountId, credentialId, nonce])) === 'fresh'
  }

  /** One of `commands.ts`, in a transaction of its own. */
  async run<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<CommandOutput<Name>> {
    const output = await this.#ask({ kind: 'command', now: this.#now(), name, input })
    if (CHANGES_CALLERS.has(name)) this.emit('change', null)
    return output as CommandOutput<Name>
  }

  quota(accountId: string, applicationId: string): Promise<AccountQuota> {
    return this.#ask({ kind: 'quota', now: this.#now(), accountId, applicationId }) as Promise<AccountQuota>
  }

  /** Moves what is left of lapsed lots to expired; gives the number of lots. */
  async expireLapsed(limit: number): Promise<number> {
    const count = (await this.#ask({ kind: 'expire', now: this.#now(), limit })) as number
    if (count > 0) this.emit('change', null)
    return count
  }

  /** Adds up what came since the last checkpoint, on a thread of its own, and signs a new one. Gives the problems, if any. */
  async check(): Promise<readonly string[]> {
    const { problems, checkpoint } = await new Promise<{ problems: readonly string[]; checkpoint: Checkpoint }>(
      (resolve, reject) => {
        const auditor = new Worker(builtFile('audit-worker.js'), { workerData: { file: this.#file } })
        auditor.once('message', resolve).once('error', reject)
        auditor.once('exit', () => reject(new Error("the auditor's thread has ended")))
      },
    )
    if (problems.length === 0 && checkpoint.lots.length > 0)
      await this.#ask({ kind: 'checkpoint', now: this.#now(), checkpoint })
    return problems
  }

  /** Waits for what is under way, then closes the file and gives up the lock. */
  async close(): Promise<void> {
    if (this.#failure === null) await this.#ask({ kind: 'close', now: this.#now() })
    this.#worker.removeAllListeners('exit')
    await this.#worker.terminate()
    this.#failure ??= new Error('the store is closed')
  }

  #hot(operation: HotOperation): Promise<HotResult> {
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

  #flush(): void {
    if (this.#gathered.length === 0 || this.#failure !== null) return
    const operations = this.#gathered
    this.#gathered = []
    this.#worker.postMessage({ kind: 'hot', operations } satisfies Request)
  }

  #receive(response: Response): void {
    if (response.kind === 'hot') {
      const waiters = this.#waiters.splice(0, response.results.length)
      this.emit('views', response.views)
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
    this.emit('fatal', error)
  }
}

interface Waiter {
  resolve(result: HotResult): void
  reject(error: Error): void
}

function fieldsOf(call: Call) {
  return [
    call.id,
    call.at,
    call.accountId,
    call.applicationId,
    call.credentialId,
    call.nonce,
    call.repeat?.keyDigest ?? null,
    call.repeat?.fingerprint ?? null,
  ] as const
}

const CENTIFEN_PER_FEN = 100

function fieldsOfAttempt(attempt: Attempt): AttemptFields {
  const { source, ordinal, durationMs, costFen, mayBeBilled, reference = null } = attempt
  return [
    source,
    ordinal,
    attempt.class,
    Math.round(durationMs),
    Math.round(costFen * CENTIFEN_PER_FEN),
    mayBeBilled ? 1 : 0,
    reference,
  ]
}

const CHARGED: Charged = Object.freeze({ kind: 'charged' })
const RESERVED: Reserved = Object.freeze({ kind: 'reserved' })
const FENCED: Fenced = Object.freeze({ kind: 'fenced' })

function takenFrom(result: HotResult): Charged | Refused | Reserved | Fenced {
  if (result === 'charged') return CHARGED
  if (result === 'reserved') return RESERVED
  if (result === 'fenced') return FENCED
  const [kind, detail = '', callId = null] = result.split(':')
  if (kind === 'free') return { kind: 'free', reason: detail as FreeReason }
  return { kind: 'refused', problem: detail as ProblemCode, callId }
}

/** SQLite's own errors come out of a thread without their message: their code is all there is left. */
function threadError(error: unknown): Error {
  if (error instanceof Error) return error
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'no code'
  return new Error(`the store's file cannot be used (${code})`)
}

/** A thread runs built code: from the sources (in tests) it is found in the build beside them. */
function builtFile(name: string): URL {
  return new URL(`../dist/engine/${name}`, import.meta.url)
}
