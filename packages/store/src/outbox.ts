import type { Reading, Work } from './context.js'
import { newId } from './ids.js'

/** What happened, for whoever wants to tell somebody. Without secrets, and without anything of a person. */
export interface OutboxEvent {
  /** The same at every delivery: who gets it twice knows. */
  readonly id: string
  readonly accountId: string | null
  readonly kind: string
  readonly payload: Readonly<Record<string, unknown>>
  /** Epoch ms. */
  readonly at: number
}

/** One event on its way to one consumer; or, without a consumer, an event that nobody has been named for yet. */
export interface Delivery {
  readonly deliveryId: string
  readonly event: OutboxEvent
  readonly consumer: string | null
  /** This one counted. */
  readonly attempt: number
}

/** How long a delivery is remembered after it came to its end, so that nothing is announced again under its id. */
export const OUTBOX_KEPT_MS = 30 * 86_400_000
const CONSUMER_MARK = '/'

/**
 * Adds an event to the transaction that causes it. With an `id` of its own it is added once, however often that is asked.
 */
export async function enqueue(
  { db, now }: Pick<Work, 'db' | 'now'>,
  { id, accountId, kind, payload }: Omit<OutboxEvent, 'id' | 'at'> & { readonly id?: string },
): Promise<void> {
  await db
    .insertInto('outbox')
    .values({
      id: id ?? newId('evt', now),
      account_id: accountId,
      kind,
      payload: JSON.stringify(payload),
      created_at: now,
      run_at: now,
      attempts: 0,
      leased_until: null,
      done_at: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/** Whether anything is to be delivered. Cheap: asked all the time, and answered without a write. */
export async function isOutboxDue({ db, now }: Reading): Promise<boolean> {
  const due = await db
    .selectFrom('outbox')
    .select('id')
    .where('done_at', 'is', null)
    .where('run_at', '<=', now)
    .where((row) => row.or([row('leased_until', 'is', null), row('leased_until', '<=', now)]))
    .limit(1)
    .executeTakeFirst()
  return due !== undefined
}

/** Takes what is due for `leaseMs`; who does not finish in time loses it to whoever asks next. */
export async function leaseOutbox(
  { db, now }: Work,
  { limit, leaseMs }: { readonly limit: number; readonly leaseMs: number },
): Promise<Delivery[]> {
  const rows = await db
    .selectFrom('outbox')
    .selectAll()
    .where('done_at', 'is', null)
    .where('run_at', '<=', now)
    .where((row) => row.or([row('leased_until', 'is', null), row('leased_until', '<=', now)]))
    .orderBy('run_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  if (rows.length === 0) return []
  // Another node may have taken some of them since they were looked at: the condition is looked at again where they change.
  const taken = await db
    .updateTable('outbox')
    .set((row) => ({ leased_until: now + leaseMs, attempts: row('attempts', '+', 1) }))
    .where(
      'id',
      'in',
      rows.map(({ id }) => id),
    )
    .where('done_at', 'is', null)
    .where((row) => row.or([row('leased_until', 'is', null), row('leased_until', '<=', now)]))
    .returning('id')
    .execute()
  const ours = new Set(taken.map(({ id }) => id))
  return rows
    .filter(({ id }) => ours.has(id))
    .map(({ id, account_id, kind, payload, created_at, attempts }) => {
      const [eventId = id, consumer = null] = id.split(CONSUMER_MARK)
      return {
        deliveryId: id,
        event: { id: eventId, accountId: account_id, kind, payload: JSON.parse(payload), at: created_at },
        consumer,
        attempt: attempts + 1,
      }
    })
}

/** An event becomes one delivery for each of its consumers, each with retries of its own; none of them is made twice. */
export async function fanOut(
  work: Work,
  { deliveryId, consumers }: { readonly deliveryId: string; readonly consumers: readonly string[] },
): Promise<void> {
  const { db, now } = work
  const root = await db.selectFrom('outbox').selectAll().where('id', '=', deliveryId).executeTakeFirst()
  if (root === undefined || root.done_at !== null) return
  for (const consumer of consumers) {
    await db
      .insertInto('outbox')
      .values({ ...root, id: `${root.id}${CONSUMER_MARK}${consumer}`, run_at: now, attempts: 0, leased_until: null })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
  }
  await finishDelivery(work, { deliveryId })
}

export async function finishDelivery(
  { db, now }: Work,
  { deliveryId }: { readonly deliveryId: string },
): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ done_at: now, leased_until: null })
    .where('id', '=', deliveryId)
    .where('done_at', 'is', null)
    .execute()
}

/** Gives a delivery back, to be tried again at `runAt`. */
export async function retryDelivery(
  { db }: Work,
  { deliveryId, runAt }: { readonly deliveryId: string; readonly runAt: number },
): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ run_at: runAt, leased_until: null })
    .where('id', '=', deliveryId)
    .where('done_at', 'is', null)
    .execute()
}

/** Ends a delivery that nobody took in all its time; the audit log keeps that. */
export async function abandonDelivery(
  work: Work,
  { deliveryId, reason }: { readonly deliveryId: string; readonly reason: string },
): Promise<void> {
  const row = await work.db.selectFrom('outbox').selectAll().where('id', '=', deliveryId).executeTakeFirst()
  if (row === undefined || row.done_at !== null) return
  await finishDelivery(work, { deliveryId })
  await work.record({
    actor: 'system',
    action: 'outbox.abandon',
    object: deliveryId,
    accountId: row.account_id,
    after: { kind: row.kind, attempts: row.attempts, reason },
  })
}

/** Forgets what came to its end long ago, at most `limit` rows; gives their number. */
export async function purgeOutbox({ db, now }: Work, { limit }: { readonly limit: number }): Promise<number> {
  const rows = await db
    .selectFrom('outbox')
    .select('id')
    .where('done_at', '<', now - OUTBOX_KEPT_MS)
    .limit(limit)
    .execute()
  if (rows.length === 0) return 0
  await db
    .deleteFrom('outbox')
    .where(
      'id',
      'in',
      rows.map(({ id }) => id),
    )
    .execute()
  return rows.length
}

/** When a lot's end is announced. */
export const EXPIRING_DAYS = [30, 7, 1] as const
const MILLISECONDS_PER_DAY = 86_400_000

/** Announces lots that have calls left and end within so many days: each lot once for each of them. Gives the number looked at. */
export async function announceExpiring(work: Work): Promise<number> {
  const { db, now } = work
  const furthest = now + EXPIRING_DAYS[0] * MILLISECONDS_PER_DAY
  const lots = await db
    .selectFrom('lots')
    .selectAll()
    .where('expires_at', '>', now)
    .where('expires_at', '<=', furthest)
    .execute()
  for (const lot of lots) {
    const remaining = lot.granted - lot.reserved - lot.used - lot.expired - lot.refunded
    const left = (lot.expires_at ?? 0) - now
    // The nearest that holds: who was away for a month is told once, not three times.
    const days = [...EXPIRING_DAYS].reverse().find((each) => left <= each * MILLISECONDS_PER_DAY)
    if (remaining < 1 || days === undefined || lasted(lot.created_at, lot.expires_at) <= days) continue
    await enqueue(work, {
      id: `evt_expiring_${lot.id}_${days}d`,
      accountId: lot.account_id,
      kind: 'subscription.expiring',
      payload: { subscriptionId: lot.id, remaining, expiresAt: lot.expires_at, days },
    })
  }
  return lots.length
}

/** A lot of a day is not announced a week ahead of its end. */
function lasted(createdAt: number, expiresAt: number | null): number {
  return ((expiresAt ?? createdAt) - createdAt) / MILLISECONDS_PER_DAY
}
