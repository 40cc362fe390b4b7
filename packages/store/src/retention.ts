import { sql } from 'kysely'
import { BATCH_KEPT_MAX_MS } from './batches.js'
import type { Work } from './context.js'
import { BATCH_KEY_PREFIX } from './repeats.js'

const MINUTE_MS = 60_000
/** How long each class of data is kept, and where it lives. The ledger itself is kept, and dropped below a checkpoint only. */
export const RETENTION_MS = {
  nonces: 30 * MINUTE_MS,
  idempotency: 24 * 60 * MINUTE_MS,
  /** Keys of a batch's rows: a day longer than the batch can be gone on with. */
  batchKeys: BATCH_KEPT_MAX_MS + 24 * 60 * MINUTE_MS,
} as const
/** The text behind every one that begins with `BATCH_KEY_PREFIX`, and before any other. */
const AFTER_BATCH_KEYS = `${BATCH_KEY_PREFIX.slice(0, -1)};`

/** Removes what is past its time, at most `limit` rows of each class; gives the number removed. */
export async function purge({ db, now }: Work, { limit }: { limit: number }): Promise<number> {
  let removed = 0
  const ofBatch = sql`(key_digest >= ${BATCH_KEY_PREFIX} AND key_digest < ${AFTER_BATCH_KEYS})`
  for (const kind of ['nonces', 'idempotency', 'batchKeys'] as const) {
    const oldest = now - RETENTION_MS[kind]
    const table = kind === 'nonces' ? 'nonces' : 'idempotency'
    const keys =
      table === 'nonces' ? sql`account_id, credential_id, nonce` : sql`account_id, application_id, key_digest`
    const which = kind === 'nonces' ? sql`1 = 1` : kind === 'batchKeys' ? ofBatch : sql`NOT ${ofBatch}`
    const result = await sql`DELETE FROM ${sql.table(table)} WHERE (${keys}) IN
      (SELECT ${keys} FROM ${sql.table(table)} WHERE at < ${oldest} AND ${which} ORDER BY at LIMIT ${limit})`.execute(
      db,
    )
    removed += Number(result.numAffectedRows ?? 0)
  }
  return removed
}
