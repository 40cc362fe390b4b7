import {
  apply,
  billingDay,
  type Caps,
  charge,
  type Entry,
  expire,
  type Lot,
  lotToTakeFrom,
  type QuotaView,
  refusal,
  release,
  reserve,
  settle,
  viewCaps,
  viewQuota,
} from '@heyan/core'
import type { Statement } from 'better-sqlite3'
import { momentOfCallId } from '../ids.js'
import { quotaEvent } from '../quota-events.js'
import type { CallRow, LotRow } from '../tables.js'
import type { EntryLog } from './entry-log.js'
import type {
  AttemptFields,
  ChargeOperation,
  HotBatchResult,
  HotOperation,
  HotResult,
  HotViews,
  NonceOperation,
  ReleaseOperation,
  ReserveOperation,
  SettleOperation,
} from './hot.js'
import type { Sqlite } from './sqlite.js'

/** How often, and for how long after, a repeated request is answered afresh without a charge. */
export const REPLAYS_MAX = 3
export const REPLAY_WINDOW_MS = 10 * 60_000

/** The day under which an application's calls of all time are counted. */
const ALL_TIME = 0

/** A lot as a batch works on it: `stored` is what the table says, `now` what it shall say. */
interface WorkingLot {
  stored: Lot
  current: Lot
}

interface WorkingApplication {
  accountId: string
  caps: Caps
  /** Calls taken, by day; those of all time under `ALL_TIME`. */
  taken: Map<number, { stored: number; current: number }>
}

/**
 * The metering core on SQLite. One batch is one transaction: what it answers is durable when `run` returns, or it throws and
 * nothing of it happened. Runs in the store's thread, the only writer there is.
 */
export class SqliteLedger {
  readonly #db: Sqlite
  readonly #log: EntryLog
  readonly #epoch: number
  readonly #sql: ReturnType<typeof prepare>
  #highWater: number

  #lots = new Map<string, WorkingLot[]>()
  #applications = new Map<string, WorkingApplication>()
  #usage = new Map<string, { accountId: string; applicationId: string; day: number; outcome: string; count: number }>()

  constructor(db: Sqlite, log: EntryLog, epoch: number, highWater: number) {
    this.#db = db
    this.#log = log
    this.#epoch = epoch
    this.#highWater = highWater
    this.#sql = prepare(db)
  }

  /** The latest moment ever seen: time for expiry never runs backwards, not over a restart either. */
  get highWater(): number {
    return this.#highWater
  }

  /** Moves the clock on, never back; gives the moment to reckon with. */
  advance(at: number): number {
    if (at > this.#highWater) this.#highWater = at
    return this.#highWater
  }

  run(operations: readonly HotOperation[]): HotBatchResult {
    try {
      return this.transaction(() => operations.map((operation) => this.#perform(operation)))
    } catch (error) {
      if (operations.length === 1 || isDiskFault(error)) throw error
      // One of them met a bug: each goes alone, so that only that one fails.
      return this.#runEach(operations)
    }
  }

  #runEach(operations: readonly HotOperation[]): HotBatchResult {
    const results: (HotResult | Error)[] = []
    const views: HotViews = { accounts: [], applications: [] }
    for (const operation of operations) {
      try {
        const one = this.transaction(() => [this.#perform(operation)])
        results.push(...one.results)
        views.accounts.push(...one.views.accounts)
        views.applications.push(...one.views.applications)
      } catch (error) {
        if (isDiskFault(error)) throw error
        results.push(error instanceof Error ? error : new Error(String(error)))
      }
    }
    return { results, views }
  }

  /** Runs `work` and writes what it did to lots and counters, all or nothing. */
  transaction(work: () => HotResult[]): HotBatchResult {
    const rewind = this.#log.mark()
    this.#sql.begin.run()
    try {
      const results = work()
      this.#writeLots()
      this.#announce()
      this.#writeCounters()
      const views = this.#views()
      this.#sql.commit.run()
      return { results, views }
    } catch (error) {
      rewind()
      if (this.#db.inTransaction) this.#sql.rollback.run()
      throw error
    } finally {
      this.#lots.clear()
      this.#applications.clear()
      this.#usage.clear()
    }
  }

  #perform(operation: HotOperation): HotResult {
    switch (operation[0]) {
      case 'charge':
        return this.#charge(operation)
      case 'reserve':
        return this.#reserve(operation)
      case 'settle':
        return this.#settle(operation)
      case 'release':
        return this.#release(operation)
      case 'nonce':
        return this.#spendNonce(operation)
    }
  }

  #spendNonce([, at, accountId, credentialId, nonce]: NonceOperation): HotResult {
    return this.#sql.insertNonce.run(accountId, credentialId, nonce, at).changes === 1 ? 'fresh' : 'refused:nonce_used'
  }

  #charge(operation: ChargeOperation): HotResult {
    const [
      ,
      callId,
      at,
      accountId,
      applicationId,
      credentialId,
      nonce,
      keyDigest,
      fingerprint,
      source,
      isNoRecord,
      free,
    ] = operation
    const now = this.advance(at)
    const day = billingDay(momentOfCallId(callId))
    if (nonce !== null && this.#sql.insertNonce.run(accountId, credentialId, nonce, at).changes === 0)
      return 'refused:nonce_used'

    const repeat = this.#repeat(accountId, applicationId, keyDigest, fingerprint, now)
    if (repeat.kind === 'refused') return repeat.result
    if (repeat.kind === 'replay') {
      this.#insertCall(
        accountId,
        day,
        callId,
        applicationId,
        null,
        'settled',
        0,
        'replay',
        source,
        repeat.callId,
        at,
        now,
      )
      this.#count(accountId, applicationId, day, 'free')
      return 'free:replay'
    }
    const remember = () => this.#remember(accountId, applicationId, keyDigest, fingerprint, callId, day, now)

    if (free !== null) {
      this.#insertCall(accountId, day, callId, applicationId, null, 'settled', 0, free, source, null, at, now)
      this.#count(accountId, applicationId, day, 'free')
      remember()
      return `free:${free}`
    }

    const taken = this.#take(accountId, applicationId, day, now)
    if (typeof taken === 'string') return taken
    if (isNoRecord && taken.current.isNoRecordFree) {
      this.#insertCall(accountId, day, callId, applicationId, null, 'settled', 0, 'no_record', source, null, at, now)
      this.#count(accountId, applicationId, day, 'free')
      remember()
      return 'free:no_record'
    }
    this.#enter(accountId, day, taken, charge(taken.current, callId, now))
    this.#countTaken(accountId, applicationId, day, 1)
    this.#insertCall(accountId, day, callId, applicationId, taken.current.id, 'settled', 1, null, source, null, at, now)
    this.#count(accountId, applicationId, day, 'charged')
    remember()
    return 'charged'
  }

  #reserve(operation: ReserveOperation): HotResult {
    const [, callId, at, accountId, applicationId, credentialId, nonce, keyDigest, fingerprint, free] = operation
    const now = this.advance(at)
    const day = billingDay(momentOfCallId(callId))
    if (nonce !== null && this.#sql.insertNonce.run(accountId, credentialId, nonce, at).changes === 0)
      return 'refused:nonce_used'

    const repeat = this.#repeat(accountId, applicationId, keyDigest, fingerprint, now)
    if (repeat.kind === 'refused') return repeat.result
    if (repeat.kind === 'replay') {
      this.#insertCall(
        accountId,
        day,
        callId,
        applicationId,
        null,
        'reserved',
        0,
        'replay',
        null,
        repeat.callId,
        at,
        null,
      )
      return 'reserved'
    }
    let lotId: string | null = null
    if (free === null) {
      const taken = this.#take(accountId, applicationId, day, now)
      if (typeof taken === 'string') return taken
      lotId = taken.current.id
      this.#enter(accountId, day, taken, reserve(taken.current, callId, now))
      this.#countTaken(accountId, applicationId, day, 1)
    }
    this.#insertCall(accountId, day, callId, applicationId, lotId, 'reserved', 0, free, null, null, at, null)
    this.#remember(accountId, applicationId, keyDigest, fingerprint, callId, day, now)
    return 'reserved'
  }

  #settle([, callId, accountId, endedAt, source, isNoRecord, attempts]: SettleOperation): HotResult {
    const now = this.advance(endedAt)
    const day = billingDay(momentOfCallId(callId))
    const call = this.#sql.selectCall.get(accountId, day, callId)
    if (call === undefined || call.state !== 'reserved' || call.epoch !== this.#epoch) return 'fenced'
    this.#keepAttempts(call, attempts, now)

    if (call.lot_id === null) {
      this.#endCall(call, 'settled', 0, null, call.reason, source, now)
      this.#count(accountId, call.application_id, day, 'free')
      return `free:${call.reason}`
    }
    const lot = this.#lot(accountId, call.lot_id, now)
    if (isNoRecord && lot.current.isNoRecordFree) {
      for (const entry of release(lot.current, callId, now)) this.#enter(accountId, day, lot, entry)
      this.#countTaken(accountId, call.application_id, day, -1)
      this.#endCall(call, 'settled', 0, null, 'no_record', source, now)
      this.#count(accountId, call.application_id, day, 'free')
      return 'free:no_record'
    }
    this.#enter(accountId, day, lot, settle(lot.current.id, callId, now))
    this.#endCall(call, 'settled', 1, call.lot_id, null, source, now)
    this.#count(accountId, call.application_id, day, 'charged')
    return 'charged'
  }

  #release([, callId, accountId, endedAt, reason, attempts]: ReleaseOperation): HotResult {
    const call = this.#sql.selectCall.get(accountId, billingDay(momentOfCallId(callId)), callId)
    if (call === undefined || call.state !== 'reserved' || call.epoch !== this.#epoch) return 'fenced'
    const now = this.advance(endedAt)
    this.#keepAttempts(call, attempts, now)
    this.releaseCall(call, reason, now)
    return 'released'
  }

  /** What each source was asked for this call, and what it may cost us: a supplier's bill is checked against it. */
  #keepAttempts(call: CallRow, attempts: readonly AttemptFields[], now: number): void {
    for (const [source, ordinal, outcome, durationMs, costCentifen, mayBeBilled, reference] of attempts) {
      this.#sql.insertAttempt.run(
        call.account_id,
        call.day,
        call.id,
        ordinal,
        source,
        outcome,
        durationMs,
        costCentifen,
        mayBeBilled,
        now,
        reference,
      )
    }
  }

  /** Ends a held call without a charge: by its source's silence, or because the process that held it is gone. */
  releaseCall(call: CallRow, reason: string, now: number): void {
    if (call.lot_id !== null) {
      const lot = this.#lot(call.account_id, call.lot_id, now)
      for (const entry of release(lot.current, call.id, now)) this.#enter(call.account_id, call.day, lot, entry)
      this.#countTaken(call.account_id, call.application_id, call.day, -1)
    }
    this.#endCall(call, 'released', 0, call.lot_id, reason, null, now)
  }

  /** Moves what is left of lapsed lots to expired. Gives the number of lots; at most `limit` in one go. */
  expireLapsed(at: number, limit: number): number {
    const now = this.advance(at)
    const rows = this.#sql.selectLapsed.all(now, limit)
    for (const { account_id, id } of rows) {
      const lot = this.#lot(account_id, id, now)
      const entry = expire(lot.current, now)
      if (entry !== null) this.#enter(account_id, billingDay(now), lot, entry)
    }
    return rows.length
  }

  /** The quota of an account, as the table has it now. */
  view(accountId: string, at: number): QuotaView {
    const now = this.advance(at)
    const lots = this.#readLots(accountId, now).map((lot) => lot.current)
    return this.#viewOf(accountId, lots, now)
  }

  viewApplication(accountId: string, applicationId: string, at: number): { left: number; validUntil: number } {
    const day = billingDay(this.advance(at))
    const application = this.#readApplication(accountId, applicationId)
    return viewCaps(
      application.caps,
      this.#readTaken(accountId, applicationId, ALL_TIME),
      this.#readTaken(accountId, applicationId, day),
      day,
    )
  }

  // The parts below work inside a transaction.

  /** A lot with a call left for this application, or the refusal. Caps are counted within the account's quota. */
  #take(accountId: string, applicationId: string, day: number, now: number): WorkingLot | `refused:${string}` {
    const application = this.#application(accountId, applicationId)
    const { total, daily } = application.caps
    if (total !== null && this.#taken(application, applicationId, ALL_TIME).current >= total)
      return 'refused:quota_exhausted'
    if (daily !== null && this.#taken(application, applicationId, day).current >= daily)
      return 'refused:quota_exhausted'
    const lots = this.#lotsOf(accountId, now)
    const open = lotToTakeFrom(
      lots.map((lot) => lot.current),
      now,
    )
    const lot = open === null ? undefined : lots.find((candidate) => candidate.current.id === open.id)
    if (lot !== undefined) return lot
    return `refused:${
      this.#viewOf(
        accountId,
        lots.map((each) => each.current),
        now,
      ).problem ?? 'quota_exhausted'
    }`
  }

  #enter(accountId: string, day: number, lot: WorkingLot, entry: Entry): void {
    lot.current = apply(lot.current, entry)
    this.#log.append(accountId, day, entry)
  }

  #repeat(
    accountId: string,
    applicationId: string,
    keyDigest: string | null,
    fingerprint: string | null,
    now: number,
  ): { kind: 'new' } | { kind: 'replay'; callId: string } | { kind: 'refused'; result: HotResult } {
    if (keyDigest === null) return { kind: 'new' }
    const before = this.#sql.selectRepeat.get(accountId, applicationId, keyDigest)
    if (before === undefined) return { kind: 'new' }
    if (before.fingerprint !== fingerprint)
      return { kind: 'refused', result: `refused:repeat_differs:${before.call_id}` }
    const call = this.#sql.selectCall.get(accountId, before.call_day, before.call_id)
    if (call?.state === 'reserved') return { kind: 'refused', result: `refused:repeat_in_flight:${before.call_id}` }
    if (call?.state !== 'settled') return { kind: 'new' }
    if (now - before.at > REPLAY_WINDOW_MS) return { kind: 'refused', result: `refused:replay_limit:${before.call_id}` }
    const counted = this.#sql.countReplay.run(accountId, applicationId, keyDigest, REPLAYS_MAX).changes === 1
    if (!counted) return { kind: 'refused', result: `refused:replay_limit:${before.call_id}` }
    return { kind: 'replay', callId: before.call_id }
  }

  #remember(
    accountId: string,
    applicationId: string,
    keyDigest: string | null,
    fingerprint: string | null,
    callId: string,
    day: number,
    now: number,
  ): void {
    if (keyDigest !== null)
      this.#sql.upsertRepeat.run(accountId, applicationId, keyDigest, fingerprint, callId, day, now)
  }

  #insertCall(
    accountId: string,
    day: number,
    callId: string,
    applicationId: string,
    lotId: string | null,
    state: CallRow['state'],
    charged: 0 | 1,
    reason: string | null,
    source: string | null,
    replayOf: string | null,
    at: number,
    endedAt: number | null,
  ): void {
    this.#sql.insertCall.run(
      accountId,
      day,
      callId,
      applicationId,
      lotId,
      state,
      charged,
      reason,
      source,
      replayOf,
      this.#epoch,
      at,
      endedAt,
    )
  }

  #endCall(
    call: CallRow,
    state: 'settled' | 'released',
    charged: 0 | 1,
    lotId: string | null,
    reason: string | null,
    source: string | null,
    now: number,
  ): void {
    const ended = this.#sql.endCall.run(state, charged, lotId, reason, source, now, call.account_id, call.day, call.id)
    if (ended.changes !== 1) throw new Error('a call ended twice')
  }

  #lotsOf(accountId: string, now: number): WorkingLot[] {
    let lots = this.#lots.get(accountId)
    if (lots === undefined) {
      lots = this.#readLots(accountId, now)
      this.#lots.set(accountId, lots)
    }
    return lots
  }

  #readLots(accountId: string, now: number): WorkingLot[] {
    return this.#sql.selectLots.all(accountId, now).map((row) => {
      const lot = lotOf(row)
      return { stored: lot, current: lot }
    })
  }

  #lot(accountId: string, lotId: string, now: number): WorkingLot {
    const lot = this.#lotsOf(accountId, now).find((candidate) => candidate.current.id === lotId)
    if (lot === undefined) throw new Error('a call is held on a lot that is not there')
    return lot
  }

  #viewOf(accountId: string, lots: readonly Lot[], now: number): QuotaView {
    // Lots that are used up and lapsed are not read; but having had one makes the answer "expired".
    const view = viewQuota(lots, now)
    if (view.problem === null || lots.length > 0) return view
    return { ...view, problem: this.#sql.hasLot.get(accountId) === undefined ? refusal([], now) : 'quota_expired' }
  }

  #application(accountId: string, applicationId: string): WorkingApplication {
    let application = this.#applications.get(applicationId)
    if (application === undefined) {
      application = this.#readApplication(accountId, applicationId)
      this.#applications.set(applicationId, application)
    }
    return application
  }

  #readApplication(accountId: string, applicationId: string): WorkingApplication {
    const row = this.#sql.selectCaps.get(accountId, applicationId)
    if (row === undefined) throw new Error('a call came from an application that is not there')
    return { accountId, caps: { total: row.cap_total, daily: row.cap_daily }, taken: new Map() }
  }

  #taken(application: WorkingApplication, applicationId: string, day: number): { stored: number; current: number } {
    let taken = application.taken.get(day)
    if (taken === undefined) {
      const stored = this.#readTaken(application.accountId, applicationId, day)
      taken = { stored, current: stored }
      application.taken.set(day, taken)
    }
    return taken
  }

  #readTaken(accountId: string, applicationId: string, day: number): number {
    return this.#sql.selectTaken.get(accountId, applicationId, day)?.taken ?? 0
  }

  #countTaken(accountId: string, applicationId: string, day: number, count: 1 | -1): void {
    const application = this.#application(accountId, applicationId)
    this.#taken(application, applicationId, ALL_TIME).current += count
    this.#taken(application, applicationId, day).current += count
  }

  #count(accountId: string, applicationId: string, day: number, outcome: string): void {
    const key = `${applicationId} ${day} ${outcome}`
    const counted = this.#usage.get(key)
    if (counted === undefined) this.#usage.set(key, { accountId, applicationId, day, outcome, count: 1 })
    else counted.count++
  }

  /** Each touched lot in one conditional statement: it changes only what it was read as, or the batch stops. */
  #writeLots(): void {
    for (const [accountId, lots] of this.#lots) {
      for (const { stored, current } of lots) {
        if (stored === current) continue
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
    }
  }

  /** Tells, in the same transaction, that a quota has become low or is used up. One look an account and batch, not a call. */
  #announce(): void {
    const now = this.#highWater
    for (const [accountId, lots] of this.#lots) {
      const event = quotaEvent(
        lots.map(({ stored }) => stored),
        lots.map(({ current }) => current),
        now,
      )
      if (event === null) continue
      const { id, kind, remaining, granted } = event
      this.#sql.insertEvent.run(id, accountId, kind, JSON.stringify({ remaining, granted }), now, now)
    }
  }

  #writeCounters(): void {
    for (const [applicationId, { accountId, taken }] of this.#applications) {
      for (const [day, { stored, current }] of taken) {
        if (stored !== current) this.#sql.upsertTaken.run(accountId, applicationId, day, current)
      }
    }
    for (const { accountId, applicationId, day, outcome, count } of this.#usage.values()) {
      this.#sql.upsertUsage.run(accountId, applicationId, day, outcome, count)
    }
  }

  #views(): HotViews {
    const now = this.#highWater
    const views: HotViews = { accounts: [], applications: [] }
    for (const [accountId, lots] of this.#lots) {
      const { left, problem, validUntil } = this.#viewOf(
        accountId,
        lots.map((lot) => lot.current),
        now,
      )
      views.accounts.push([accountId, left, problem, validUntil])
    }
    const day = billingDay(now)
    for (const [applicationId, application] of this.#applications) {
      if (application.caps.total === null && application.caps.daily === null) continue
      const total = this.#taken(application, applicationId, ALL_TIME).current
      const { left, validUntil } = viewCaps(
        application.caps,
        total,
        this.#taken(application, applicationId, day).current,
        day,
      )
      views.applications.push([applicationId, left, validUntil])
    }
    return views
  }
}

/** A disk that does not keep what it was given: no batch may be tried again on it. */
export function isDiskFault(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    code.startsWith('SQLITE_IOERR') ||
    code.startsWith('SQLITE_CORRUPT') ||
    code === 'SQLITE_NOTADB' ||
    code === 'SQLITE_FULL'
  )
}

function lotOf(row: LotRow): Lot {
  return {
    id: row.id,
    granted: row.granted,
    reserved: row.reserved,
    used: row.used,
    expired: row.expired,
    refunded: row.refunded,
    expiresAt: row.expires_at,
    isNoRecordFree: row.is_no_record_free === 1,
  }
}

function prepare(db: Sqlite) {
  const sql = <P extends unknown[], R = unknown>(text: string): Statement<P, R> => db.prepare<P, R>(text)
  return {
    begin: sql<[]>('BEGIN IMMEDIATE'),
    commit: sql<[]>('COMMIT'),
    rollback: sql<[]>('ROLLBACK'),
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
    selectRepeat: sql<
      [string, string, string],
      { fingerprint: string; call_id: string; call_day: number; replays: number; at: number }
    >('SELECT * FROM idempotency WHERE account_id = ? AND application_id = ? AND key_digest = ?'),
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
    selectTaken: sql<[string, string, number], { taken: number }>(
      'SELECT taken FROM application_counters WHERE account_id = ? AND application_id = ? AND day = ?',
    ),
    upsertTaken: sql<[string, string, number, number]>(
      'INSERT INTO application_counters VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET taken = excluded.taken',
    ),
    insertEvent: sql<[string, string, string, string, number, number]>(
      'INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, 0, NULL, NULL) ON CONFLICT DO NOTHING',
    ),
    upsertUsage: sql<[string, string, number, string, number]>(
      'INSERT INTO usage_counters VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    ),
  }
}
