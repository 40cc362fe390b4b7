import {
  type AskContext,
  type Source,
  type SourceAnswer,
  type SubjectQuestion,
  type UnavailableReason,
  unavailable,
} from '@heyan/core'
import { type Admission, BREAKER_LIMITS, Breaker, type BreakerLimits, type BreakerState } from './breaker.js'
import { tell } from './observer.js'
import { type Upstream, type UpstreamCall, UpstreamError } from './upstream.js'

/** The longest one attempt may take, whatever the caller's deadline. */
const TIMEOUT_MS = 3_000
/** Attempts at a time: one slow source holds no more than this. */
const MAX_CONCURRENT = 64
/** An alert of one kind is not repeated sooner, unless a verdict came in between. */
const ALERT_AGAIN_MS = 600_000
/** A supplier's own name for a call. Anything else that stands in its place is not kept: it could be a person. */
const REFERENCE = /^[\w.:-]{8,64}$/

/** What of a failure the source is to blame for. The rest says nothing of its health. */
const BLAMELESS: ReadonlySet<UnavailableReason> = new Set(['cancelled', 'refused', 'not_ready', 'closed', 'overloaded'])
/** What the next call will meet as well: the source rests at once, and somebody is told. */
const HOPELESS: ReadonlySet<UnavailableReason> = new Set(['exhausted', 'credential', 'untrusted'])

/** What an operator should be told. Says nothing of any person. */
export interface SourceAlert {
  readonly source: string
  readonly reason: UnavailableReason
  /** For `fault`, `untrusted` and `unreachable`: the code of what went wrong. */
  readonly code: string
}

/** An answer that came after its question had been given up. It is never used; the supplier may well charge for it. */
export interface LateAnswer {
  readonly source: string
  readonly callId: string
  readonly answer: SourceAnswer
}

export interface GuardOptions {
  readonly timeoutMs?: number
  readonly maxConcurrent?: number
  readonly breaker?: Partial<BreakerLimits>
  readonly onAlert?: (alert: SourceAlert) => void
  readonly onLateAnswer?: (late: LateAnswer) => void
  /** Runs something later; returns what calls it off. */
  readonly after?: (delayMs: number, run: () => void) => () => void
  readonly monotonicMs?: () => number
  readonly random?: () => number
}

export interface SourceHealth {
  readonly breaker: BreakerState
  /** Attempts under way, those given up but not yet let go of among them. */
  readonly active: number
  readonly lateAnswers: number
}

export interface GuardedSource extends Source {
  /** `force` asks even where the breaker rests the source: for the last source of a route. */
  ask(subject: SubjectQuestion, context: AskContext, force?: boolean): Promise<SourceAnswer>
  health(): SourceHealth
  /** When it last fell ill, on the monotonic clock; minus infinity: never. */
  restingSinceMs(): number
}

/**
 * Makes a source of an upstream that may fail in any way. Whatever happens, the question ends by its deadline with a
 * verdict or a reason: a time-out, a limit of attempts at a time, a breaker; and an answer that comes late is counted
 * and ignored.
 */
export function guard(upstream: Upstream, options: GuardOptions = {}): GuardedSource {
  return new Guard(upstream, options)
}

class Guard implements GuardedSource {
  readonly name: string
  readonly isLocal = false
  readonly #upstream: Upstream
  readonly #options: GuardOptions
  readonly #breaker: Breaker
  readonly #monotonicMs: () => number
  readonly #after: (delayMs: number, run: () => void) => () => void
  readonly #waiting = new Set<(reason: UnavailableReason) => void>()
  readonly #alertedAtMs = new Map<UnavailableReason, number>()
  #active = 0
  #lateAnswers = 0
  #isClosed = false

  constructor(upstream: Upstream, options: GuardOptions) {
    this.name = upstream.name
    this.#upstream = upstream
    this.#options = options
    this.#breaker = new Breaker({ ...BREAKER_LIMITS, ...options.breaker }, options.random)
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now())
    this.#after = options.after ?? afterByTimer
  }

  async ask(subject: SubjectQuestion, context: AskContext, force = false): Promise<SourceAnswer> {
    if (this.#isClosed) return unavailable('closed')
    if (context.signal?.aborted === true) return unavailable('cancelled')
    const nowMs = this.#monotonicMs()
    const leftMs = Math.min(context.deadlineMs - nowMs, this.#options.timeoutMs ?? TIMEOUT_MS)
    if (leftMs <= 0) return unavailable('timeout')
    if (this.#active >= (this.#options.maxConcurrent ?? MAX_CONCURRENT)) return unavailable('overloaded')
    const admission = this.#breaker.admit(nowMs, force)
    return admission === null ? unavailable('circuit_open') : this.#attempt(subject, context, leftMs, admission)
  }

  isReady(): boolean {
    const state = this.#breaker.state(this.#monotonicMs())
    return !this.#isClosed && (state === 'closed' || state === 'due')
  }

  health(): SourceHealth {
    const breaker = this.#breaker.state(this.#monotonicMs())
    return { breaker, active: this.#active, lateAnswers: this.#lateAnswers }
  }

  restingSinceMs(): number {
    return this.#breaker.openedAtMs
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const giveUp of [...this.#waiting]) giveUp('closed')
    await this.#upstream.close()
  }

  #attempt(
    subject: SubjectQuestion,
    { callId, signal, refer }: AskContext,
    leftMs: number,
    admission: Admission,
  ): Promise<SourceAnswer> {
    const abort = new AbortController()
    return new Promise((resolve) => {
      let isOver = false
      const end = (answer: SourceAnswer): void => {
        if (isOver) return
        isOver = true
        callOff()
        signal?.removeEventListener('abort', cancel)
        this.#waiting.delete(giveUp)
        this.#judge(answer, admission)
        resolve(answer)
      }
      const giveUp = (reason: UnavailableReason): void => {
        end(unavailable(reason))
        abort.abort()
      }
      const cancel = (): void => giveUp('cancelled')
      const callOff = this.#after(leftMs, () => giveUp('timeout'))
      signal?.addEventListener('abort', cancel, { once: true })
      this.#waiting.add(giveUp)
      this.#active += 1
      const named = (reference: string): void => {
        const isFit = REFERENCE.test(reference) && !reference.toUpperCase().includes(subject.number.text)
        if (!isOver && isFit) tell(() => refer?.(reference))
      }
      this.#answer(subject, { callId, signal: abort.signal, refer: named }).then((answer) => {
        this.#active -= 1
        if (!isOver) end(answer)
        else if (answer.kind === 'verdict') this.#late({ source: this.name, callId, answer })
      })
    })
  }

  /** Never rejects. */
  async #answer(subject: SubjectQuestion, call: UpstreamCall): Promise<SourceAnswer> {
    try {
      return await this.#upstream.ask(subject, call)
    } catch (error) {
      const { reason, code } = error instanceof UpstreamError ? error : new UpstreamError('fault', codeOf(error))
      if (!call.signal.aborted && (reason === 'fault' || HOPELESS.has(reason))) this.#alert(reason, code)
      return unavailable(reason)
    }
  }

  #judge(answer: SourceAnswer, admission: Admission): void {
    const nowMs = this.#monotonicMs()
    if (answer.kind === 'verdict') {
      this.#breaker.succeed(admission, nowMs)
      this.#alertedAtMs.clear()
    } else if (BLAMELESS.has(answer.reason)) {
      this.#breaker.disregard(admission)
    } else {
      this.#breaker.fail(admission, nowMs, HOPELESS.has(answer.reason))
      if (HOPELESS.has(answer.reason)) this.#alert(answer.reason, '')
    }
  }

  #late(late: LateAnswer): void {
    this.#lateAnswers += 1
    tell(() => this.#options.onLateAnswer?.(late))
  }

  #alert(reason: UnavailableReason, code: string): void {
    const nowMs = this.#monotonicMs()
    if (nowMs - (this.#alertedAtMs.get(reason) ?? Number.NEGATIVE_INFINITY) < ALERT_AGAIN_MS) return
    this.#alertedAtMs.set(reason, nowMs)
    tell(() => this.#options.onAlert?.({ source: this.name, reason, code }))
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return 'code' in error ? String(error.code) : error.name
}

function afterByTimer(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}
