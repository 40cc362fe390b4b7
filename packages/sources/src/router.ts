import {
  type AskContext,
  type Attempt,
  nameVariants,
  type Source,
  type SourceAnswer,
  type SubjectQuestion,
  type UnavailableReason,
  unavailable,
  type Verdict,
} from '@heyan/core'
import type { GuardedSource } from './guard.js'
import { tell } from './observer.js'
import { RetryBudget } from './retry-budget.js'

/** Sources a call may cost, the first included. */
const MAX_ATTEMPTS = 2
/** Of the time left, what the first of several sources may use: the rest is the second's. */
const FIRST_SHARE = 0.6
/** With less time left than this, a second attempt would only be charged for. */
const MIN_ATTEMPT_MS = 50

/** Ended before anything was sent: it costs nothing, and is no attempt. */
const NOT_SENT: ReadonlySet<UnavailableReason> = new Set(['not_ready', 'closed', 'overloaded', 'circuit_open'])
/** No verdict reached us, but the supplier may have found one and charge for it. */
const MAY_BE_BILLED: ReadonlySet<UnavailableReason> = new Set([
  'timeout',
  'cancelled',
  'unreachable',
  'malformed',
  'fault',
])

/** A source on the route. */
export interface RouteEntry {
  readonly source: Source | GuardedSource
  /** Lower is asked first. Default 1. */
  readonly priority?: number
  /** Share among sources of the same priority. 0: only when the others fail. Default 1. */
  readonly weight?: number
  /** What a match or a mismatch costs us, in fen, fractions included. Default 0. */
  readonly priceFen?: number
  /** What a no-record costs us. Default: `priceFen`. */
  readonly noRecordPriceFen?: number
  /**
   * `on_mismatch`: the source is asked once more with the likeliest other spelling of the name (龑 for 䶮, 陞 for 升). A
   * match then is the answer; anything else leaves the mismatch. The caller is charged once, we twice. Default `never`.
   */
  readonly secondQuestion?: 'never' | 'on_mismatch'
}

export interface RouterOptions {
  readonly maxAttempts?: number
  readonly onAttempt?: (attempt: Attempt) => void
  readonly monotonicMs?: () => number
  readonly random?: () => number
}

/**
 * One source made of several: by priority, then by weight. It goes on to the next only where there was no verdict; a
 * verdict is final whatever it says. A source that rests is passed over, unless all of them rest: then the one that fell
 * ill last is asked all the same, so that a route is never left without any.
 */
export function router(name: string, entries: readonly RouteEntry[], options: RouterOptions = {}): Source {
  return new Router(name, entries, options)
}

class Router implements Source {
  readonly name: string
  readonly isLocal: boolean
  readonly #entries: readonly RouteEntry[]
  readonly #budget = new RetryBudget()
  readonly #maxAttempts: number
  readonly #onAttempt: (attempt: Attempt) => void
  readonly #monotonicMs: () => number
  readonly #random: () => number

  constructor(name: string, entries: readonly RouteEntry[], options: RouterOptions) {
    this.name = name
    this.isLocal = entries.every(({ source }) => source.isLocal)
    this.#entries = entries
    this.#maxAttempts = options.maxAttempts ?? MAX_ATTEMPTS
    this.#onAttempt = options.onAttempt ?? (() => {})
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now())
    this.#random = options.random ?? Math.random
  }

  async ask(subject: SubjectQuestion, context: AskContext): Promise<SourceAnswer> {
    const candidates = this.#candidates()
    let answer = unavailable(candidates.length === 0 ? 'not_ready' : 'circuit_open')
    let attempts = 0
    let isPaid = true // The first attempt is free; each further one takes from the budget.
    for (let next = candidates.shift(); next !== undefined; next = candidates.shift()) {
      if (!isPaid && !this.#mayTryAgain(answer, context)) break
      isPaid = true
      const hasNext = attempts + 1 < this.#maxAttempts && candidates.length > 0
      const given = await this.#attempt(next, subject, context, attempts + 1, hasNext)
      if (given.kind === 'unavailable' && NOT_SENT.has(given.reason)) {
        if (attempts === 0) answer = given
        continue
      }
      answer = given
      attempts += 1
      isPaid = false
      if (answer.kind === 'verdict') {
        this.#budget.earn()
        return this.#secondAnswer(answer, next, subject, context, attempts + 1)
      }
      if (attempts >= this.#maxAttempts) break
      // A connection that broke, with no other source to go to: the same one, once more.
      if (answer.reason === 'unreachable' && candidates.length === 0 && !next.isForced) candidates.push(next)
    }
    return answer
  }

  isReady(): boolean {
    return this.#entries.some(({ source }) => source.isReady())
  }

  async close(): Promise<void> {
    await Promise.all(this.#entries.map(({ source }) => source.close()))
  }

  /** The answer that stands once the source has been asked about another spelling, where that is wanted. */
  async #secondAnswer(
    first: SourceAnswer,
    candidate: Candidate,
    { name, number }: SubjectQuestion,
    context: AskContext,
    ordinal: number,
  ): Promise<SourceAnswer> {
    const isWanted =
      candidate.entry.secondQuestion === 'on_mismatch' && first.kind === 'verdict' && first.verdict === 'mismatch'
    const other = isWanted ? nameVariants(name.key)[0] : undefined
    if (other === undefined || !this.#isWorthwhile(context)) return first
    const second = await this.#attempt(
      candidate,
      { name: { text: other, key: other }, number },
      context,
      ordinal,
      false,
    )
    return second.kind === 'verdict' && second.verdict === 'match' ? second : first
  }

  async #attempt(
    { entry, isForced }: Candidate,
    subject: SubjectQuestion,
    context: AskContext,
    ordinal: number,
    hasNext: boolean,
  ): Promise<SourceAnswer> {
    const startMs = this.#monotonicMs()
    const leftMs = context.deadlineMs - startMs
    const deadlineMs = hasNext ? startMs + leftMs * FIRST_SHARE : context.deadlineMs
    let reference: string | undefined
    const refer = (given: string): void => {
      reference = given
    }
    const answer = await ask(entry.source, subject, { ...context, deadlineMs, refer }, isForced)
    if (answer.kind === 'verdict' || !NOT_SENT.has(answer.reason)) {
      const attempt: Attempt = {
        callId: context.callId,
        source: entry.source.name,
        ordinal,
        durationMs: this.#monotonicMs() - startMs,
        class: answer.kind === 'verdict' ? 'verdict' : answer.reason,
        costFen: answer.kind === 'verdict' ? costFen(entry, answer.verdict) : 0,
        mayBeBilled: answer.kind === 'unavailable' && !entry.source.isLocal && MAY_BE_BILLED.has(answer.reason),
        ...(reference === undefined ? {} : { reference }),
      }
      context.report?.(attempt)
      tell(() => this.#onAttempt(attempt))
    }
    return answer
  }

  #mayTryAgain(answer: SourceAnswer, context: AskContext): boolean {
    if (answer.kind === 'verdict' || answer.reason === 'cancelled') return false
    return this.#isWorthwhile(context) && this.#budget.spend(answer.reason)
  }

  #isWorthwhile({ deadlineMs, signal }: AskContext): boolean {
    return signal?.aborted !== true && deadlineMs - this.#monotonicMs() >= MIN_ATTEMPT_MS
  }

  /** Those in service, in the order in which to ask them; where all rest, the one that fell ill last. */
  #candidates(): Candidate[] {
    const ready = this.#entries.filter(({ source }) => source.isReady())
    if (ready.length > 0) return this.#inOrder(ready).map((entry) => ({ entry, isForced: false }))
    const resting = this.#entries.filter(isGuarded)
    const last = resting.toSorted((one, other) => other.source.restingSinceMs() - one.source.restingSinceMs())[0]
    return last === undefined ? [] : [{ entry: last, isForced: true }]
  }

  #inOrder(entries: readonly RouteEntry[]): RouteEntry[] {
    // A weighted order without replacement: the greatest of random^(1/weight) first (Efraimidis and Spirakis).
    const drawn = entries.map((entry) => ({ entry, lot: lot(entry.weight ?? 1, this.#random()) }))
    return drawn
      .sort((one, other) => (one.entry.priority ?? 1) - (other.entry.priority ?? 1) || other.lot - one.lot)
      .map(({ entry }) => entry)
  }
}

interface Candidate {
  readonly entry: RouteEntry
  readonly isForced: boolean
}

function lot(weight: number, random: number): number {
  return weight > 0 ? random ** (1 / weight) : -1
}

function ask(
  source: Source | GuardedSource,
  subject: SubjectQuestion,
  context: AskContext,
  isForced: boolean,
): SourceAnswer | Promise<SourceAnswer> {
  return 'restingSinceMs' in source ? source.ask(subject, context, isForced) : source.ask(subject, context)
}

function isGuarded(entry: RouteEntry): entry is RouteEntry & { readonly source: GuardedSource } {
  return 'restingSinceMs' in entry.source
}

function costFen({ priceFen = 0, noRecordPriceFen }: RouteEntry, verdict: Verdict): number {
  return verdict === 'no_record' ? (noRecordPriceFen ?? priceFen) : priceFen
}
