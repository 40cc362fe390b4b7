import type { UnavailableReason } from '@heyan/core'

/** The AWS SDKs' retry quota: a full purse pays for a hundred second attempts; five verdicts earn one more. */
const CAPACITY = 500
const COST = 5
/** A time-out has already held the caller and the upstream for seconds. */
const TIMEOUT_COST = 10
const EARNED_BY_VERDICT = 1

/**
 * Limits second attempts to a fifth of the verdicts, over time: when every source is down, nearly every question is
 * asked once, and the sources are not met with a multiple of the load that may have broken them.
 */
export class RetryBudget {
  #tokens = CAPACITY

  earn(): void {
    this.#tokens = Math.min(this.#tokens + EARNED_BY_VERDICT, CAPACITY)
  }

  /** Pays for an attempt after one that failed for `reason`. False: there is nothing left to pay with. */
  spend(reason: UnavailableReason): boolean {
    const cost = reason === 'timeout' ? TIMEOUT_COST : COST
    if (this.#tokens < cost) return false
    this.#tokens -= cost
    return true
  }
}
