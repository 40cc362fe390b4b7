import type { KeyObject } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { AuditRow, EntryRow } from '../../tables.js'
import {
  AUDIT_QUERIES,
  type AuditedLot,
  AuditFold,
  type AuditReport,
  type Checkpoint,
  type CheckpointLotRow,
  type CheckpointRow,
  neverQueries,
  signCheckpoint,
} from '../audit-fold.js'

/** Rows read at once. */
const CHUNK = 5_000
const NO_HEADS = '{}'

/** Reads the whole store from one snapshot, and adds it up again. Beside running nodes too. */
export async function auditEverything(pool: Pool, signer: KeyObject | null): Promise<AuditReport> {
  return snapshot(pool, (client) => auditOn(client, signer))
}

/** On one connection, inside a transaction of its caller's that sees one snapshot, or nobody else. */
export async function auditOn(client: PoolClient, signer: KeyObject | null): Promise<AuditReport> {
  const fold = new AuditFold()
  await foldEntries(client, fold)
  for (const [what, query] of neverQueries('')) fold.never(what, await countOf(client, query))
  await each<AuditRow>(client, AUDIT_QUERIES.auditLog, [], (row) => fold.auditLine(row))
  const { rows } = await client.query<CheckpointRow>(AUDIT_QUERIES.checkpoints)
  for (const row of rows) {
    for (const [streamId, head] of Object.entries(fold.signed(row, signer))) {
      const found = await client.query<{ hash: string }>(AUDIT_QUERIES.entryHash, [streamId, head.seq])
      fold.signedHead(row.id, streamId, head, found.rows[0]?.hash)
    }
  }
  return fold.report
}

/** As above for what came since the last checkpoint. */
export async function checkSinceCheckpoint(
  pool: Pool,
): Promise<{ problems: readonly string[]; checkpoint: Checkpoint; since: string }> {
  return snapshot(pool, async (client) => {
    const heads = await client.query<{ heads: string }>(AUDIT_QUERIES.lastHeads)
    const lots = await client.query<CheckpointLotRow>(AUDIT_QUERIES.checkpointLots)
    const since = heads.rows[0]?.heads ?? NO_HEADS
    const fold = new AuditFold(JSON.parse(since), lots.rows)
    await foldEntries(client, fold)
    return { problems: fold.report.problems, checkpoint: fold.checkpoint, since }
  })
}

/**
 * Writes a checkpoint, inside a transaction that no other node's is beside. One that was added up from an older one than there is
 * now says nothing new: it is left out.
 */
export async function writeCheckpoint(
  client: PoolClient,
  checkpoint: Checkpoint,
  since: string,
  { id, at, keyId, signer }: { id: string; at: number; keyId: string; signer: KeyObject },
): Promise<void> {
  const last = await client.query<{ heads: string }>(AUDIT_QUERIES.lastHeads)
  if ((last.rows[0]?.heads ?? NO_HEADS) !== since) return
  const { heads, lotsDigest, signature } = signCheckpoint(checkpoint, { id, at, signer })
  await client.query(
    'INSERT INTO checkpoints SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6 FROM checkpoints',
    [id, at, heads, lotsDigest, signature, keyId],
  )
  await client.query(
    `INSERT INTO checkpoint_lots SELECT "accountId", "lotId", $1, granted, reserved, used, expired, refunded
      FROM json_to_recordset($2) AS d("accountId" text, "lotId" text, granted bigint, reserved bigint, used bigint, expired bigint,
        refunded bigint)
      ON CONFLICT (account_id, lot_id) DO UPDATE SET checkpoint_id = excluded.checkpoint_id, granted = excluded.granted,
        reserved = excluded.reserved, used = excluded.used, expired = excluded.expired, refunded = excluded.refunded`,
    [id, JSON.stringify(checkpoint.lots)],
  )
}

async function foldEntries(client: PoolClient, fold: AuditFold): Promise<void> {
  const { rows: streams } = await client.query<{ id: string }>(AUDIT_QUERIES.streams)
  for (const { id } of streams) {
    await each<EntryRow>(client, AUDIT_QUERIES.entries, [id, fold.headOf(id).seq], (row) => fold.entry(row))
  }
  fold.strays(await countOf(client, AUDIT_QUERIES.strays))
  await each<AuditedLot>(client, AUDIT_QUERIES.lots, [], (row) => fold.lot(row))
  fold.allLotsRead()
}

/** By a cursor: the ledger may be larger than the memory. */
async function each<Row extends object>(
  client: PoolClient,
  query: string,
  values: unknown[],
  take: (row: Row) => void,
): Promise<void> {
  await client.query(`DECLARE audited NO SCROLL CURSOR FOR ${query}`, values)
  for (;;) {
    const { rows } = await client.query<Row>(`FETCH ${CHUNK} FROM audited`)
    for (const row of rows) take(row)
    if (rows.length < CHUNK) break
  }
  await client.query('CLOSE audited')
}

async function countOf(client: PoolClient, query: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(query)
  return rows[0]?.count ?? 0
}

async function snapshot<T>(pool: Pool, read: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const result = await read(client)
    await client.query('COMMIT')
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
}
