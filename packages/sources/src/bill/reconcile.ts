import type { BilledCalls } from './billed-calls.js'

/** One attempt of ours, as the server tells it. Those of one call follow each other. */
export interface OurAttempt {
  readonly callId: string
  readonly ordinal: number
  readonly at: number
  readonly outcome: string
  readonly costCentifen: number
  readonly mayBeBilled: boolean
  readonly reference: string | null
}

/** Something about one call that the bill and our own record do not say alike. */
export type Finding =
  /** A verdict reached us and is not on the bill. */
  | { readonly kind: 'not_billed'; readonly callId: string; readonly at: number; readonly attempts: number }
  /** On the bill more often than we asked with effect. */
  | { readonly kind: 'billed_too_often'; readonly callId: string; readonly at: number; readonly rows: number }
  /** Billed, and no verdict reached us: a time-out or a broken connection, after which the supplier may have answered. */
  | { readonly kind: 'billed_without_verdict'; readonly callId: string; readonly at: number; readonly rows: number }
  | {
      readonly kind: 'cost_differs'
      readonly callId: string
      readonly at: number
      readonly billedCentifen: number
      readonly expectedCentifen: number
    }

export interface ReconciliationCounts {
  calls: number
  /** Attempts that ended in a verdict, and those that may be billed without one. */
  verdicts: number
  maybe: number
  /** Rows of the bill that are ours. */
  billedKnown: number
  notBilled: number
  billedTooOften: number
  billedWithoutVerdict: number
  costDiffers: number
  /** Billed less expected, over the calls whose costs can be compared. */
  differenceCentifen: number
}

interface Period {
  /** Epoch ms: the first moment, and the first after the last. Attempts outside are known, but not missed on the bill. */
  readonly from: number
  readonly until: number
}

/** Holds our attempts at one source against its bill, call by call, and tells what differs. */
export class Reconciliation {
  readonly counts: ReconciliationCounts = {
    calls: 0,
    verdicts: 0,
    maybe: 0,
    billedKnown: 0,
    notBilled: 0,
    billedTooOften: 0,
    billedWithoutVerdict: 0,
    costDiffers: 0,
    differenceCentifen: 0,
  }
  readonly #billed: BilledCalls
  readonly #period: Period
  readonly #onFinding: (finding: Finding) => void
  #call: OurAttempt[] = []

  constructor(billed: BilledCalls, period: Period, onFinding: (finding: Finding) => void) {
    this.#billed = billed
    this.#period = period
    this.#onFinding = onFinding
  }

  add(attempt: OurAttempt): void {
    if (this.#call[0] !== undefined && this.#call[0].callId !== attempt.callId) this.#judge()
    this.#call.push(attempt)
  }

  end(): void {
    this.#judge()
  }

  #judge(): void {
    const [first] = this.#call
    if (first === undefined) return
    const attempts = this.#call
    this.#call = []
    const { callId, at } = first
    const verdicts = attempts.filter(({ outcome }) => outcome === 'verdict')
    const maybe = attempts.filter(({ mayBeBilled }) => mayBeBilled)
    const billed = this.#billedOf(callId, attempts)
    const isInPeriod = at >= this.#period.from && at < this.#period.until
    if (!isInPeriod && billed.rows === 0) return
    const { counts } = this
    counts.calls += 1
    counts.verdicts += verdicts.length
    counts.maybe += maybe.length
    counts.billedKnown += billed.rows
    if (billed.rows < verdicts.length) {
      const missing = verdicts.length - billed.rows
      counts.notBilled += missing
      this.#onFinding({ kind: 'not_billed', callId, at, attempts: missing })
      return
    }
    const beyond = billed.rows - verdicts.length
    const excused = Math.min(beyond, maybe.length)
    if (excused > 0) {
      counts.billedWithoutVerdict += excused
      this.#onFinding({ kind: 'billed_without_verdict', callId, at, rows: excused })
    }
    if (beyond > excused) {
      counts.billedTooOften += beyond - excused
      this.#onFinding({ kind: 'billed_too_often', callId, at, rows: beyond - excused })
    }
    if (beyond === 0) this.#compare(callId, at, billed.centifen, verdicts)
  }

  /** A bill knows a call by our name for it, or each of its attempts by the supplier's. */
  #billedOf(callId: string, attempts: readonly OurAttempt[]): { rows: number; centifen: number | null } {
    const names = new Set([callId, ...attempts.flatMap(({ reference }) => (reference === null ? [] : [reference]))])
    let rows = 0
    let centifen: number | null = 0
    for (const name of names) {
      const said = this.#billed.take(name)
      if (said === null) continue
      rows += said.rows
      centifen = centifen === null || said.centifen === null ? null : centifen + said.centifen
    }
    return { rows, centifen }
  }

  #compare(callId: string, at: number, billedCentifen: number | null, verdicts: readonly OurAttempt[]): void {
    if (billedCentifen === null) return
    const expectedCentifen = verdicts.reduce((sum, { costCentifen }) => sum + costCentifen, 0)
    if (billedCentifen === expectedCentifen) return
    this.counts.costDiffers += 1
    this.counts.differenceCentifen += billedCentifen - expectedCentifen
    this.#onFinding({ kind: 'cost_differs', callId, at, billedCentifen, expectedCentifen })
  }
}
