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
import { momentOfCallId } from '../ids.js'
import { quotaEvent } from '../quota-events.js'
import { BATCH_KEY_PREFIX, BATCH_REPLAYS_MAX } from '../repeats.js'
import type { CallRow, LotRow } from '../tables.js'
import type {
  AttemptFields,
  ChargeOperation,
  HotOperation,
  HotResult,
  HotViews,
  NonceOperation,
  ReleaseOperation,
  ReserveOperation,
  SettleOperation,
} from './hot.js'
import { ALL_TIME, type LedgerRows } from './ledger-rows.js'

/** How often, and for how long after, a repeated request is answered afresh without a charge. */
export const REPLAYS_MAX = 3
export const REPLAY_WINDOW_MS = 10 * 60_000

/** A lot as a batch works on it: `stored` is what the table says, `current` what it shall say. */
interface WorkingLot {
  stored: Lot
  current: Lot
}

interface WorkingApplication {
  accountId: string
  caps: Caps
  /** Calls this batch takes, by day; those of all time under `ALL_TIME`. */
  added: Map<number, number>
}

/** Time for expiry: the latest moment ever seen. It never runs backwards, not over a restart either. */
export class HighWater {
  #at: number

  constructor(at: number) {
    this.#at = at
  }

  get at(): number {
    return this.#at
  }

  /** Moves the clock on, never back; gives the moment to reckon with. */
  advance(at: number): number {
    if (at > this.#at) this.#at = at
    return this.#at
  }
}

/**
 * The metering core: what each operation of one batch does, by the rules of the ledger, on whatever rows its engine hands it.
 * Synchronous, and without a statement of its own; the engine makes one transaction of it.
 */
export class LedgerBatch {
  readonly #rows: LedgerRows
  readonly #epoch: number
  readonly #clock: HighWater
  readonly #lots = new Map<string, WorkingLot[]>()
  readonly #applications = new Map<string, WorkingApplication>()
  readonly #usage = new Map<
    string,
    { accountId: string; applicationId: string; day: number; outcome: string; count: number }
  >()

  constructor(rows: LedgerRows, epoch: number, clock: HighWater) {
    this.#rows = rows
    this.#epoch = epoch
    this.#clock = clock
  }

  perform(operation: HotOperation): HotResult {
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

  /** Ends a held call without a charge: by its source's silence, or because the process that held it is gone. */
  releaseCall(call: CallRow, reason: string, now: number): void {
    if (call.lot_id !== null) {
      const lot = this.#lot(call.account_id, call.lot_id, now)
      for (const entry of release(lot.current, call.id, now)) this.#enter(call.account_id, call.day, lot, entry)
      this.#countTaken(call.account_id, call.application_id, call.day, -1)
    }
    this.#endCall(call, 'released', 0, call.lot_id, reason, null, now)
  }

  /** Moves what is left of a lapsed lot to expired. */
  expireLot(accountId: string, lotId: string, now: number): void {
    const lot = this.#lot(accountId, lotId, now)
    const entry = expire(lot.current, now)
    if (entry !== null) this.#enter(accountId, billingDay(now), lot, entry)
  }

  /** Writes what the operations did to lots and counters. Gives what is left. */
  finish(): HotViews {
    for (const [accountId, lots] of this.#lots) {
      for (const { stored, current } of lots) {
        if (stored !== current) this.#rows.updateLot(accountId, stored, current)
      }
    }
    this.#announce()
    const views = this.#views()
    for (const [applicationId, { accountId, added }] of this.#applications) {
      for (const [day, count] of added) {
        if (count !== 0) this.#rows.addTaken(accountId, applicationId, day, count)
      }
    }
    for (const { accountId, applicationId, day, outcome, count } of this.#usage.values()) {
      this.#rows.addUsage(accountId, applicationId, day, outcome, count)
    }
    return views
  }

  #spendNonce([, at, accountId, credentialId, nonce]: NonceOperation): HotResult {
    return this.#rows.insertNonce(accountId, credentialId, nonce, at) ? 'fresh' : 'refused:nonce_used'
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
    const now = this.#clock.advance(at)
    const day = billingDay(momentOfCallId(callId))
    if (nonce !== null && !this.#rows.insertNonce(accountId, credentialId, nonce, at)) return 'refused:nonce_used'

    const repeat = this.#repeat(accountId, applicationId, keyDigest, fingerprint, now)
    if (repeat.kind === 'refused') return repeat.result
    const insert = (lotId: string | null, charged: 0 | 1, reason: string | null, replayOf: string | null) =>
      this.#rows.insertCall(
        accountId,
        day,
        callId,
        applicationId,
        lotId,
        'settled',
        charged,
        reason,
        source,
        replayOf,
        this.#epoch,
        at,
        now,
      )
    if (repeat.kind === 'replay') {
      insert(null, 0, 'replay', repeat.callId)
      this.#count(accountId, applicationId, day, 'free')
      return 'free:replay'
    }
    const remember = () => this.#remember(accountId, applicationId, keyDigest, fingerprint, callId, day, now)

    if (free !== null) {
      insert(null, 0, free, null)
      this.#count(accountId, applicationId, day, 'free')
      remember()
      return `free:${free}`
    }

    const taken = this.#take(accountId, applicationId, day, now)
    if (typeof taken === 'string') return taken
    if (isNoRecord && taken.current.isNoRecordFree) {
      insert(null, 0, 'no_record', null)
      this.#count(accountId, applicationId, day, 'free')
      remember()
      return 'free:no_record'
    }
    this.#enter(accountId, day, taken, charge(taken.current, callId, now))
    this.#countTaken(accountId, applicationId, day, 1)
    insert(taken.current.id, 1, null, null)
    this.#count(accountId, applicationId, day, 'charged')
    remember()
    return 'charged'
  }

  #reserve(operation: ReserveOperation): HotResult {
    const [, callId, at, accountId, applicationId, credentialId, nonce, keyDigest, fingerprint, free] = operation
    const now = this.#clock.advance(at)
    const day = billingDay(momentOfCallId(callId))
    if (nonce !== null && !this.#rows.insertNonce(accountId, credentialId, nonce, at)) return 'refused:nonce_used'

    const repeat = this.#repeat(accountId, applicationId, keyDigest, fingerprint, now)
    if (repeat.kind === 'refused') return repeat.result
    const insert = (lotId: string | null, reason: string | null, replayOf: string | null) =>
      this.#rows.insertCall(
        accountId,
        day,
        callId,
        applicationId,
        lotId,
        'reserved',
        0,
        reason,
        null,
        replayOf,
        this.#epoch,
        at,
        null,
      )
    if (repeat.kind === 'replay') {
      insert(null, 'replay', repeat.callId)
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
    insert(lotId, free, null)
    this.#remember(accountId, applicationId, keyDigest, fingerprint, callId, day, now)
    return 'reserved'
  }

  #settle([, callId, accountId, endedAt, source, isNoRecord, attempts]: SettleOperation): HotResult {
    const now = this.#clock.advance(endedAt)
    const day = billingDay(momentOfCallId(callId))
    const call = this.#rows.call(accountId, day, callId)
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
    const call = this.#rows.call(accountId, billingDay(momentOfCallId(callId)), callId)
    if (call === undefined || call.state !== 'reserved' || call.epoch !== this.#epoch) return 'fenced'
    const now = this.#clock.advance(endedAt)
    this.#keepAttempts(call, attempts, now)
    this.releaseCall(call, reason, now)
    return 'released'
  }

  /** What each source was asked for this call, and what it may cost us: a supplier's bill is checked against it. */
  #keepAttempts(call: CallRow, attempts: readonly AttemptFields[], now: number): void {
    for (const attempt of attempts) this.#rows.insertAttempt(call.account_id, call.day, call.id, attempt, now)
  }

  /** A lot with a call left for this application, or the refusal. Caps are counted within the account's quota. */
  #take(accountId: string, applicationId: string, day: number, now: number): WorkingLot | `refused:${string}` {
    const application = this.#application(accountId, applicationId)
    const { total, daily } = application.caps
    if (total !== null && this.#taken(application, applicationId, ALL_TIME) >= total) return 'refused:quota_exhausted'
    if (daily !== null && this.#taken(application, applicationId, day) >= daily) return 'refused:quota_exhausted'
    const lots = this.#lotsOf(accountId, now)
    const open = lotToTakeFrom(
      lots.map((lot) => lot.current),
      now,
    )
    const lot = open === null ? undefined : lots.find((candidate) => candidate.current.id === open.id)
    if (lot !== undefined) return lot
    return `refused:${viewOf(this.#rows, accountId, currentOf(lots), now).problem ?? 'quota_exhausted'}`
  }

  #enter(accountId: string, day: number, lot: WorkingLot, entry: Entry): void {
    lot.current = apply(lot.current, entry)
    this.#rows.appendEntry(accountId, day, entry)
  }

  #repeat(
    accountId: string,
    applicationId: string,
    keyDigest: string | null,
    fingerprint: string | null,
    now: number,
  ): { kind: 'new' } | { kind: 'replay'; callId: string } | { kind: 'refused'; result: HotResult } {
    if (keyDigest === null) return { kind: 'new' }
    const before = this.#rows.repeat(accountId, applicationId, keyDigest)
    if (before === undefined) return { kind: 'new' }
    if (before.fingerprint !== fingerprint)
      return { kind: 'refused', result: `refused:repeat_differs:${before.call_id}` }
    const call = this.#rows.call(accountId, before.call_day, before.call_id)
    if (call?.state === 'reserved') return { kind: 'refused', result: `refused:repeat_in_flight:${before.call_id}` }
    if (call?.state !== 'settled') return { kind: 'new' }
    // A batch may have stood still for days; its own keys are asked under again only where an answer was not kept.
    const isOfBatch = keyDigest.startsWith(BATCH_KEY_PREFIX)
    if (!isOfBatch && now - before.at > REPLAY_WINDOW_MS)
      return { kind: 'refused', result: `refused:replay_limit:${before.call_id}` }
    if (!this.#rows.countReplay(accountId, applicationId, keyDigest, isOfBatch ? BATCH_REPLAYS_MAX : REPLAYS_MAX))
      return { kind: 'refused', result: `refused:replay_limit:${before.call_id}` }
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
      this.#rows.rememberRepeat(accountId, applicationId, keyDigest, fingerprint ?? '', callId, day, now)
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
    this.#rows.endCall(call, state, charged, lotId, reason, source, now)
  }

  #lotsOf(accountId: string, now: number): WorkingLot[] {
    let lots = this.#lots.get(accountId)
    if (lots === undefined) {
      lots = this.#rows.lots(accountId, now).map((row) => {
        const lot = lotOf(row)
        return { stored: lot, current: lot }
      })
      this.#lots.set(accountId, lots)
    }
    return lots
  }

  #lot(accountId: string, lotId: string, now: number): WorkingLot {
    const lot = this.#lotsOf(accountId, now).find((candidate) => candidate.current.id === lotId)
    if (lot === undefined) throw new Error('a call is held on a lot that is not there')
    return lot
  }

  #application(accountId: string, applicationId: string): WorkingApplication {
    let application = this.#applications.get(applicationId)
    if (application === undefined) {
      application = { accountId, caps: capsOf(this.#rows, accountId, applicationId), added: new Map() }
      this.#applications.set(applicationId, application)
    }
    return application
  }

  #taken(application: WorkingApplication, applicationId: string, day: number): number {
    return this.#rows.taken(application.accountId, applicationId, day) + (application.added.get(day) ?? 0)
  }

  #countTaken(accountId: string, applicationId: string, day: number, count: 1 | -1): void {
    const { added } = this.#application(accountId, applicationId)
    added.set(ALL_TIME, (added.get(ALL_TIME) ?? 0) + count)
    added.set(day, (added.get(day) ?? 0) + count)
  }

  #count(accountId: string, applicationId: string, day: number, outcome: string): void {
    const key = `${applicationId} ${day} ${outcome}`
    const counted = this.#usage.get(key)
    if (counted === undefined) this.#usage.set(key, { accountId, applicationId, day, outcome, count: 1 })
    else counted.count++
  }

  /** Tells, in the same transaction, that a quota has become low or is used up. One look an account and batch, not a call. */
  #announce(): void {
    const now = this.#clock.at
    for (const [accountId, lots] of this.#lots) {
      const event = quotaEvent(
        lots.map(({ stored }) => stored),
        lots.map(({ current }) => current),
        now,
      )
      if (event === null) continue
      const { id, kind, remaining, granted } = event
      this.#rows.insertEvent(id, accountId, kind, JSON.stringify({ remaining, granted }), now)
    }
  }

  #views(): HotViews {
    const now = this.#clock.at
    const views: HotViews = { accounts: [], applications: [] }
    for (const [accountId, lots] of this.#lots) {
      const { left, problem, validUntil } = viewOf(this.#rows, accountId, currentOf(lots), now)
      views.accounts.push([accountId, left, problem, validUntil])
    }
    const day = billingDay(now)
    for (const [applicationId, application] of this.#applications) {
      if (application.caps.total === null && application.caps.daily === null) continue
      const { left, validUntil } = viewCaps(
        application.caps,
        this.#taken(application, applicationId, ALL_TIME),
        this.#taken(application, applicationId, day),
        day,
      )
      views.applications.push([applicationId, left, validUntil])
    }
    return views
  }
}

/** The quota of an account, as its rows have it. */
export function viewAccount(rows: LedgerRows, accountId: string, now: number): QuotaView {
  return viewOf(rows, accountId, rows.lots(accountId, now).map(lotOf), now)
}

export function viewApplication(
  rows: LedgerRows,
  accountId: string,
  applicationId: string,
  now: number,
): { left: number; validUntil: number } {
  const day = billingDay(now)
  const caps = capsOf(rows, accountId, applicationId)
  const taken = (on: number) => rows.taken(accountId, applicationId, on)
  return viewCaps(caps, caps.total === null ? 0 : taken(ALL_TIME), caps.daily === null ? 0 : taken(day), day)
}

function viewOf(rows: LedgerRows, accountId: string, lots: readonly Lot[], now: number): QuotaView {
  // Lots that are used up and lapsed are not read; but having had one makes the answer "expired".
  const view = viewQuota(lots, now)
  if (view.problem === null || lots.length > 0) return view
  return { ...view, problem: rows.hasLot(accountId) ? 'quota_expired' : refusal([], now) }
}

function capsOf(rows: LedgerRows, accountId: string, applicationId: string): Caps {
  const row = rows.caps(accountId, applicationId)
  if (row === undefined) throw new Error('a call came from an application that is not there')
  return { total: row.cap_total, daily: row.cap_daily }
}

function currentOf(lots: readonly WorkingLot[]): Lot[] {
  return lots.map((lot) => lot.current)
}

/** Calls that another node holds on a lease are as good as granted elsewhere: nobody else can take them. */
function lotOf(row: LotRow): Lot {
  return {
    id: row.id,
    granted: row.granted - row.leased,
    reserved: row.reserved,
    used: row.used,
    expired: row.expired,
    refunded: row.refunded,
    expiresAt: row.expires_at,
    isNoRecordFree: row.is_no_record_free === 1,
  }
}
