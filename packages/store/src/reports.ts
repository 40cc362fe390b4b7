import type { Reading } from './context.js'
import { readLots } from './lots.js'

/** Verifications of one application by day (whole days since 1970 in Asia/Shanghai) and outcome. */
export async function readUsageDays(
  { db }: Reading,
  { accountId, appId, from, to }: { accountId: string; appId: string; from: number; to: number },
): Promise<{ day: number; outcome: string; count: number }[]> {
  const rows = await db
    .selectFrom('usage_counters')
    .select((column) => ['day', 'outcome', column.fn.sum<number>('count').as('count')])
    .where('account_id', '=', accountId)
    .where('application_id', '=', appId)
    .where('day', '>=', from)
    .where('day', '<=', to)
    .groupBy(['day', 'outcome'])
    .orderBy('day')
    .execute()
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}

export interface LotReport {
  readonly id: string
  readonly planId: string | null
  readonly orderRef: string
  readonly granted: number
  readonly reserved: number
  readonly used: number
  readonly expired: number
  readonly refunded: number
  readonly remaining: number
  readonly expiresAt: number | null
  readonly isNoRecordFree: boolean
  readonly createdAt: number
}

/** An account's lots, the one that is used first first. */
export async function listLots({ db }: Reading, { accountId }: { accountId: string }): Promise<LotReport[]> {
  const rows = await readLots({ db }, accountId)
  const end = (row: { expires_at: number | null }) => row.expires_at ?? Number.POSITIVE_INFINITY
  return rows
    .sort((one, other) => (end(one) === end(other) ? (one.id < other.id ? -1 : 1) : end(one) - end(other)))
    .map((row) => ({
      id: row.id,
      planId: row.plan_id,
      orderRef: row.order_ref,
      granted: row.granted,
      reserved: row.reserved,
      used: row.used,
      expired: row.expired,
      refunded: row.refunded,
      remaining: row.granted - row.reserved - row.used - row.expired - row.refunded,
      expiresAt: row.expires_at,
      isNoRecordFree: row.is_no_record_free === 1,
      createdAt: row.created_at,
    }))
}
