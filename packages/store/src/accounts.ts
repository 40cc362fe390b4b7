import type { Actor, Reading, Work } from './context.js'
import { newId } from './ids.js'

export interface Account {
  readonly id: string
  readonly name: string
  readonly status: 'active' | 'suspended'
  readonly createdAt: number
}

/** By id, from after `after` on. */
export async function listAccounts(
  { db }: Reading,
  { limit, after }: { readonly limit: number; readonly after: string | null },
): Promise<Account[]> {
  let query = db.selectFrom('accounts').selectAll().orderBy('id').limit(limit)
  if (after !== null) query = query.where('id', '>', after)
  return (await query.execute()).map(({ created_at: createdAt, ...account }) => ({ ...account, createdAt }))
}

export async function findAccount({ db }: Pick<Reading, 'db'>, id: string): Promise<Account | null> {
  const row = await db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return null
  return { id: row.id, name: row.name, status: row.status, createdAt: row.created_at }
}

export async function createAccount(
  { db, now, record }: Work,
  { actor, name }: { readonly actor: Actor; readonly name: string },
): Promise<Account> {
  const account = { id: newId('acc', now), name, status: 'active' as const }
  await db
    .insertInto('accounts')
    .values({ ...account, created_at: now })
    .execute()
  await record({ actor, action: 'account.create', object: account.id, accountId: account.id, after: { name } })
  return { ...account, createdAt: now }
}

export interface AccountChange {
  readonly actor: Actor
  readonly accountId: string
  readonly set: { readonly name?: string; readonly status?: Account['status'] }
}

/** Gives the account as it is afterwards; null where there is none. Suspended, none of its applications is served. */
export async function changeAccount(work: Work, { actor, accountId, set }: AccountChange): Promise<Account | null> {
  const before = await findAccount(work, accountId)
  if (before === null) return null
  if (Object.keys(set).length > 0) {
    await work.db.updateTable('accounts').set(set).where('id', '=', accountId).execute()
  }
  const { name, status } = before
  await work.record({
    actor,
    action: 'account.change',
    object: accountId,
    accountId,
    before: { name, status },
    after: set,
  })
  return { ...before, ...set }
}
