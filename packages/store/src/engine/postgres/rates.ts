import type { Pool } from 'pg'
import type { RateDemand, RateShare } from '../engine.js'
import { DATABASE_CLOCK } from './write.js'

/** A node that has said nothing for so long has no part in a rate. */
const FRESH_MS = 3_000

/**
 * Nodes share an application's rate by how often each of them is asked for it: whoever keeps to one node has nearly all of it there.
 * Known within a second; what a node writes here is worth nothing later, so nobody waits for the disk.
 */
export async function shareRates(pool: Pool, shard: number, demands: readonly RateDemand[]): Promise<RateShare[]> {
  if (demands.length === 0) return []
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SET LOCAL synchronous_commit = off')
    await client.query(
      `INSERT INTO rate_demands SELECT "accountId", "applicationId", $1, demand, ${DATABASE_CLOCK}
        FROM json_to_recordset($2) AS d("accountId" text, "applicationId" text, demand bigint) ORDER BY 1, 2
        ON CONFLICT (account_id, application_id, shard) DO UPDATE SET demand = excluded.demand, at = excluded.at`,
      [shard, JSON.stringify(demands)],
    )
    const { rows } = await client.query<{ application_id: string; others: number }>(
      `SELECT application_id, sum(demand) AS others FROM rate_demands
        WHERE account_id = ANY($1) AND application_id = ANY($2) AND shard <> $3 AND at > ${DATABASE_CLOCK} - $4
        GROUP BY application_id`,
      [
        [...new Set(demands.map(({ accountId }) => accountId))],
        demands.map(({ applicationId }) => applicationId),
        shard,
        FRESH_MS,
      ],
    )
    await client.query('COMMIT')
    client.release()
    const others = new Map(rows.map((row) => [row.application_id, row.others]))
    return demands.map(({ applicationId, demand }) => {
      const rest = others.get(applicationId) ?? 0
      return { applicationId, share: rest === 0 ? 1 : (demand + 1) / (demand + 1 + rest) }
    })
  } catch (error) {
    client.release(true)
    throw error
  }
}
