import type { Actor, Reading, Work } from './context.js'
import { newId } from './ids.js'
import { type GrantedLot, grantLot } from './lots.js'
import { readSetting, writeSetting } from './settings.js'
import type { PlanRow } from './tables.js'

export interface Plan {
  readonly id: string
  readonly label: string
  readonly priceFen: number
  readonly calls: number
  /** Null: never expires. */
  readonly validDays: number | null
  readonly isOncePerAccount: boolean
  readonly isNoRecordFree: boolean
  readonly status: PlanRow['status']
  readonly createdAt: number
}

export type NewPlan = Omit<Plan, 'id' | 'status' | 'createdAt'>

const YEAR_DAYS = 365
const plan = (label: string, priceFen: number, calls: number, isOncePerAccount = false): NewPlan => ({
  label,
  priceFen,
  calls,
  validDays: YEAR_DAYS,
  isOncePerAccount,
  isNoRecordFree: false,
})

/** What is sold until an operator changes it. */
export const DEFAULT_PLANS: readonly NewPlan[] = [
  plan('免费试用', 0, 20, true),
  plan('2元尝鲜', 200, 50),
  plan('100元2500次-4分/次', 10_000, 2_500),
  plan('720元20000次-3.6分/次', 72_000, 20_000),
  plan('3300元100000次-3.3分/次', 330_000, 100_000),
]

const ARE_DEFAULTS_MADE = 'plans.defaults'

/** Puts the default catalogue on sale, once in the life of a store: what an operator withdrew stays so. */
export async function ensureDefaultPlans(work: Work): Promise<void> {
  if ((await readSetting(work, ARE_DEFAULTS_MADE)) !== null) return
  for (const each of DEFAULT_PLANS) await createPlan(work, { actor: 'system', plan: each })
  await writeSetting(work, { key: ARE_DEFAULTS_MADE, value: '1' })
}

/** In the order in which they were made. */
export async function listPlans({ db }: Reading): Promise<Plan[]> {
  return (await db.selectFrom('plans').selectAll().orderBy('price_fen').orderBy('id').execute()).map(planOf)
}

export async function createPlan(
  { db, now, record }: Work,
  { actor, plan: made }: { readonly actor: Actor; readonly plan: NewPlan },
): Promise<Plan> {
  const row: PlanRow = {
    id: newId('plan', now),
    label: made.label,
    price_fen: made.priceFen,
    calls: made.calls,
    valid_days: made.validDays,
    is_once_per_account: made.isOncePerAccount ? 1 : 0,
    is_no_record_free: made.isNoRecordFree ? 1 : 0,
    status: 'on_sale',
    created_at: now,
  }
  await db.insertInto('plans').values(row).execute()
  await record({ actor, action: 'plan.create', object: row.id, accountId: null, after: { ...made } })
  return planOf(row)
}

export interface PlanChange {
  readonly actor: Actor
  readonly planId: string
  readonly set: Partial<NewPlan> & { readonly status?: PlanRow['status'] }
}

/** Changes what is sold from now on; what was bought stays as it is. Null where there is no such plan. */
export async function changePlan(work: Work, { actor, planId, set }: PlanChange): Promise<Plan | null> {
  const row = await work.db.selectFrom('plans').selectAll().where('id', '=', planId).executeTakeFirst()
  if (row === undefined) return null
  const before = planOf(row)
  const after = { ...before, ...set }
  await work.db
    .updateTable('plans')
    .set({
      label: after.label,
      price_fen: after.priceFen,
      calls: after.calls,
      valid_days: after.validDays,
      is_once_per_account: after.isOncePerAccount ? 1 : 0,
      is_no_record_free: after.isNoRecordFree ? 1 : 0,
      status: after.status,
    })
    .where('id', '=', planId)
    .execute()
  const was = Object.fromEntries(Object.keys(set).map((key) => [key, before[key as keyof Plan]]))
  await work.record({ actor, action: 'plan.change', object: planId, accountId: null, before: was, after: { ...set } })
  return after
}

export interface NewSubscription {
  readonly actor: Actor
  readonly accountId: string
  readonly planId: string
  /** Names the order, so that it is filled once; null: this one is an order of its own. */
  readonly orderRef: string | null
}

export type SubscriptionRefusal = 'account_unknown' | 'plan_unknown' | 'plan_withdrawn' | 'plan_taken' | 'order_filled'

/** A lot of a plan's calls, by the plan's terms of now. */
export async function subscribe(
  work: Work,
  { actor, accountId, planId, orderRef }: NewSubscription,
): Promise<GrantedLot | SubscriptionRefusal> {
  const { db } = work
  const account = await db.selectFrom('accounts').select('id').where('id', '=', accountId).executeTakeFirst()
  if (account === undefined) return 'account_unknown'
  const row = await db.selectFrom('plans').selectAll().where('id', '=', planId).executeTakeFirst()
  if (row === undefined) return 'plan_unknown'
  if (row.status !== 'on_sale') return 'plan_withdrawn'
  const lots = db.selectFrom('lots').select('id').where('account_id', '=', accountId)
  const isTaken = (await lots.where('plan_id', '=', planId).executeTakeFirst()) !== undefined
  if (row.is_once_per_account === 1 && isTaken) return 'plan_taken'
  if (orderRef !== null && (await lots.where('order_ref', '=', orderRef).executeTakeFirst()) !== undefined) {
    return 'order_filled'
  }
  return grantLot(work, {
    actor,
    accountId,
    planId,
    calls: row.calls,
    validDays: row.valid_days,
    isNoRecordFree: row.is_no_record_free === 1,
    orderRef,
  })
}

function planOf(row: PlanRow): Plan {
  return {
    id: row.id,
    label: row.label,
    priceFen: row.price_fen,
    calls: row.calls,
    validDays: row.valid_days,
    isOncePerAccount: row.is_once_per_account === 1,
    isNoRecordFree: row.is_no_record_free === 1,
    status: row.status,
    createdAt: row.created_at,
  }
}
