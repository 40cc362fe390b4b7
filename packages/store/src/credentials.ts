import { addCredential, findApplication } from './applications.js'
import type { Actor, Reading, Work } from './context.js'
import type { CredentialRow } from './tables.js'

/** A credential as it may be listed: no secret is in it. */
export interface CredentialView {
  readonly id: string
  readonly kind: CredentialRow['kind']
  readonly appKey: string | null
  readonly status: CredentialRow['status']
  readonly createdAt: number
  readonly revokedAt: number | null
}

/** With its secret, which is shown once: an AppCode, or the AppSecret of an AppKey. */
export interface NewCredential extends CredentialView {
  readonly secret: string
}

/** The newest first; null where there is no such application. */
export async function listCredentials(reading: Reading, appId: string): Promise<CredentialView[] | null> {
  const application = await findApplication(reading, appId)
  if (application === null) return null
  const rows = await reading.db
    .selectFrom('credentials')
    .selectAll()
    .where('account_id', '=', application.account_id)
    .where('application_id', '=', appId)
    .orderBy('id', 'desc')
    .execute()
  return rows.map(viewOf)
}

/** One more credential beside those there are. Null where there is no such application. */
export async function issueCredential(
  work: Work,
  { actor, appId, kind }: { readonly actor: Actor; readonly appId: string; readonly kind: CredentialRow['kind'] },
): Promise<NewCredential | null> {
  const application = await findApplication(work, appId)
  if (application === null) return null
  const { id, appKey, secret } = await addCredential(work, actor, application, kind)
  return { id, kind, appKey, status: 'active', createdAt: work.now, revokedAt: null, secret }
}

interface CredentialPlace {
  readonly actor: Actor
  readonly appId: string
  readonly credentialId: string
}

/** From now on nobody is known by it. Gives it as it is afterwards; null where there is none such. */
export async function revokeCredential(
  { db, now, record }: Work,
  { actor, appId, credentialId }: CredentialPlace,
): Promise<CredentialView | null> {
  const row = await db
    .selectFrom('credentials')
    .selectAll()
    .where('id', '=', credentialId)
    .where('application_id', '=', appId)
    .executeTakeFirst()
  if (row === undefined) return null
  if (row.status === 'revoked') return viewOf(row)
  const revoked = { status: 'revoked', revoked_at: now } as const
  await db
    .updateTable('credentials')
    .set(revoked)
    .where('account_id', '=', row.account_id)
    .where('id', '=', credentialId)
    .execute()
  const { account_id: accountId, kind, app_key: appKey } = row
  await record({ actor, action: 'credential.revoke', object: credentialId, accountId, before: { kind, appKey } })
  return viewOf({ ...row, ...revoked })
}

/**
 * A new credential in the place of one: the old one is revoked in the same transaction, or stays beside it where callers
 * change over by and by. Null where there is no such active credential.
 */
export async function rotateCredential(
  work: Work,
  { keepOld, ...place }: CredentialPlace & { readonly keepOld: boolean },
): Promise<NewCredential | null> {
  const old = await work.db
    .selectFrom('credentials')
    .select('kind')
    .where('id', '=', place.credentialId)
    .where('application_id', '=', place.appId)
    .where('status', '=', 'active')
    .executeTakeFirst()
  if (old === undefined) return null
  const issued = await issueCredential(work, { actor: place.actor, appId: place.appId, kind: old.kind })
  if (!keepOld) await revokeCredential(work, place)
  return issued
}

function viewOf(row: CredentialRow): CredentialView {
  const { id, kind, app_key: appKey, status, created_at: createdAt, revoked_at: revokedAt } = row
  return { id, kind, appKey, status, createdAt, revokedAt }
}

/** The digest by which a credential's caller is found; null where it was revoked, or never was. */
export async function findLookup(
  { db }: Reading,
  { accountId, credentialId }: { readonly accountId: string; readonly credentialId: string },
): Promise<string | null> {
  const row = await db
    .selectFrom('credentials')
    .select('lookup')
    .where('account_id', '=', accountId)
    .where('id', '=', credentialId)
    .where('status', '=', 'active')
    .executeTakeFirst()
  return row?.lookup ?? null
}
