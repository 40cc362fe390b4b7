import type { ProblemCode, Verdict } from '@heyan/core'
import type { BatchCounts } from '@heyan/store'

/** How a row ended: a verdict, or why it has none. `number_damaged`: a spreadsheet program lost its last digits. */
export type RowOutcome = Verdict | ProblemCode | 'number_damaged'

/** The answer to one row, as it lies sealed on the disk. A later one of the same row counts. */
export interface RowResult {
  /** As a spreadsheet program counts. */
  readonly row: number
  readonly outcome: RowOutcome
  readonly charged: boolean
  /** Null where no call was made. */
  readonly callId: string | null
  /** The row of this batch whose answer it is. */
  readonly duplicateOf?: number
  /** What somebody wrote in its place. */
  readonly corrected?: { readonly name: string; readonly number: string }
}

const VERDICTS: ReadonlySet<string> = new Set(['match', 'mismatch', 'no_record'] satisfies Verdict[])

export function isVerdict(outcome: RowOutcome): outcome is Verdict {
  return VERDICTS.has(outcome)
}

export const NO_COUNTS: BatchCounts = {
  match: 0,
  mismatch: 0,
  no_record: 0,
  problem: 0,
  charged: 0,
  duplicates: 0,
}

/** What answers add to a batch's counts; `times` −1 for one that another takes the place of, which stays charged. */
export function countOf(results: readonly RowResult[], times: 1 | -1 = 1): BatchCounts {
  const counts = { ...NO_COUNTS }
  for (const { outcome, charged, duplicateOf } of results) {
    counts[isVerdict(outcome) ? outcome : 'problem'] += times
    if (charged && times === 1) counts.charged += 1
    if (duplicateOf !== undefined) counts.duplicates += times
  }
  return counts
}
