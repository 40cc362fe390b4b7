import type { EntryKind } from '@heyan/core'
import type { Kysely, Transaction } from 'kysely'
import type { Keys } from './keys.js'
import type { Tables } from './tables.js'

/** Who does something that the audit log keeps: `operator`, `system`, or a person's id. */
export type Actor = string

export interface Change {
  readonly actor: Actor
  readonly action: string
  readonly object: string
  readonly accountId: string | null
  /** Without secrets. */
  readonly before?: Readonly<Record<string, unknown>> | null
  readonly after?: Readonly<Record<string, unknown>> | null
}

/** What a command works with, inside one transaction of its own. */
export interface Work {
  readonly db: Transaction<Tables>
  readonly keys: Keys
  /** Epoch ms, never behind what the store has seen. */
  readonly now: number
  /** This writer's place among the counters. */
  readonly shard: number
  /** Adds an entry to the ledger, in the same transaction. */
  enter(accountId: string, entry: { kind: EntryKind; lotId: string; ref: string; quantity: number; at: number }): void
  /** Adds a line to the audit log, in the same transaction. */
  record(change: Change): Promise<void>
}

export type Reading = Pick<Work, 'keys' | 'now'> & { readonly db: Kysely<Tables> }
