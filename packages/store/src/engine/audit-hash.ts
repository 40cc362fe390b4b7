import { link } from '../chain.js'
import type { AuditRow } from '../tables.js'

/** The hash of one line of the audit log over the one before it. */
export function auditHash(previous: string, row: Omit<AuditRow, 'hash'>): string {
  return link(previous, [
    row.stream_id,
    row.seq,
    row.at,
    row.actor,
    row.action,
    row.object,
    row.account_id,
    row.before,
    row.after,
  ])
}
