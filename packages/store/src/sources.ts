import type { Actor, Reading, Work } from './context.js'
import { newId } from './ids.js'
import { readSetting, writeSetting } from './settings.js'
import type { SourceRow } from './tables.js'

/** How a source is asked, and what it costs us. */
export interface SourceTerms {
  /** Lower is asked first. */
  readonly priority: number
  /** Share among sources of the same priority. */
  readonly weight: number
  /** Hundredths of a fen for a verdict. */
  readonly costCentifen: number
  /** For a no-record; null: as for any verdict. */
  readonly noRecordCostCentifen: number | null
  /** Whether another spelling of the name is asked where the first does not match. */
  readonly secondQuestion: 'never' | 'on_mismatch'
  /** The longest one attempt may take; null: as for all. */
  readonly timeoutMs: number | null
}

/** A source across a network, as an operator described it: what may be shown of it. */
export interface SourceView extends SourceTerms {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly settings: Readonly<Record<string, unknown>>
  /** The names of its secrets. */
  readonly secretNames: readonly string[]
  readonly status: SourceRow['status']
  readonly createdAt: number
}

/** With its secrets, for whoever opens it. */
export interface DescribedSource extends SourceView {
  readonly secrets: Readonly<Record<string, string>>
}

interface Description {
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
}

/** Terms that the table has no column for. */
type SealedTerms = Pick<SourceTerms, 'noRecordCostCentifen' | 'secondQuestion' | 'timeoutMs'>
const USUAL_TERMS: SealedTerms = { noRecordCostCentifen: null, secondQuestion: 'never', timeoutMs: null }

export interface NewSource extends Description, SourceTerms {
  readonly name: string
  readonly kind: string
}

/** In the order in which they are asked. */
export async function listSources(reading: Reading): Promise<SourceView[]> {
  return (await describedSources(reading)).map(withoutSecrets)
}

export async function describedSources({ db, keys }: Pick<Reading, 'db' | 'keys'>): Promise<DescribedSource[]> {
  const rows = await db.selectFrom('sources').selectAll().orderBy('priority').orderBy('id').execute()
  return rows.map((row) => {
    const sealed = JSON.parse(keys.open(Buffer.from(row.sealed_config), sealPlace(row.id))) as Description & {
      readonly terms?: SealedTerms
    }
    const { settings, secrets, terms = USUAL_TERMS } = sealed
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
      ...terms,
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
  const { name, kind, secrets, ...plain } = source
  if ((await db.selectFrom('sources').select('id').where('name', '=', name).executeTakeFirst()) !== undefined)
    return null
  const id = newId('src', now)
  await db
    .insertInto('sources')
    .values({
      id,
      name,
      kind,
      sealed_config: sealed(keys, id, source),
      key_id: keys.id,
      priority: source.priority,
      weight: source.weight,
      cost_centifen: source.costCentifen,
      status: 'disabled',
      created_at: now,
    })
    .execute()
  const after = { name, kind, ...plain, secretNames: Object.keys(secrets) }
  await record({ actor, action: 'source.add', object: id, accountId: null, after })
  return { ...after, id, status: 'disabled', createdAt: now }
}

export interface SourceChange {
  readonly actor: Actor
  readonly sourceId: string
  /** `settings` and `secrets` take the place of all there were. */
  readonly set: Partial<SourceTerms & Description & Pick<SourceView, 'status'>>
}

/** Gives the source as it is afterwards; null where there is none. */
export async function changeSource(work: Work, { actor, sourceId, set }: SourceChange): Promise<SourceView | null> {
  const before = (await describedSources(work)).find(({ id }) => id === sourceId)
  if (before === undefined) return null
  const after: DescribedSource = { ...before, ...set, secretNames: Object.keys(set.secrets ?? before.secrets) }
  await work.db
    .updateTable('sources')
    .set({
      sealed_config: sealed(work.keys, sourceId, after),
      key_id: work.keys.id,
      priority: after.priority,
      weight: after.weight,
      cost_centifen: after.costCentifen,
      status: after.status,
    })
    .where('id', '=', sourceId)
    .execute()
  const shown = withoutSecrets(after)
  const changed = Object.keys(set).map((key) => (key === 'secrets' ? 'secretNames' : (key as keyof SourceView)))
  const only = (view: SourceView) => Object.fromEntries(changed.map((key) => [key, view[key]]))
  await work.record({
    actor,
    action: 'source.change',
    object: sourceId,
    accountId: null,
    before: only(withoutSecrets(before)),
    after: only(shown),
  })
  return shown
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

/** The setting that says where on the route the organisation's own list is. */
const ROSTER_PRIORITY = 'source.roster_priority'

/** Null: the roster answers only where no other source is enabled. */
export async function readRosterPriority(reading: Pick<Reading, 'db'>): Promise<number | null> {
  const value = await readSetting(reading, ROSTER_PRIORITY)
  return value === null || value === '' ? null : Number(value)
}

export async function placeRoster(
  work: Work,
  { actor, priority }: { readonly actor: Actor; readonly priority: number | null },
): Promise<void> {
  const before = { priority: await readRosterPriority(work) }
  await writeSetting(work, { key: ROSTER_PRIORITY, value: priority === null ? '' : String(priority) })
  await work.record({ actor, action: 'roster.place', object: 'roster', accountId: null, before, after: { priority } })
}

function sealed(keys: Work['keys'], id: string, source: Description & SealedTerms): Buffer {
  const { settings, secrets, noRecordCostCentifen, secondQuestion, timeoutMs } = source
  const terms: SealedTerms = { noRecordCostCentifen, secondQuestion, timeoutMs }
  return keys.seal(JSON.stringify({ settings, secrets, terms }), sealPlace(id))
}

function sealPlace(id: string): string {
  return `sources/${id}/sealed_config`
}

function withoutSecrets({ secrets: _, ...view }: DescribedSource): SourceView {
  return view
}
