import type { PoolClient } from 'pg'
import { compare } from './load.js'
import { type BatchRows, keyOf } from './rows.js'

/** The database's clock, epoch ms. */
export const DATABASE_CLOCK = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/**
 * All that a batch writes, as one statement: one way to the server and back, however many rows. The lots are locked before it,
 * and every row that nodes share besides is in sorted order, so no two nodes wait for each other.
 */
const WRITE_BATCH = `WITH
  fence AS (UPDATE writers SET last_batch = $1, high_water = $2, heartbeat_at = ${DATABASE_CLOCK}
    WHERE epoch = $3 AND state = 'alive' RETURNING 1),
  added AS (INSERT INTO calls SELECT * FROM json_populate_recordset(NULL::calls, $4)),
  ended AS (UPDATE calls c SET state = e.state, charged = e.charged, lot_id = e.lot_id, reason = e.reason, source = e.source,
      ended_at = e.ended_at
    FROM json_populate_recordset(NULL::calls, $5) e
    WHERE c.account_id = e.account_id AND c.day = e.day AND c.id = e.id AND c.state = 'reserved' RETURNING 1),
  entered AS (INSERT INTO entries SELECT * FROM json_populate_recordset(NULL::entries, $6)),
  tried AS (INSERT INTO attempts SELECT * FROM json_populate_recordset(NULL::attempts, $7)),
  moved AS (UPDATE lots l SET reserved = l.reserved + d.reserved, used = l.used + d.used, expired = l.expired + d.expired
    FROM json_to_recordset($8) AS d("accountId" text, "lotId" text, reserved bigint, used bigint, expired bigint)
    WHERE l.account_id = d."accountId" AND l.id = d."lotId" RETURNING 1),
  leased AS (UPDATE leases s SET reserved = s.reserved + d.reserved, used = s.used + d.used
    FROM json_to_recordset($9) AS d("accountId" text, "lotId" text, id text, reserved bigint, used bigint)
    WHERE s.account_id = d."accountId" AND s.lot_id = d."lotId" AND s.id = d.id AND s.state = 'active' RETURNING 1),
  taken AS (INSERT INTO application_counters AS t
    SELECT "accountId", "applicationId", day, $10, count
      FROM json_to_recordset($11) AS d("accountId" text, "applicationId" text, day bigint, count bigint)
    ON CONFLICT (account_id, application_id, day, shard) DO UPDATE SET taken = t.taken + excluded.taken),
  counted AS (INSERT INTO usage_counters AS u
    SELECT "accountId", "applicationId", day, outcome, $10, count
      FROM json_to_recordset($12) AS d("accountId" text, "applicationId" text, day bigint, outcome text, count bigint)
    ON CONFLICT (account_id, application_id, day, outcome, shard) DO UPDATE SET count = u.count + excluded.count),
  remembered AS (INSERT INTO idempotency SELECT * FROM json_populate_recordset(NULL::idempotency, $13)
    ON CONFLICT (account_id, application_id, key_digest) DO UPDATE SET call_id = excluded.call_id, call_day = excluded.call_day,
      replays = excluded.replays, at = excluded.at),
  told AS (INSERT INTO outbox
    SELECT id, "accountId", kind, payload, at, at, 0, NULL, NULL
      FROM json_to_recordset($14) AS d(id text, "accountId" text, kind text, payload text, at bigint)
    ON CONFLICT DO NOTHING)
SELECT (SELECT count(*) FROM fence) AS alive, (SELECT count(*) FROM ended) AS ended, (SELECT count(*) FROM moved) AS moved,
  (SELECT count(*) FROM leased) AS leased`

/** This writer was taken for dead meanwhile: what it held was given back, and nothing that it writes counts. */
export class Fenced extends Error {}

/** A lease was closed by another node: what it would have been used for must be decided again. */
export class LeaseLost extends Error {}

export interface BatchMark {
  readonly epoch: number
  readonly shard: number
  readonly number: number
  readonly highWater: number
}

/** Throws `Fenced` or `LeaseLost`, upon which the transaction is to be rolled back. */
export async function writeBatch(client: PoolClient, { written }: BatchRows, mark: BatchMark): Promise<void> {
  const attempts = written.attempts.map(({ accountId, day, callId, attempt, at }) => {
    const [source, ordinal, outcome, duration_ms, cost_centifen, may_be_billed, reference] = attempt
    const place = { account_id: accountId, day, call_id: callId, ordinal }
    return { ...place, source, outcome, duration_ms, cost_centifen, may_be_billed, at, reference }
  })
  const byKey = <T extends { accountId: string; applicationId: string; day: number; outcome?: string }>(rows: T[]) =>
    rows
      .map((row) => ({ row, key: keyOf(row.accountId, row.applicationId, row.day, row.outcome ?? '') }))
      .sort((one, other) => compare(one.key, other.key))
      .map(({ row }) => row)
  const { rows } = await client.query<{ alive: number; ended: number; moved: number; leased: number }>({
    name: 'write-batch',
    text: WRITE_BATCH,
    values: [
      mark.number,
      mark.highWater,
      mark.epoch,
      JSON.stringify(written.calls),
      JSON.stringify(written.endedCalls),
      JSON.stringify(written.entries),
      JSON.stringify(attempts),
      JSON.stringify(written.lots),
      JSON.stringify(written.leases),
      mark.shard,
      JSON.stringify(byKey(written.taken)),
      JSON.stringify(byKey(written.usage)),
      JSON.stringify([...written.repeats.values()]),
      JSON.stringify([...written.events].sort((one, other) => compare(one.id, other.id))),
    ],
  })
  const counts = rows[0]
  if (counts?.alive !== 1) throw new Fenced('this writer was taken for dead')
  if (counts.leased !== written.leases.length) throw new LeaseLost('a lease was closed')
  if (counts.ended !== written.endedCalls.length) throw new Error('a call ended twice')
  if (counts.moved !== written.lots.length) throw new Error('a lot was changed by someone else')
}
