import { openForReading } from './engine/sqlite.js'
import { type AuditReport, auditEverything } from './engine/sqlite-audit.js'
import { keysOf } from './keys.js'

/** Adds up the whole store in `file`, also beside a running server. Without the master key, signatures are not checked. */
export function audit(file: string, master: Buffer | null): AuditReport {
  const db = openForReading(file)
  try {
    return auditEverything(db, master === null ? null : keysOf(master).checkpointSigner)
  } finally {
    db.close()
  }
}
