/** When a source is rested, and for how long. */
export interface BreakerLimits {
  /** So many failures in a row. */
  readonly failuresInARow: number
  /** Or this share of at least so many calls within the sample. */
  readonly failureShare: number
  readonly sampleCalls: number
  readonly sampleMs: number
  /** The n-th rest in a row lasts n times this, up to the maximum, and up to a tenth more by chance. */
  readonly restMs: number
  readonly maxRestMs: number
}

export const BREAKER_LIMITS: BreakerLimits = {
  failuresInARow: 5,
  failureShare: 0.5,
  sampleCalls: 20,
  sampleMs: 10_000,
  restMs: 30_000,
  maxRestMs: 300_000,
}

const SAMPLE_SLICES = 10
const JITTER = 0.1

/** `resting`: not asked. `due`: rested; the next call is the probe. `probing`: one call finds out, the others go elsewhere. */
export type BreakerState = 'closed' | 'resting' | 'due' | 'probing'

/** Leave to make one call; handed back with how the call went. */
export interface Admission {
  readonly kind: 'usual' | 'probe' | 'forced'
  /** Calls let in before the last change of state no longer say anything. */
  readonly era: number
}

/**
 * A circuit breaker as a pure state machine: time is handed in (monotonic, ms), nothing waits, nothing is scheduled. A
 * decision record says why this is not a library's.
 */
export class Breaker {
  readonly #limits: BreakerLimits
  readonly #random: () => number
  readonly #sample: Sample
  #state: 'closed' | 'open' | 'probing' = 'closed'
  #era = 0
  #failuresInARow = 0
  #rests = 0
  #restMs = 0
  #closedAtMs = Number.NEGATIVE_INFINITY
  #openedAtMs = Number.NEGATIVE_INFINITY

  constructor(limits: BreakerLimits = BREAKER_LIMITS, random: () => number = Math.random) {
    this.#limits = limits
    this.#random = random
    this.#sample = new Sample(limits.sampleMs)
  }

  state(nowMs: number): BreakerState {
    if (this.#state !== 'open') return this.#state
    return nowMs - this.#openedAtMs >= this.#restMs ? 'due' : 'resting'
  }

  /** When it last opened; minus infinity: never. */
  get openedAtMs(): number {
    return this.#openedAtMs
  }

  /** Leave for a call, or null. `force` lets a call in whatever the state: for the last source there is. */
  admit(nowMs: number, force = false): Admission | null {
    const state = this.state(nowMs)
    if (state === 'closed') return { kind: 'usual', era: this.#era }
    if (state === 'due') {
      this.#state = 'probing'
      return { kind: 'probe', era: this.#era }
    }
    return force ? { kind: 'forced', era: this.#era } : null
  }

  /** The call ended in a verdict. */
  succeed(admission: Admission, nowMs: number): void {
    if (admission.era !== this.#era) return
    if (admission.kind === 'usual') {
      this.#failuresInARow = 0
      this.#sample.add(nowMs, false)
    } else this.#close(nowMs)
  }

  /** The call failed. `atOnce`: there is no use in trying again soon, as when the upstream says that our quota is used up. */
  fail(admission: Admission, nowMs: number, atOnce = false): void {
    if (admission.era !== this.#era || admission.kind === 'forced') return
    if (admission.kind === 'probe') {
      this.#open(nowMs)
      return
    }
    this.#failuresInARow += 1
    this.#sample.add(nowMs, true)
    const { calls, failures } = this.#sample.counts(nowMs)
    const { failuresInARow, failureShare, sampleCalls } = this.#limits
    const isSick = calls >= sampleCalls && failures >= calls * failureShare
    if (atOnce || isSick || this.#failuresInARow >= failuresInARow) this.#open(nowMs)
  }

  /** The call said nothing of the source's health: its caller gave up, or the question itself was refused. */
  disregard(admission: Admission): void {
    if (admission.era === this.#era && admission.kind === 'probe') this.#state = 'open'
  }

  #open(nowMs: number): void {
    const { restMs, maxRestMs } = this.#limits
    const wasWellFor = nowMs - this.#closedAtMs
    this.#rests = this.#state === 'closed' && wasWellFor > this.#restMs ? 1 : this.#rests + 1
    this.#restMs = Math.min(restMs * this.#rests * (1 + JITTER * this.#random()), maxRestMs)
    this.#openedAtMs = nowMs
    this.#state = 'open'
    this.#era += 1
  }

  #close(nowMs: number): void {
    this.#closedAtMs = nowMs
    this.#failuresInARow = 0
    this.#sample.clear()
    this.#state = 'closed'
    this.#era += 1
  }
}

/** Calls and failures of the last while, in slices that are forgotten as they grow old. */
class Sample {
  readonly #sliceMs: number
  readonly #slices = Array.from({ length: SAMPLE_SLICES }, () => ({ number: -1, calls: 0, failures: 0 }))

  constructor(sampleMs: number) {
    this.#sliceMs = sampleMs / SAMPLE_SLICES
  }

  add(nowMs: number, failed: boolean): void {
    const number = Math.floor(nowMs / this.#sliceMs)
    const slice = this.#slices[number % SAMPLE_SLICES]
    if (slice === undefined) throw new RangeError('the clock is not monotonic')
    if (slice.number !== number) Object.assign(slice, { number, calls: 0, failures: 0 })
    slice.calls += 1
    if (failed) slice.failures += 1
  }

  counts(nowMs: number): { readonly calls: number; readonly failures: number } {
    const oldest = Math.floor(nowMs / this.#sliceMs) - SAMPLE_SLICES + 1
    const recent = this.#slices.filter((slice) => slice.number >= oldest)
    return {
      calls: recent.reduce((sum, slice) => sum + slice.calls, 0),
      failures: recent.reduce((sum, slice) => sum + slice.failures, 0),
    }
  }

  clear(): void {
    for (const slice of this.#slices) slice.number = -1
  }
}
