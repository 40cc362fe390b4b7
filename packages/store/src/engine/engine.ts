import type { QuotaView } from '@heyan/core'
import type { CommandName } from '../commands.js'
import type { HotOperation, HotResult, HotViews } from './hot.js'

/** What opening found and did. */
export interface Opened {
  readonly keyId: string
  readonly epoch: number
  /** Calls that a dead process had held: given back. */
  readonly recovered: number
}

export interface AccountQuota {
  readonly account: QuotaView
  readonly application: { readonly left: number; readonly validUntil: number }
}

/** One commit of the ledger. */
export interface StoreBatch {
  readonly operations: number
  readonly ms: number
}

/** What an engine tells by itself. */
export interface EngineEvents {
  /** What is left after a batch. */
  views(views: HotViews): void
  batch(batch: StoreBatch): void
  /** What callers or sources depend on was changed, by whichever node. */
  change(what: 'callers' | 'sources'): void
  /** So many nodes share the store now, this one counted. */
  nodes(count: number): void
  /** The store cannot go on: the process must end. */
  fatal(error: Error): void
}

/** A database that keeps the store. Everything resolves when it is durable. Moments are epoch ms. */
export interface Engine {
  readonly opened: Opened
  /** One operation of the ledger; all that gather while a commit is under way are one transaction. */
  hot(operation: HotOperation): Promise<HotResult>
  /** One of `commands.ts`, in a transaction of its own. */
  run(name: CommandName, input: unknown, now: number): Promise<unknown>
  quota(accountId: string, applicationId: string, now: number): Promise<AccountQuota>
  /** Moves what is left of lapsed lots to expired; gives the number of lots. */
  expireLapsed(now: number, limit: number): Promise<number>
  /** Adds up what came since the last checkpoint and signs a new one. Gives the problems, if any. */
  check(now: number): Promise<readonly string[]>
  /** True where this node is the one to do a job that is done once every `everyMs`, however many nodes there are. */
  claim(job: string, everyMs: number): Promise<boolean>
  /** Tells how often applications were asked for here in the last second; gives what part of all that each of them was. */
  shareRates(demands: readonly RateDemand[]): Promise<readonly RateShare[]>
  close(now: number): Promise<void>
}

export interface RateDemand {
  readonly accountId: string
  readonly applicationId: string
  readonly demand: number
}

export interface RateShare {
  readonly applicationId: string
  /** From above 0 to 1, which is all of it. */
  readonly share: number
}
