import type { Reading, Work } from './context.js'

/** The record of a person's consent that a caller named for a call. */
export interface Consent {
  readonly callId: string
  readonly reference: string
  readonly at: number
}

/** Kept before a source is asked, so that no question goes out without it. */
export async function keepConsent(
  { db }: Work,
  { accountId, appId, callId, reference, at }: Consent & { readonly accountId: string; readonly appId: string },
): Promise<void> {
  await db
    .insertInto('consents')
    .values({ account_id: accountId, application_id: appId, call_id: callId, reference, at })
    .execute()
}

export interface ConsentQuery {
  readonly accountId: string
  readonly appId: string
  readonly limit: number
  /** Only those before this call. */
  readonly before: string | null
}

/** The newest first; a call's id begins with its moment. */
export async function listConsents(
  { db }: Reading,
  { accountId, appId, limit, before }: ConsentQuery,
): Promise<Consent[]> {
  let rows = db
    .selectFrom('consents')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('application_id', '=', appId)
    .orderBy('call_id', 'desc')
    .limit(limit)
  if (before !== null) rows = rows.where('call_id', '<', before)
  return (await rows.execute()).map(({ call_id: callId, reference, at }) => ({ callId, reference, at }))
}
