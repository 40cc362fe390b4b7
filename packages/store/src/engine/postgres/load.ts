import { billingDay } from '@heyan/core'
import type { PoolClient } from 'pg'
import { momentOfCallId } from '../../ids.js'
import type { CallRow, LotRow } from '../../tables.js'
import type { HotOperation } from '../hot.js'
import { ALL_TIME } from '../ledger-rows.js'
import { type BatchRows, type CapsRow, type KeptRepeat, keyOf } from './rows.js'

/** What the operations of one batch may ask for: found out from their arguments alone. */
export interface Wanted {
  readonly nonces: { account_id: string; credential_id: string; nonce: string; at: number }[]
  readonly repeats: { account_id: string; application_id: string; key_digest: string }[]
  readonly calls: CallKey[]
  /** Accounts from whose lots a call may be taken. */
  readonly takers: { accountId: string; applicationId: string; day: number }[]
}

export interface CallKey {
  readonly account_id: string
  readonly day: number
  readonly id: string
}

export function wantedBy(operations: readonly HotOperation[]): Wanted {
  const wanted: Wanted = { nonces: [], repeats: [], calls: [], takers: [] }
  for (const operation of operations) {
    if (operation[0] === 'nonce') {
      const [, at, accountId, credentialId, nonce] = operation
      wanted.nonces.push({ account_id: accountId, credential_id: credentialId, nonce, at })
    } else if (operation[0] === 'settle' || operation[0] === 'release') {
      const [, id, accountId] = operation
      wanted.calls.push({ account_id: accountId, day: billingDay(momentOfCallId(id)), id })
    } else {
      const [, id, at, accountId, applicationId, credentialId, nonce, keyDigest] = operation
      const free = operation[0] === 'charge' ? operation[11] : operation[9]
      if (nonce !== null) wanted.nonces.push({ account_id: accountId, credential_id: credentialId, nonce, at })
      if (keyDigest !== null)
        wanted.repeats.push({ account_id: accountId, application_id: applicationId, key_digest: keyDigest })
      if (free === null) wanted.takers.push({ accountId, applicationId, day: billingDay(momentOfCallId(id)) })
    }
  }
  return wanted
}

/**
 * Spends the nonces of a batch. Who inserts one has it; a node that brings the same one waits here until the other's transaction
 * has ended. In one order everywhere, so that no two nodes wait for each other.
 */
export async function spendNonces(client: PoolClient, rows: BatchRows, nonces: Wanted['nonces']): Promise<void> {
  if (nonces.length === 0) return
  const sorted = [...nonces].sort((one, other) => compare(nonceKey(one), nonceKey(other)))
  const spent = await client.query<{ account_id: string; credential_id: string; nonce: string }>({
    name: 'spend-nonces',
    text: `INSERT INTO nonces SELECT * FROM json_populate_recordset(NULL::nonces, $1) ON CONFLICT DO NOTHING
      RETURNING account_id, credential_id, nonce`,
    values: [JSON.stringify(sorted)],
  })
  for (const row of spent.rows) rows.loaded.freshNonces.add(nonceKey(row))
}

function nonceKey(row: { account_id: string; credential_id: string; nonce: string }): string {
  return keyOf(row.account_id, row.credential_id, row.nonce)
}

/** Takes each Idempotency-Key for this transaction alone, then reads what is known of it, and the call it led to. */
export async function loadRepeats(client: PoolClient, rows: BatchRows, repeats: Wanted['repeats']): Promise<void> {
  if (repeats.length === 0) return
  const keys = [...new Set(repeats.map((row) => keyOf(row.account_id, row.application_id, row.key_digest)))].sort()
  await client.query({
    name: 'take-repeats',
    text: 'SELECT count(pg_advisory_xact_lock(hashtextextended(key, 0))) FROM unnest($1::text[]) AS key',
    values: [keys],
  })
  const known = await client.query<KeptRepeat>({
    name: 'select-repeats',
    text: `SELECT i.* FROM idempotency i JOIN json_populate_recordset(NULL::idempotency, $1) w
      USING (account_id, application_id, key_digest)`,
    values: [JSON.stringify(repeats)],
  })
  for (const row of known.rows) rows.loaded.repeats.set(keyOf(row.account_id, row.application_id, row.key_digest), row)
  await loadCalls(
    client,
    rows,
    known.rows.map(({ account_id, call_day, call_id }) => ({ account_id, day: call_day, id: call_id })),
  )
}

export async function loadCalls(client: PoolClient, rows: BatchRows, calls: readonly CallKey[]): Promise<void> {
  if (calls.length === 0) return
  const found = await client.query<CallRow>({
    name: 'select-calls',
    text: 'SELECT c.* FROM calls c JOIN json_populate_recordset(NULL::calls, $1) w USING (account_id, day, id)',
    values: [JSON.stringify(calls)],
  })
  for (const row of found.rows) rows.loaded.calls.set(keyOf(row.account_id, row.day, row.id), row)
}

/** Lots are held until the transaction ends, in one order everywhere: what is taken from them is decided by one node at a time. */
export async function lockLots(
  client: PoolClient,
  rows: BatchRows,
  accounts: readonly string[],
  now: number,
): Promise<void> {
  if (accounts.length === 0) return
  const found = await client.query<LotRow>({
    name: 'lock-lots',
    text: `SELECT * FROM lots WHERE account_id = ANY($1)
      AND (granted - used - expired - refunded > 0 OR expires_at IS NULL OR expires_at > $2)
      ORDER BY account_id, expires_at NULLS LAST, id FOR UPDATE`,
    values: [accounts, now],
  })
  await keepLots(client, rows, accounts, found.rows)
}

/** Only to look at. Calls used under a lease are used. */
export async function readLots(
  client: PoolClient,
  rows: BatchRows,
  accounts: readonly string[],
  now: number,
): Promise<void> {
  const found = await client.query<LotRow>({
    name: 'read-lots',
    text: `SELECT l.account_id, l.id, l.plan_id, l.order_ref, l.granted, l.expired, l.refunded, l.expires_at, l.is_no_record_free,
        l.created_at, 0::bigint AS leased, l.reserved + coalesce(s.reserved, 0) AS reserved, l.used + coalesce(s.used, 0) AS used
      FROM lots l LEFT JOIN LATERAL (SELECT sum(reserved) AS reserved, sum(used) AS used FROM leases
        WHERE account_id = l.account_id AND lot_id = l.id AND state = 'active') s ON l.leased > 0
      WHERE l.account_id = ANY($1)
        AND (l.granted - l.used - l.expired - l.refunded > 0 OR l.expires_at IS NULL OR l.expires_at > $2)
      ORDER BY l.account_id, l.expires_at NULLS LAST, l.id`,
    values: [accounts, now],
  })
  await keepLots(client, rows, accounts, found.rows)
}

async function keepLots(
  client: PoolClient,
  rows: BatchRows,
  accounts: readonly string[],
  lots: readonly LotRow[],
): Promise<void> {
  for (const accountId of accounts) rows.loaded.lots.set(accountId, [])
  for (const lot of lots) rows.loaded.lots.get(lot.account_id)?.push(lot)
  const without = accounts.filter((accountId) => rows.loaded.lots.get(accountId)?.length === 0)
  for (const accountId of accounts) if (!without.includes(accountId)) rows.loaded.accountsWithLots.add(accountId)
  if (without.length === 0) return
  const had = await client.query<{ account_id: string }>({
    name: 'had-lots',
    text: 'SELECT DISTINCT account_id FROM lots WHERE account_id = ANY($1)',
    values: [without],
  })
  for (const { account_id } of had.rows) rows.loaded.accountsWithLots.add(account_id)
}

/** What applications may take at most; remembered in `known`. */
export async function loadCaps(
  client: PoolClient,
  rows: BatchRows,
  wanted: readonly { accountId: string; applicationId: string }[],
  known: Map<string, CapsRow>,
): Promise<void> {
  const unknown = wanted.filter(({ accountId, applicationId }) => !known.has(keyOf(accountId, applicationId)))
  if (unknown.length > 0) {
    const found = await client.query<CapsRow & { account_id: string; id: string }>({
      name: 'select-caps',
      text: 'SELECT account_id, id, cap_total, cap_daily FROM applications WHERE account_id = ANY($1) AND id = ANY($2)',
      values: [unknown.map(({ accountId }) => accountId), unknown.map(({ applicationId }) => applicationId)],
    })
    for (const row of found.rows) known.set(keyOf(row.account_id, row.id), row)
  }
  for (const { accountId, applicationId } of wanted) {
    const key = keyOf(accountId, applicationId)
    const caps = known.get(key)
    if (caps !== undefined) rows.loaded.caps.set(key, caps)
  }
}

export function isCapped(caps: CapsRow | undefined): boolean {
  return caps !== undefined && (caps.cap_total !== null || caps.cap_daily !== null)
}

/** What applications with a limit have taken. Exact after `lockLots`: who takes of these accounts holds their lots. */
export async function loadTaken(
  client: PoolClient,
  rows: BatchRows,
  wanted: readonly { accountId: string; applicationId: string; day: number }[],
): Promise<void> {
  const takers = wanted.filter(({ accountId, applicationId }) =>
    isCapped(rows.loaded.caps.get(keyOf(accountId, applicationId))),
  )
  if (takers.length === 0) return
  const found = await client.query<{ account_id: string; application_id: string; day: number; taken: number }>({
    name: 'select-taken',
    text: `SELECT account_id, application_id, day, sum(taken) AS taken FROM application_counters
      WHERE account_id = ANY($1) AND application_id = ANY($2) AND day = ANY($3) GROUP BY account_id, application_id, day`,
    values: [
      [...new Set(takers.map(({ accountId }) => accountId))],
      [...new Set(takers.map(({ applicationId }) => applicationId))],
      [...new Set([ALL_TIME, ...takers.map(({ day }) => day)])],
    ],
  })
  for (const row of found.rows) rows.loaded.taken.set(keyOf(row.account_id, row.application_id, row.day), row.taken)
}

export function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
