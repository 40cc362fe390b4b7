import { sql } from 'kysely'
import type { Work } from './context.js'

const MINUTE_MS = 60_000
/** How long each class of data is kept, and where it lives. The ledger itself is kept, and dropped below a checkpoint only. */
export const RETENTION_MS = {
  nonces: 30 * MINUTE_MS,
  idempotency: 24 * 60 * MINUTE_MS,
} as const

/** Removes what is past its time, at most `limit` rows of each class; gives the number removed. */
export async function purge({ db, now }: Work, { limit }: { limit: number }): Promise<number> {
  let removed = 0
  for (const table of ['nonces', 'idempotency'] as const) {
    const oldest = now - RETENTION_MS[table]
    const keys =
      table === 'nonces' ? sql`account_id, credential_id, nonce` : sql`account_id, application_id, key_digest`
    const result = await sql`DELETE FROM ${sql.table(table)} WHERE (${keys}) IN
      (SELECT ${keys} FROM ${sql.table(table)} WHERE at < ${oldest} ORDER BY at LIMIT ${limit})`.execute(db)
    removed += Number(result.numAffectedRows ?? 0)
  }
  return removed
}
