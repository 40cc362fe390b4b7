import { sql } from 'kysely'
import type { Actor, Reading, Work } from './context.js'
import { newId, randomText } from './ids.js'
import { grantLot } from './lots.js'
import type { ApplicationRow, CredentialRow } from './tables.js'

/** 160 bits. */
const SECRET_LENGTH = 32
const APP_KEY_DIGITS = 12

export type ApplicationSettings = Pick<
  ApplicationRow,
  | 'name'
  | 'mode'
  | 'fields'
  | 'rate_per_second'
  | 'cap_total'
  | 'cap_daily'
  | 'is_query_code_allowed'
  | 'is_signature_echo_full'
  | 'platform_algorithm'
> & { allow_list: string[] }

export interface NewApplication {
  readonly actor: Actor
  readonly accountId: string | null
  readonly name: string
  readonly mode: ApplicationRow['mode']
  readonly fields: ApplicationRow['fields']
  readonly calls: number | null
  readonly validDays: number | null
  readonly isNoRecordFree: boolean
}

/** The secrets are shown here, once. */
export interface CreatedApplication {
  readonly accountId: string
  readonly appId: string
  readonly appKey: string
  readonly appSecret: string
  readonly appCode: string
}

/** An account where none is named, an application with its two credentials, and a lot where calls are given. */
export async function createApplication(
  work: Work,
  input: NewApplication,
): Promise<CreatedApplication | 'account_unknown'> {
  const { db, now } = work
  let accountId = input.accountId
  if (accountId === null) {
    accountId = newId('acc', now)
    await db
      .insertInto('accounts')
      .values({ id: accountId, name: input.name, status: 'active', created_at: now })
      .execute()
    await work.record({
      actor: input.actor,
      action: 'account.create',
      object: accountId,
      accountId,
      after: { name: input.name },
    })
  } else {
    const account = await db.selectFrom('accounts').select('id').where('id', '=', accountId).executeTakeFirst()
    if (account === undefined) return 'account_unknown'
  }

  const appId = newId('app', now)
  const application: ApplicationRow = {
    account_id: accountId,
    id: appId,
    name: input.name,
    status: 'active',
    mode: input.mode,
    fields: input.fields,
    rate_per_second: null,
    cap_total: null,
    cap_daily: null,
    allow_list: '[]',
    is_query_code_allowed: 0,
    is_signature_echo_full: 0,
    platform_algorithm: 'hmac-sha256',
    created_at: now,
  }
  await db.insertInto('applications').values(application).execute()
  await work.record({
    actor: input.actor,
    action: 'application.create',
    object: appId,
    accountId,
    after: { name: input.name, mode: input.mode, fields: input.fields },
  })

  const { secret: appCode } = await addCredential(work, input.actor, application, 'app_code')
  const { secret: appSecret, appKey } = await addCredential(work, input.actor, application, 'app_key')
  if (input.calls !== null) {
    await grantLot(work, {
      actor: input.actor,
      accountId,
      calls: input.calls,
      validDays: input.validDays,
      isNoRecordFree: input.isNoRecordFree,
      orderRef: null,
    })
  }
  return { accountId, appId, appKey, appSecret, appCode }
}

/** A credential of its kind: an AppCode, or an AppKey with its AppSecret. The secret is here, and sealed in the store. */
export async function addCredential<Kind extends CredentialRow['kind']>(
  { db, keys, now, record }: Work,
  actor: Actor,
  application: ApplicationRow,
  kind: Kind,
): Promise<{ id: string; secret: string; appKey: Kind extends 'app_key' ? string : null }> {
  const id = newId('cred', now)
  const secret = `${kind === 'app_code' ? 'hyac' : 'hyas'}${randomText(SECRET_LENGTH)}`
  const appKey = (kind === 'app_key' ? randomDigits(APP_KEY_DIGITS) : null) as Kind extends 'app_key' ? string : null
  await db
    .insertInto('credentials')
    .values({
      account_id: application.account_id,
      id,
      application_id: application.id,
      kind,
      app_key: appKey,
      lookup: keys.index(`${kind}:${appKey ?? secret}`),
      sealed: keys.seal(secret, sealPlace(id)),
      key_id: keys.id,
      status: 'active',
      created_at: now,
      revoked_at: null,
    })
    .execute()
  await record({
    actor,
    action: 'credential.create',
    object: id,
    accountId: application.account_id,
    after: { kind, appKey },
  })
  return { id, secret, appKey }
}

/** Where a credential's secret is sealed to: it opens nowhere else. */
export function sealPlace(credentialId: string): string {
  return `credentials/${credentialId}/sealed`
}

function randomDigits(length: number): string {
  // 32 divides by 10 unevenly, so digits are taken from characters below 30 only.
  let digits = ''
  while (digits.length < length) {
    for (const character of randomText(length)) {
      const value = '0123456789abcdefghjkmnpqrstvwxyz'.indexOf(character)
      if (value < 30 && digits.length < length) digits += String(value % 10)
    }
  }
  return digits
}

/** What a door needs to know of whoever holds a credential. */
export interface CallerRecord {
  readonly credential: Pick<CredentialRow, 'id' | 'kind' | 'status'>
  /** The AppSecret of a signing caller; null for an AppCode, which needs none. */
  readonly appSecret: string | null
  readonly application: ApplicationRow
  readonly accountStatus: 'active' | 'suspended'
}

/** By the keyed digest of an AppCode or an AppKey. A revoked credential is unknown. */
export async function findCaller({ db, keys }: Reading, lookup: string): Promise<CallerRecord | null> {
  const credential = await db
    .selectFrom('credentials')
    .selectAll()
    .where('lookup', '=', lookup)
    .where('status', '=', 'active')
    .executeTakeFirst()
  if (credential === undefined) return null
  const application = await db
    .selectFrom('applications')
    .selectAll()
    .where('account_id', '=', credential.account_id)
    .where('id', '=', credential.application_id)
    .executeTakeFirstOrThrow()
  const account = await db
    .selectFrom('accounts')
    .select('status')
    .where('id', '=', credential.account_id)
    .executeTakeFirstOrThrow()
  return {
    credential: { id: credential.id, kind: credential.kind, status: credential.status },
    appSecret:
      credential.kind === 'app_key' ? keys.open(Buffer.from(credential.sealed), sealPlace(credential.id)) : null,
    application,
    accountStatus: account.status,
  }
}

export async function findApplication({ db }: Pick<Reading, 'db'>, appId: string): Promise<ApplicationRow | null> {
  return (await db.selectFrom('applications').selectAll().where('id', '=', appId).executeTakeFirst()) ?? null
}

export async function listApplications({ db }: Reading, limit: number): Promise<ApplicationRow[]> {
  return db.selectFrom('applications').selectAll().orderBy('id').limit(limit).execute()
}

export interface ApplicationChange {
  readonly actor: Actor
  readonly appId: string
  readonly set: Partial<Omit<ApplicationSettings, 'allow_list'>> & {
    status?: ApplicationRow['status']
    allow_list?: readonly string[]
  }
}

/** Gives the application as it is afterwards; null where there is none. */
export async function changeApplication(
  work: Work,
  { actor, appId, set }: ApplicationChange,
): Promise<ApplicationRow | null> {
  const before = await findApplication(work, appId)
  if (before === null) return null
  const { allow_list, ...plain } = set
  const changed = { ...plain, ...(allow_list === undefined ? {} : { allow_list: JSON.stringify(allow_list) }) }
  if (Object.keys(changed).length > 0) {
    await work.db
      .updateTable('applications')
      .set(changed)
      .where('account_id', '=', before.account_id)
      .where('id', '=', appId)
      .execute()
  }
  const was = Object.fromEntries(Object.keys(changed).map((key) => [key, before[key as keyof ApplicationRow]]))
  await work.record({
    actor,
    action: 'application.change',
    object: appId,
    accountId: before.account_id,
    before: was,
    after: changed,
  })
  return { ...before, ...changed }
}

/** Whether the store holds no application yet. */
export async function isEmpty({ db }: Reading): Promise<boolean> {
  return (await db.selectFrom('applications').select(sql`1`.as('one')).limit(1).executeTakeFirst()) === undefined
}

/** The secrets of an application's active credentials, shown again to their owner; the audit log keeps who saw them. */
export async function revealCredentials(
  { db, keys, record }: Work,
  { actor, appId, reason }: { actor: Actor; appId: string; reason: string },
): Promise<Pick<CreatedApplication, 'appKey' | 'appSecret' | 'appCode'> | null> {
  const credentials = await db
    .selectFrom('credentials')
    .selectAll()
    .where('application_id', '=', appId)
    .where('status', '=', 'active')
    .orderBy('id', 'desc')
    .execute()
  const code = credentials.find(({ kind }) => kind === 'app_code')
  const pair = credentials.find(({ kind }) => kind === 'app_key')
  if (code === undefined || pair?.app_key == null) return null
  await record({ actor, action: 'credential.reveal', object: appId, accountId: code.account_id, after: { reason } })
  return {
    appKey: pair.app_key,
    appSecret: keys.open(Buffer.from(pair.sealed), sealPlace(pair.id)),
    appCode: keys.open(Buffer.from(code.sealed), sealPlace(code.id)),
  }
}
