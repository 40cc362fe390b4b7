/** What the authoritative record says about a subject. A verdict is what can be charged. */
export type Verdict = 'match' | 'mismatch' | 'no_record'

/**
 * Why there is no verdict. A code for ledgers, metrics and failover; never a text from upstream, so that no person can
 * travel in it.
 *
 * - `not_ready`: nothing is loaded or configured yet. `closed`: the source has been closed.
 * - `timeout`: no answer before the deadline. `cancelled`: the caller gave up first.
 * - `overloaded`: our own limit of calls at a time. `circuit_open`: resting after faults.
 * - `unreachable`: no connection, or one that broke. `untrusted`: its certificate or address was refused.
 * - `credential`: the upstream refuses our key. `exhausted`: our quota there is used up. `throttled`: it says we are too fast.
 * - `refused`: the upstream holds the request itself to be wrong. `upstream_fault`: it says that it failed.
 * - `malformed`: an answer that is no answer of its protocol. `fault`: a defect on our side.
 */
export type UnavailableReason =
  | 'not_ready'
  | 'closed'
  | 'timeout'
  | 'cancelled'
  | 'overloaded'
  | 'circuit_open'
  | 'unreachable'
  | 'untrusted'
  | 'credential'
  | 'exhausted'
  | 'throttled'
  | 'refused'
  | 'upstream_fault'
  | 'malformed'
  | 'fault'

/** What a source is asked about: the name (as sent, trimmed; and its comparison key) and the canonical 18-character number. */
export interface SubjectQuestion {
  readonly name: { readonly text: string; readonly key: string }
  readonly number: { readonly text: string }
}

/** A verdict, or none to be had. The objects below are shared and frozen: a hot path allocates nothing. */
export type SourceAnswer =
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'unavailable'; readonly reason: UnavailableReason }

/** What the domain needs of an `AbortSignal`, which it knows no platform to take from. */
export interface CancelSignal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** One attempt at one source, for the record by which a supplier's bill is checked. Says nothing of the person, nor which verdict it was. */
export interface Attempt {
  readonly callId: string
  readonly source: string
  /** From 1. */
  readonly ordinal: number
  readonly durationMs: number
  readonly class: 'verdict' | UnavailableReason
  /** In fen, fractions included. */
  readonly costFen: number
  /** The supplier may charge for it although no verdict reached us; `costFen` is then 0. */
  readonly mayBeBilled: boolean
  /** What the supplier calls this attempt, where it said so: its bill knows it by that name. */
  readonly reference?: string
}

export interface AskContext {
  /** Names this call in reports and towards the upstream. Says nothing about the person. */
  readonly callId: string
  /** The moment by which an answer is worth something, in ms on the source's monotonic clock (`performance.now()`). */
  readonly deadlineMs: number
  /** Aborted when the caller has given up. */
  readonly signal?: CancelSignal
  /** Told of each attempt that was made for this call: the ledger keeps them with it. */
  readonly report?: (attempt: Attempt) => void
  /** Told what the supplier calls the attempt, before the attempt is over. */
  readonly refer?: (reference: string) => void
}

/** An upstream that can compare with the authoritative record. */
export interface Source {
  readonly name: string
  /** Local: costs nothing and leaves no machine; its answer may come synchronously, and it is charged in one step after. */
  readonly isLocal: boolean
  /**
   * Asks afresh every time; never throws, never rejects. A local source may answer without a promise: test with
   * `instanceof Promise` before awaiting on a hot path.
   */
  ask(subject: SubjectQuestion, context: AskContext): SourceAnswer | Promise<SourceAnswer>
  /** Whether asking now can lead to a verdict. */
  isReady(): boolean
  /** Gives back what the source holds. Later questions are answered `unavailable`, reason `closed`. */
  close(): Promise<void> | void
}

const ANSWERS: { readonly [V in Verdict]: SourceAnswer } = {
  match: Object.freeze({ kind: 'verdict', verdict: 'match' }),
  mismatch: Object.freeze({ kind: 'verdict', verdict: 'mismatch' }),
  no_record: Object.freeze({ kind: 'verdict', verdict: 'no_record' }),
}

/** The one shared answer for a verdict. */
export function verdictAnswer(verdict: Verdict): SourceAnswer {
  return ANSWERS[verdict]
}

/** An answer without a verdict. */
export function unavailable(reason: UnavailableReason): SourceAnswer {
  return { kind: 'unavailable', reason }
}
