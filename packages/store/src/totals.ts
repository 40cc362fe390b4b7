import { sql } from 'kysely'
import type { Reading } from './context.js'

/** Of all accounts together: what a dashboard shows, and nothing of anybody. */
export interface StoreTotals {
  readonly calls: { readonly granted: number; readonly left: number; readonly reserved: number; readonly used: number }
  readonly accounts: { readonly left: number; readonly exhausted: number }
}

/** Over the lots that are running at `now`. Calls under leases count as left until their lease ends. */
export async function readTotals({ db, now }: Reading): Promise<StoreTotals> {
  const { rows } = await sql<{
    granted: number
    reserved: number
    used: number
    out: number
    accounts: number
    empty: number
  }>`
    SELECT coalesce(sum(granted), 0) AS granted, coalesce(sum(reserved), 0) AS reserved, coalesce(sum(used), 0) AS used,
      coalesce(sum(gone), 0) AS out, count(*) AS accounts, coalesce(sum(CASE WHEN granted <= gone THEN 1 ELSE 0 END), 0) AS empty
    FROM (SELECT sum(granted) AS granted, sum(reserved) AS reserved, sum(used) AS used,
        sum(reserved + used + expired + refunded) AS gone
      FROM lots WHERE expires_at IS NULL OR expires_at > ${now} GROUP BY account_id) AS each_account`.execute(db)
  const row = rows[0]
  const [granted, reserved, used, out] = [row?.granted, row?.reserved, row?.used, row?.out].map((sum) =>
    Number(sum ?? 0),
  )
  const [accounts, exhausted] = [Number(row?.accounts ?? 0), Number(row?.empty ?? 0)]
  return {
    calls: { granted: granted ?? 0, left: (granted ?? 0) - (out ?? 0), reserved: reserved ?? 0, used: used ?? 0 },
    accounts: { left: accounts - exhausted, exhausted },
  }
}
