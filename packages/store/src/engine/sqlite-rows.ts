import type { Entry, Lot } from '@heyan/core'
import type { Statement } from 'better-sqlite3'
import type { CallRow, LotRow } from '../tables.js'
import type { EntryLog } from './entry-log.js'
import type { AttemptFields } from './hot.js'
import type { LedgerRows, RepeatRow } from './ledger-rows.js'
import type { Sqlite } from './sqlite.js'

/** The one writer there is has one place among the counters. */
export const SHARD = 0

/** The ledger's rows in SQLite: each read and write is a prepared statement of the transaction that is open. */
export class SqliteRows implements LedgerRows {
  readonly #log: EntryLog
  readonly #sql: ReturnType<typeof prepare>

  constructor(db: Sqlite, log: EntryLog) {
    this.#log = log
    this.#sql = prepare(db)
  }

  insertNonce(accountId: string, credentialId: string, nonce: string, at: number): boolean {
    return this.#sql.insertNonce.run(accountId, credentialId, nonce, at).changes === 1
  }

  lots(accountId: string, now: number): LotRow[] {
    return this.#sql.selectLots.all(accountId, now)
  }

  hasLot(accountId: string): boolean {
    return this.#sql.hasLot.get(accountId) !== undefined
  }

  /** One conditional statement: it changes only what it was read as, or the batch stops. */
  updateLot(accountId: string, stored: Lot, current: Lot): void {
    const { changes } = this.#sql.updateLot.run(
      current.reserved,
      current.used,
      current.expired,
      accountId,
      current.id,
      stored.reserved,
      stored.used,
      stored.expired,
    )
    if (changes !== 1) throw new Error('a lot was changed by someone else')
  }

  appendEntry(accountId: string, day: number, entry: Entry): void {
    this.#log.append(accountId, day, entry)
  }

  call(accountId: string, day: number, id: string): CallRow | undefined {
    return this.#sql.selectCall.get(accountId, day, id)
  }

  insertCall(...row: Parameters<LedgerRows['insertCall']>): void {
    this.#sql.insertCall.run(...row)
  }

  endCall(...[call, state, charged, lotId, reason, source, endedAt]: Parameters<LedgerRows['endCall']>): void {
    const { account_id, day, id } = call
    const ended = this.#sql.endCall.run(state, charged, lotId, reason, source, endedAt, account_id, day, id)
    if (ended.changes !== 1) throw new Error('a call ended twice')
  }

  insertAttempt(
    accountId: string,
    day: number,
    callId: string,
    [source, ordinal, outcome, durationMs, costCentifen, mayBeBilled, reference]: AttemptFields,
    at: number,
  ): void {
    this.#sql.insertAttempt.run(
      accountId,
      day,
      callId,
      ordinal,
      source,
      outcome,
      durationMs,
      costCentifen,
      mayBeBilled,
      at,
      reference,
    )
  }

  repeat(accountId: string, applicationId: string, keyDigest: string): RepeatRow | undefined {
    return this.#sql.selectRepeat.get(accountId, applicationId, keyDigest)
  }

  countReplay(accountId: string, applicationId: string, keyDigest: string, most: number): boolean {
    return this.#sql.countReplay.run(accountId, applicationId, keyDigest, most).changes === 1
  }

  rememberRepeat(...row: Parameters<LedgerRows['rememberRepeat']>): void {
    this.#sql.upsertRepeat.run(...row)
  }

  caps(accountId: string, applicationId: string): { cap_total: number | null; cap_daily: number | null } | undefined {
    return this.#sql.selectCaps.get(accountId, applicationId)
  }

  taken(accountId: string, applicationId: string, day: number): number {
    return this.#sql.selectTaken.get(accountId, applicationId, day) ?? 0
  }

  addTaken(accountId: string, applicationId: string, day: number, count: number): void {
    this.#sql.addTaken.run(accountId, applicationId, day, count)
  }

  addUsage(accountId: string, applicationId: string, day: number, outcome: string, count: number): void {
    this.#sql.addUsage.run(accountId, applicationId, day, outcome, count)
  }

  insertEvent(id: string, accountId: string, kind: string, payload: string, at: number): void {
    this.#sql.insertEvent.run(id, accountId, kind, payload, at, at)
  }

  /** Lots that lapsed and have calls left. */
  lapsed(now: number, limit: number): { account_id: string; id: string }[] {
    return this.#sql.selectLapsed.all(now, limit)
  }
}

function prepare(db: Sqlite) {
  const sql = <P extends unknown[], R = unknown>(text: string): Statement<P, R> => db.prepare<P, R>(text)
  return {
    insertNonce: sql<[string, string, string, number]>('INSERT INTO nonces VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    selectLots: sql<[string, number], LotRow>(
      `SELECT * FROM lots WHERE account_id = ?
        AND (granted - used - expired - refunded > 0 OR expires_at IS NULL OR expires_at > ?) ORDER BY expires_at IS NULL, expires_at, id`,
    ),
    hasLot: sql<[string]>('SELECT 1 FROM lots WHERE account_id = ? LIMIT 1'),
    selectLapsed: sql<[number, number], { account_id: string; id: string }>(
      `SELECT account_id, id FROM lots WHERE expires_at IS NOT NULL AND expires_at <= ?
        AND granted - reserved - used - expired - refunded > 0 ORDER BY expires_at LIMIT ?`,
    ),
    updateLot: sql<[number, number, number, string, string, number, number, number]>(
      `UPDATE lots SET reserved = ?, used = ?, expired = ?
        WHERE account_id = ? AND id = ? AND reserved = ? AND used = ? AND expired = ?`,
    ),
    insertCall: sql<unknown[]>('INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    selectCall: sql<[string, number, string], CallRow>(
      'SELECT * FROM calls WHERE account_id = ? AND day = ? AND id = ?',
    ),
    endCall: sql<unknown[]>(
      `UPDATE calls SET state = ?, charged = ?, lot_id = ?, reason = ?, source = ?, ended_at = ?
        WHERE account_id = ? AND day = ? AND id = ? AND state = 'reserved'`,
    ),
    insertAttempt: sql<unknown[]>('INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    selectRepeat: sql<[string, string, string], RepeatRow>(
      'SELECT fingerprint, call_id, call_day, at FROM idempotency WHERE account_id = ? AND application_id = ? AND key_digest = ?',
    ),
    countReplay: sql<[string, string, string, number]>(
      `UPDATE idempotency SET replays = replays + 1
        WHERE account_id = ? AND application_id = ? AND key_digest = ? AND replays < ?`,
    ),
    upsertRepeat: sql<unknown[]>(
      `INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (account_id, application_id, key_digest)
        DO UPDATE SET call_id = excluded.call_id, call_day = excluded.call_day, replays = 0, at = excluded.at`,
    ),
    selectCaps: sql<[string, string], { cap_total: number | null; cap_daily: number | null }>(
      'SELECT cap_total, cap_daily FROM applications WHERE account_id = ? AND id = ?',
    ),
    selectTaken: sql<[string, string, number], number>(
      'SELECT sum(taken) FROM application_counters WHERE account_id = ? AND application_id = ? AND day = ?',
    ).pluck(),
    addTaken: sql<[string, string, number, number]>(
      `INSERT INTO application_counters VALUES (?, ?, ?, ${SHARD}, ?) ON CONFLICT DO UPDATE SET taken = taken + excluded.taken`,
    ),
    addUsage: sql<[string, string, number, string, number]>(
      `INSERT INTO usage_counters VALUES (?, ?, ?, ?, ${SHARD}, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    ),
    insertEvent: sql<[string, string, string, string, number, number]>(
      'INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, 0, NULL, NULL) ON CONFLICT DO NOTHING',
    ),
  }
}
