import type { CommandName } from '../commands.js'
import type { Checkpoint } from './audit-fold.js'
import type { HotBatchResult, HotOperation } from './hot.js'

export interface WorkerSettings {
  readonly file: string
  readonly lockFile: string
  /** The master key. */
  readonly master: Uint8Array
  readonly node: string
}

export type Request =
  | { readonly kind: 'open'; readonly id: number; readonly now: number }
  | { readonly kind: 'hot'; readonly operations: readonly HotOperation[] }
  | {
      readonly kind: 'command'
      readonly id: number
      readonly now: number
      readonly name: CommandName
      readonly input: unknown
    }
  | {
      readonly kind: 'quota'
      readonly id: number
      readonly now: number
      readonly accountId: string
      readonly applicationId: string
    }
  | { readonly kind: 'expire'; readonly id: number; readonly now: number; readonly limit: number }
  | { readonly kind: 'checkpoint'; readonly id: number; readonly now: number; readonly checkpoint: Checkpoint }
  | { readonly kind: 'close'; readonly id: number; readonly now: number }

export type Response =
  | ({ readonly kind: 'hot'; readonly ms: number } & HotBatchResult)
  | { readonly kind: 'done'; readonly id: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: Error }
