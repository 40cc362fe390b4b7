import type { Reading, Work } from './context.js'
import { readLots } from './lots.js'

export interface Usage {
  /** Of the account, over all its lots: granted = reserved + used + expired + refunded + remaining. */
  readonly granted: number
  readonly reserved: number
  readonly used: number
  readonly expired: number
  readonly remaining: number
  /** Of the application: verifications that cost a call, and those that ended free (a problem, or an uncharged verdict). */
  readonly charged: number
  readonly free: number
}

/** Null where there is no such application. */
export async function readUsage({ db }: Reading, appId: string): Promise<Usage | null> {
  const application = await db
    .selectFrom('applications')
    .select('account_id')
    .where('id', '=', appId)
    .executeTakeFirst()
  if (application === undefined) return null
  const lots = await readLots({ db }, application.account_id)
  const counters = await db
    .selectFrom('usage_counters')
    .select((column) => ['outcome', column.fn.sum<number>('count').as('count')])
    .where('account_id', '=', application.account_id)
    .where('application_id', '=', appId)
    .groupBy('outcome')
    .execute()
  const sum = (balance: 'granted' | 'reserved' | 'used' | 'expired' | 'refunded') =>
    lots.reduce((total, lot) => total + lot[balance], 0)
  const [granted, reserved, used, expired] = [sum('granted'), sum('reserved'), sum('used'), sum('expired')]
  return {
    granted,
    reserved,
    used,
    expired,
    remaining: granted - reserved - used - expired - sum('refunded'),
    charged: Number(counters.find(({ outcome }) => outcome === 'charged')?.count ?? 0),
    free: counters.reduce((total, { outcome, count }) => (outcome === 'charged' ? total : total + Number(count)), 0),
  }
}

/** Verifications that never reached the ledger: each ended in a problem. */
export interface FreeCount {
  readonly accountId: string
  readonly applicationId: string
  readonly day: number
  readonly problem: string
  readonly count: number
}

export async function addFreeCounts({ db, shard }: Work, counts: readonly FreeCount[]): Promise<void> {
  for (const { accountId, applicationId, day, problem, count } of counts) {
    await db
      .insertInto('usage_counters')
      .values({ account_id: accountId, application_id: applicationId, day, outcome: problem, shard, count })
      .onConflict((conflict) =>
        conflict
          .columns(['account_id', 'application_id', 'day', 'outcome', 'shard'])
          .doUpdateSet((set) => ({ count: set('usage_counters.count', '+', count) })),
      )
      .execute()
  }
}
