import type { AuditReport } from './engine/audit-fold.js'
import { openForReading } from './engine/sqlite.js'
import { auditEverything } from './engine/sqlite-audit.js'
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

/** As above, for a store on PostgreSQL (`postgres://…`), also beside running nodes. */
export async function auditShared(url: string, master: Buffer | null): Promise<AuditReport> {
  const { openPool } = await import('./engine/postgres/connection.js')
  const postgres = await import('./engine/postgres/audit.js')
  const pool = openPool(url, { max: 1, isBulk: true })
  try {
    return await postgres.auditEverything(pool, master === null ? null : keysOf(master).checkpointSigner)
  } finally {
    await pool.end()
  }
}
