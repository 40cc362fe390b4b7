import { grant } from '@heyan/core'
import type { Actor, Reading, Work } from './context.js'
import { newId } from './ids.js'
import type { LotRow } from './tables.js'

const MILLISECONDS_PER_DAY = 86_400_000
/** The most calls one lot may hold. */
export const LOT_CALLS_MAX = 1_000_000_000
/** 100 years. */
export const LOT_DAYS_MAX = 36_500

export interface NewLot {
  readonly actor: Actor
  readonly accountId: string
  readonly calls: number
  /** Null: never expires. */
  readonly validDays: number | null
  readonly isNoRecordFree: boolean
  /** What was bought; null or absent: calls without a plan. */
  readonly planId?: string | null
  /** Names the order, so that it is filled once; null: this grant is an order of its own. */
  readonly orderRef: string | null
}

export interface GrantedLot {
  readonly lotId: string
  readonly calls: number
  readonly expiresAt: number | null
}

/** A lot and its `grant` entry. The same order again is refused by the unique key on it. */
export async function grantLot({ db, now, enter, record }: Work, input: NewLot): Promise<GrantedLot> {
  const lotId = newId('lot', now)
  const orderRef = input.orderRef ?? lotId
  const expiresAt = input.validDays === null ? null : now + input.validDays * MILLISECONDS_PER_DAY
  const entry = grant(lotId, input.calls, orderRef, now)
  await db
    .insertInto('lots')
    .values({
      account_id: input.accountId,
      id: lotId,
      plan_id: input.planId ?? null,
      order_ref: orderRef,
      granted: input.calls,
      reserved: 0,
      used: 0,
      expired: 0,
      refunded: 0,
      expires_at: expiresAt,
      is_no_record_free: input.isNoRecordFree ? 1 : 0,
      created_at: now,
    })
    .execute()
  enter(input.accountId, entry)
  await record({
    actor: input.actor,
    action: 'lot.grant',
    object: lotId,
    accountId: input.accountId,
    after: { calls: input.calls, expiresAt, planId: input.planId ?? null },
  })
  return { lotId, calls: input.calls, expiresAt }
}

export interface GrantToApplication extends Omit<NewLot, 'accountId'> {
  readonly appId: string
}

/** One more lot for the account of an application. Null where there is no such application. */
export async function grantToApplication(
  work: Work,
  { appId, ...lot }: GrantToApplication,
): Promise<GrantedLot | null> {
  const application = await work.db
    .selectFrom('applications')
    .select('account_id')
    .where('id', '=', appId)
    .executeTakeFirst()
  return application === undefined ? null : grantLot(work, { ...lot, accountId: application.account_id })
}

/** An account's lots, with what is used and held under leases counted in: as if there were none. */
export async function readLots({ db }: Pick<Reading, 'db'>, accountId: string): Promise<LotRow[]> {
  const lots = await db.selectFrom('lots').selectAll().where('account_id', '=', accountId).execute()
  if (!lots.some(({ leased }) => leased > 0)) return lots
  const leases = await db
    .selectFrom('leases')
    .select(['lot_id', 'reserved', 'used'])
    .where('account_id', '=', accountId)
    .where('state', '=', 'active')
    .execute()
  return lots.map((lot) => {
    const own = leases.filter(({ lot_id }) => lot_id === lot.id)
    const sum = (balance: 'reserved' | 'used') => own.reduce((total, lease) => total + lease[balance], lot[balance])
    return { ...lot, reserved: sum('reserved'), used: sum('used'), leased: 0 }
  })
}
