import { sql } from 'kysely'
import type { Reading } from './context.js'

/** One attempt at a source, as a supplier's bill is checked against it: nothing of the person, nor which verdict it was. */
export interface KeptAttempt {
  readonly accountId: string
  /** The billing day of its call. */
  readonly day: number
  readonly callId: string
  readonly ordinal: number
  readonly source: string
  /** `verdict`, or why there was none. */
  readonly outcome: string
  readonly durationMs: number
  readonly costCentifen: number
  readonly mayBeBilled: boolean
  /** When its call ended, epoch ms. */
  readonly at: number
  /** What the supplier calls it. */
  readonly reference: string | null
}

export type AttemptPlace = Pick<KeptAttempt, 'day' | 'accountId' | 'callId' | 'ordinal'>

export interface AttemptQuery {
  readonly source: string
  /** Billing days, both included. */
  readonly from: number
  readonly to: number
  /** The last one read. */
  readonly after: AttemptPlace | null
  readonly limit: number
}

/** Attempts at one source, in the order of the index: those of one call follow each other. */
export async function listAttempts(
  { db }: Reading,
  { source, from, to, after, limit }: AttemptQuery,
): Promise<KeptAttempt[]> {
  const { day, accountId, callId, ordinal } = after ?? { day: from, accountId: '', callId: '', ordinal: 0 }
  const found = await db
    .selectFrom('attempts')
    .selectAll()
    .where('source', '=', source)
    // The one lower bound there is, so that a page begins in the index where the last one ended.
    .where(sql<boolean>`(day, account_id, call_id, ordinal) > (${day}, ${accountId}, ${callId}, ${ordinal})`)
    .where('day', '<=', to)
    .orderBy('day')
    .orderBy('account_id')
    .orderBy('call_id')
    .orderBy('ordinal')
    .limit(limit)
    .execute()
  return found.map((row) => ({
    accountId: row.account_id,
    day: row.day,
    callId: row.call_id,
    ordinal: row.ordinal,
    source: row.source,
    outcome: row.outcome,
    durationMs: row.duration_ms,
    costCentifen: row.cost_centifen,
    mayBeBilled: row.may_be_billed === 1,
    at: row.at,
    reference: row.reference,
  }))
}
