import type { Reading } from './context.js'

export interface AuditLine {
  readonly streamId: string
  readonly seq: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly object: string
  readonly accountId: string | null
  readonly before: unknown
  readonly after: unknown
}

export interface AuditQuery {
  readonly limit: number
  /** Only lines older than this one of its stream. */
  readonly before: number | null
  readonly accountId: string | null
  readonly object: string | null
}

/** The newest first. */
export async function listAudit({ db }: Reading, query: AuditQuery): Promise<AuditLine[]> {
  let rows = db.selectFrom('audit_log').selectAll().orderBy('seq', 'desc').limit(query.limit)
  if (query.before !== null) rows = rows.where('seq', '<', query.before)
  if (query.accountId !== null) rows = rows.where('account_id', '=', query.accountId)
  if (query.object !== null) rows = rows.where('object', '=', query.object)
  return (await rows.execute()).map((row) => ({
    streamId: row.stream_id,
    seq: row.seq,
    at: row.at,
    actor: row.actor,
    action: row.action,
    object: row.object,
    accountId: row.account_id,
    before: row.before === null ? null : (JSON.parse(row.before) as unknown),
    after: row.after === null ? null : (JSON.parse(row.after) as unknown),
  }))
}
