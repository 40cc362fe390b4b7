const SECOND_MS = 1_000

/** So many calls a second, and no more than a second's worth at once (a token bucket, reckoned without a timer). */
export class RateLimit {
  readonly perSecond: number
  #tokens: number
  #at = Number.NEGATIVE_INFINITY
  /** What part of the rate is this node's. */
  #share = 1
  #asked = 0

  constructor(perSecond: number) {
    this.perSecond = perSecond
    this.#tokens = perSecond
  }

  /** What may be taken at once, as of the last one that was. */
  get left(): number {
    return Math.floor(this.#tokens)
  }

  /**
   * Takes one at `nowMs` of a monotonic clock: 0, or the ms after which the next one can be had. Who leaves a share of what may come
   * at once to others has one only where as many are left.
   */
  take(nowMs: number, leftShare = 0): number {
    this.#asked++
    const perSecond = this.perSecond * this.#share
    const most = Math.max(1, perSecond)
    if (nowMs > this.#at) {
      const gained = this.#at === Number.NEGATIVE_INFINITY ? 0 : ((nowMs - this.#at) * perSecond) / SECOND_MS
      this.#tokens = Math.min(most, this.#tokens + gained)
      this.#at = nowMs
    }
    const needed = 1 + Math.floor(most * leftShare)
    if (this.#tokens >= needed) {
      this.#tokens -= 1
      return 0
    }
    return ((needed - this.#tokens) * SECOND_MS) / perSecond
  }

  /** From now on only this part of the rate may be taken here: other nodes take the rest. */
  shareOf(share: number): void {
    this.#share = share
  }

  /** How often it was asked since the last time this was. */
  demand(): number {
    const asked = this.#asked
    this.#asked = 0
    return asked
  }
}
