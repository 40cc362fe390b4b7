import type { Actor, Reading, Work } from './context.js'
import { newId } from './ids.js'
import type { SourceRow } from './tables.js'

/** A source across a network, as an operator described it: what may be shown of it. */
export interface SourceView {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly settings: Readonly<Record<string, unknown>>
  /** The names of its secrets. */
  readonly secretNames: readonly string[]
  readonly priority: number
  readonly weight: number
  readonly costCentifen: number
  readonly status: SourceRow['status']
  readonly createdAt: number
}

/** With its secrets, for whoever opens it. */
export interface DescribedSource extends SourceView {
  readonly secrets: Readonly<Record<string, string>>
}

interface Sealed {
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
}

export interface NewSource extends Sealed {
  readonly name: string
  readonly kind: string
  readonly priority: number
  readonly weight: number
  readonly costCentifen: number
}

/** In the order in which they are asked. */
export async function listSources(reading: Reading): Promise<SourceView[]> {
  return (await describedSources(reading)).map(withoutSecrets)
}

export async function describedSources({ db, keys }: Pick<Reading, 'db' | 'keys'>): Promise<DescribedSource[]> {
  const rows = await db.selectFrom('sources').selectAll().orderBy('priority').orderBy('id').execute()
  return rows.map((row) => {
    const { settings, secrets } = JSON.parse(keys.open(Buffer.from(row.sealed_config), sealPlace(row.id))) as Sealed
    return {
      id: row.id,
      name: row.name,
      kind: row.kind,
      settings,
      secrets,
      secretNames: Object.keys(secrets),
      priority: row.priority,
      weight: row.weight,
      costCentifen: row.cost_centifen,
      status: row.status,
      createdAt: row.created_at,
    }
  })
}

/** Disabled: nobody asks a source that has not been tried. Null where one of this name is there. */
export async function addSource(
  work: Work,
  { actor, source }: { readonly actor: Actor; readonly source: NewSource },
): Promise<SourceView | null> {
  const { db, keys, now, record } = work
  const { name, kind, settings, secrets, priority, weight, costCentifen } = source
  if ((await db.selectFrom('sources').select('id').where('name', '=', name).executeTakeFirst()) !== undefined)
    return null
  const id = newId('src', now)
  await db
    .insertInto('sources')
    .values({
      id,
      name,
      kind,
      sealed_config: keys.seal(JSON.stringify({ settings, secrets } satisfies Sealed), sealPlace(id)),
      key_id: keys.id,
      priority,
      weight,
      cost_centifen: costCentifen,
      status: 'disabled',
      created_at: now,
    })
    .execute()
  const after = { name, kind, settings, secretNames: Object.keys(secrets), priority, weight, costCentifen }
  await record({ actor, action: 'source.add', object: id, accountId: null, after })
  return { ...after, id, status: 'disabled', createdAt: now }
}

export interface SourceChange {
  readonly actor: Actor
  readonly sourceId: string
  readonly set: Partial<Pick<SourceView, 'priority' | 'weight' | 'costCentifen' | 'status'>>
}

/** Gives the source as it is afterwards; null where there is none. */
export async function changeSource(work: Work, { actor, sourceId, set }: SourceChange): Promise<SourceView | null> {
  const before = (await describedSources(work)).find(({ id }) => id === sourceId)
  if (before === undefined) return null
  const after = { ...before, ...set }
  await work.db
    .updateTable('sources')
    .set({
      priority: after.priority,
      weight: after.weight,
      cost_centifen: after.costCentifen,
      status: after.status,
    })
    .where('id', '=', sourceId)
    .execute()
  const was = Object.fromEntries(Object.keys(set).map((key) => [key, before[key as keyof SourceView]]))
  await work.record({
    actor,
    action: 'source.change',
    object: sourceId,
    accountId: null,
    before: was,
    after: { ...set },
  })
  return withoutSecrets(after)
}

/** Forgets a source and its secrets. False where there is none. */
export async function removeSource(
  { db, record }: Work,
  { actor, sourceId }: { readonly actor: Actor; readonly sourceId: string },
): Promise<boolean> {
  const removed = await db
    .deleteFrom('sources')
    .where('id', '=', sourceId)
    .returning(['name', 'kind'])
    .executeTakeFirst()
  if (removed === undefined) return false
  await record({ actor, action: 'source.remove', object: sourceId, accountId: null, before: removed })
  return true
}

function sealPlace(id: string): string {
  return `sources/${id}/sealed_config`
}

function withoutSecrets({ secrets: _, ...view }: DescribedSource): SourceView {
  return view
}
