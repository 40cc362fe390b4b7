import type { Actor, Reading, Work } from './context.js'
import { readSetting, writeSetting } from './settings.js'

/** What an operator decides for all applications, or for one of them. */
export interface Policies {
  readonly consent: 'off' | 'warn' | 'require'
  /** Of an application that is metered elsewhere: a no-record goes out uncharged. Others have it by their lots. */
  readonly isNoRecordFree: boolean
}

const DEFAULTS: Policies = { consent: 'off', isNoRecordFree: false }
const KEY = 'policies'

/** Null names the policies of all applications. */
export interface PolicyPlace {
  readonly appId: string | null
}

/** As they were set at this place; what is not set there is absent. */
export async function readOwnPolicies(
  reading: Pick<Reading, 'db'>,
  { appId }: PolicyPlace,
): Promise<Partial<Policies>> {
  const text = await readSetting(reading, appId === null ? KEY : `${KEY}/${appId}`)
  return text === null ? {} : (JSON.parse(text) as Partial<Policies>)
}

export interface PolicyChange extends PolicyPlace {
  readonly actor: Actor
  /** Null takes a policy back to what holds for all, or to its default. */
  readonly set: { readonly [K in keyof Policies]?: Policies[K] | null }
}

/** Gives the policies of that place as they are afterwards; null where there is no such application. */
export async function changePolicies(
  work: Work,
  { actor, appId, set }: PolicyChange,
): Promise<Partial<Policies> | null> {
  let accountId: string | null = null
  if (appId !== null) {
    const owner = await work.db
      .selectFrom('applications')
      .select('account_id')
      .where('id', '=', appId)
      .executeTakeFirst()
    if (owner === undefined) return null
    accountId = owner.account_id
  }
  const before = await readOwnPolicies(work, { appId })
  const after = Object.fromEntries(
    Object.entries({ ...before, ...set }).filter(([, value]) => value !== null && value !== undefined),
  ) as Partial<Policies>
  await writeSetting(work, { key: appId === null ? KEY : `${KEY}/${appId}`, value: JSON.stringify(after) })
  await work.record({ actor, action: 'policies.change', object: appId ?? 'all', accountId, before, after })
  return after
}

/** What a door needs to know of an application beside its row. */
export interface Standing extends Policies {
  /** Calls of all its account's running lots, used ones too: the whole of which its quota is what is left. */
  readonly granted: number
}

export async function readStanding(
  reading: Reading,
  { accountId, appId }: { readonly accountId: string; readonly appId: string },
): Promise<Standing> {
  const lots = await reading.db
    .selectFrom('lots')
    .select(['granted', 'expires_at'])
    .where('account_id', '=', accountId)
    .execute()
  return {
    ...DEFAULTS,
    ...(await readOwnPolicies(reading, { appId: null })),
    ...(await readOwnPolicies(reading, { appId })),
    granted: lots.reduce((sum, lot) => (isPast(lot.expires_at, reading.now) ? sum : sum + lot.granted), 0),
  }
}

function isPast(expiresAt: number | null, now: number): boolean {
  return expiresAt !== null && expiresAt <= now
}
