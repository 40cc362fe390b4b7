import { EventEmitter } from 'node:events'
import type {
  Attempt,
  Call,
  Charged,
  ChargeTerms,
  Fenced,
  FreeReason,
  Ledger,
  ProblemCode,
  Refused,
  Reserved,
} from '@heyan/core'
import { CHANGES_CALLERS, type CommandInput, type CommandName, type CommandOutput } from './commands.js'
import type { AccountQuota, Engine, EngineEvents, Opened, RateDemand, RateShare, StoreBatch } from './engine/engine.js'
import type { AttemptFields, HotBatchResult, HotResult } from './engine/hot.js'
import type { LeaseTerms } from './engine/postgres/leases.js'

export interface StoreOptions {
  /** The database file of the embedded store, and the one that is locked beside it. */
  readonly file: string
  readonly lockFile: string
  readonly master: Buffer
  /** Names the writer; the embedded store has one. */
  readonly node?: string
  /** Epoch ms. */
  readonly now: () => number
}

export interface SharedStoreOptions extends Omit<StoreOptions, 'file' | 'lockFile'> {
  /** `postgres://…`: a store that many nodes may share. */
  readonly url: string
  /** When nodes take parts of a lot on lease; by default as the busiest account of a large installation needs it. */
  readonly leaseTerms?: LeaseTerms
}

interface StoreEvents {
  /** Applications, credentials, lots or policies were changed, here or by another node. */
  change: []
  /** The sources were changed by a node, which may be this one. */
  sources: []
  /** What is left after a batch. */
  views: [views: HotBatchResult['views']]
  /** One commit of the ledger has ended. */
  batch: [batch: StoreBatch]
  /** So many nodes share the store now, this one counted. */
  nodes: [count: number]
  /** The store cannot go on: the process must end. */
  fatal: [error: Error]
}

/**
 * The store as the rest of the process knows it, whatever database keeps it. Everything asked while one commit is under way goes
 * into the next (group commit); what resolves is durable.
 */
export class Store extends EventEmitter<StoreEvents> implements Ledger {
  readonly #now: () => number
  #engine: Engine | null = null
  #failure: Error | null = null

  private constructor(now: () => number) {
    super()
    this.#now = now
  }

  static async open(options: StoreOptions | SharedStoreOptions): Promise<Store> {
    const { master, now, node } = options
    const store = new Store(now)
    const events: EngineEvents = {
      views: (views) => void store.emit('views', views),
      batch: (batch) => void store.emit('batch', batch),
      change: (what) => void store.emit(what === 'callers' ? 'change' : 'sources'),
      nodes: (count) => void store.emit('nodes', count),
      fatal: (error) => {
        store.#failure ??= error
        store.emit('fatal', error)
      },
    }
    // Each engine is loaded where it is wanted: no process needs the other one's driver.
    if ('url' in options) {
      const { PostgresEngine } = await import('./engine/postgres/postgres-engine.js')
      store.#engine = await PostgresEngine.open(
        {
          url: options.url,
          master,
          node: node ?? null,
          now,
          ...(options.leaseTerms ? { leaseTerms: options.leaseTerms } : {}),
        },
        events,
      )
    } else {
      const { EmbeddedEngine } = await import('./engine/embedded.js')
      const { file, lockFile } = options
      store.#engine = await EmbeddedEngine.open({ file, lockFile, master, node: node ?? 'embedded' }, now(), events)
    }
    return store
  }

  get opened(): Opened {
    return this.#open.opened
  }

  get isUsable(): boolean {
    return this.#failure === null
  }

  charge(call: Call, { source, isNoRecord, free }: ChargeTerms): Promise<Charged | Refused> {
    return this.#open.hot(['charge', ...fieldsOf(call), source, isNoRecord, free]).then(takenFrom) as Promise<
      Charged | Refused
    >
  }

  reserve(call: Call, free: ChargeTerms['free']): Promise<Reserved | Refused> {
    return this.#open.hot(['reserve', ...fieldsOf(call), free]).then(takenFrom) as Promise<Reserved | Refused>
  }

  settle(
    call: Call,
    { source, isNoRecord }: ChargeTerms,
    attempts: readonly Attempt[] = [],
  ): Promise<Charged | Fenced> {
    const kept = attempts.map(fieldsOfAttempt)
    return this.#open
      .hot(['settle', call.id, call.accountId, this.#now(), source, isNoRecord, kept])
      .then(takenFrom) as Promise<Charged | Fenced>
  }

  async release(call: Call, reason: ProblemCode, attempts: readonly Attempt[] = []): Promise<void> {
    await this.#open.hot(['release', call.id, call.accountId, this.#now(), reason, attempts.map(fieldsOfAttempt)])
  }

  /** Spends a signed request's nonce, durably. False: it was spent before. */
  async spendNonce({ at, accountId, credentialId, nonce }: Omit<Call, 'nonce'> & { nonce: string }): Promise<boolean> {
    return (await this.#open.hot(['nonce', at, accountId, credentialId, nonce])) === 'fresh'
  }

  /** One of `commands.ts`, in a transaction of its own. */
  async run<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<CommandOutput<Name>> {
    const output = await this.#open.run(name, input, this.#now())
    if (CHANGES_CALLERS.has(name)) this.emit('change')
    return output as CommandOutput<Name>
  }

  quota(accountId: string, applicationId: string): Promise<AccountQuota> {
    return this.#open.quota(accountId, applicationId, this.#now())
  }

  /** Moves what is left of lapsed lots to expired; gives the number of lots. */
  async expireLapsed(limit: number): Promise<number> {
    const count = await this.#open.expireLapsed(this.#now(), limit)
    if (count > 0) this.emit('change')
    return count
  }

  /** Adds up what came since the last checkpoint, and signs a new one. Gives the problems, if any. */
  check(): Promise<readonly string[]> {
    return this.#open.check(this.#now())
  }

  /** True where this node is the one to do a job that is done once every `everyMs`, however many nodes there are. */
  claim(job: string, everyMs: number): Promise<boolean> {
    return this.#open.claim(job, everyMs)
  }

  /**
   * Tells how often applications with a rate limit were asked for here in the last second; gives what part of their rate is this
   * node's for the next one.
   */
  shareRates(demands: readonly RateDemand[]): Promise<readonly RateShare[]> {
    return this.#open.shareRates(demands)
  }

  /** Waits for what is under way, then closes. */
  async close(): Promise<void> {
    await this.#engine?.close(this.#now())
    this.#failure ??= new Error('the store is closed')
  }

  get #open(): Engine {
    if (this.#engine === null) throw new Error('the store is not open')
    return this.#engine
  }
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
