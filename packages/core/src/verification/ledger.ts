import type { ProblemCode } from '../problem.js'
import type { Attempt } from './source.js'

/** One verification's call: `id` names it on the wire and in the store, `at` (epoch ms) is in the id too. */
export interface Call {
  readonly id: string
  readonly at: number
  readonly accountId: string
  readonly applicationId: string
  readonly credentialId: string
  /** A signed request's nonce, spent with the call. */
  readonly nonce: string | null
  readonly repeat: Repeat | null
}

/** What an Idempotency-Key asks for: digests, never the key or the request. */
export interface Repeat {
  readonly keyDigest: string
  readonly fingerprint: string
}

/** Why a verdict costs nothing. `no_record` by the lot's policy; `replay` of a call charged before; `sandbox`, `elsewhere` by the application. */
export type FreeReason = 'no_record' | 'replay' | 'sandbox' | 'elsewhere'

export type Charged = { readonly kind: 'charged' } | { readonly kind: 'free'; readonly reason: FreeReason }
/** `callId`: the call that a repeat refers to. */
export type Refused = { readonly kind: 'refused'; readonly problem: ProblemCode; readonly callId: string | null }
export type Reserved = { readonly kind: 'reserved' }
/** The call was taken from us while the source was asked (another node holds the lot now): nothing was charged. */
export type Fenced = { readonly kind: 'fenced' }

export interface ChargeTerms {
  /** The name of the source that gave the verdict. */
  readonly source: string
  readonly isNoRecord: boolean
  /** The application's calls are never charged here. */
  readonly free: 'sandbox' | 'elsewhere' | null
}

/**
 * Quota as an append-only record. Each method resolves when what it did is durable, and not before. What is reserved is
 * settled or released, once. Rejects only on a fault of the store, and then nothing was charged that was not answered.
 */
export interface Ledger {
  /** Takes one call in a single step, after a local source has answered. */
  charge(call: Call, terms: ChargeTerms): Promise<Charged | Refused>
  /** Holds one call before a source is asked that costs money or leaves the machine. */
  reserve(call: Call, free: ChargeTerms['free']): Promise<Reserved | Refused>
  settle(call: Call, terms: ChargeTerms, attempts: readonly Attempt[]): Promise<Charged | Fenced>
  release(call: Call, reason: ProblemCode, attempts: readonly Attempt[]): Promise<void>
}
