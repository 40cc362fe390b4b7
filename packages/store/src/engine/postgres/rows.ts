import type { Entry, Lot } from '@heyan/core'
import type { CallRow, EntryRow, LotRow } from '../../tables.js'
import type { EntryChain } from '../entry-chain.js'
import type { AttemptFields } from '../hot.js'
import type { LedgerRows, RepeatRow } from '../ledger-rows.js'

export interface LotChange {
  readonly accountId: string
  readonly lotId: string
  readonly reserved: number
  readonly used: number
  readonly expired: number
}

export interface LeaseChange {
  readonly accountId: string
  readonly lotId: string
  readonly id: string
  readonly reserved: number
  readonly used: number
}

/** What a lease changes in a batch: its lot, as far as the lease goes, in the lot's place. */
export interface LeasedLot {
  readonly id: string
  readonly row: LotRow
}

export interface KeptRepeat extends RepeatRow {
  readonly account_id: string
  readonly application_id: string
  readonly key_digest: string
  readonly replays: number
}

export interface KeptAttempt {
  readonly accountId: string
  readonly day: number
  readonly callId: string
  readonly attempt: AttemptFields
  readonly at: number
}

export interface CapsRow {
  readonly cap_total: number | null
  readonly cap_daily: number | null
}

/** One key of several parts, none of which holds a line's end. */
export const keyOf = (...parts: readonly (string | number)[]): string => parts.join('\n')

/**
 * The rows of one batch, in memory: what was read for it before, and what it wants written after. Whatever a batch may ask for
 * is loaded; what was not is not there.
 */
export class BatchRows implements LedgerRows {
  readonly loaded = {
    freshNonces: new Set<string>(),
    lots: new Map<string, LotRow[]>(),
    accountsWithLots: new Set<string>(),
    calls: new Map<string, CallRow>(),
    repeats: new Map<string, KeptRepeat>(),
    caps: new Map<string, CapsRow>(),
    taken: new Map<string, number>(),
    /** By account: what is taken from a lease and not from the lots. */
    leases: new Map<string, LeasedLot>(),
  }

  readonly written = {
    calls: [] as CallRow[],
    endedCalls: [] as CallRow[],
    entries: [] as EntryRow[],
    attempts: [] as KeptAttempt[],
    lots: [] as LotChange[],
    leases: [] as LeaseChange[],
    repeats: new Map<string, KeptRepeat>(),
    taken: [] as { accountId: string; applicationId: string; day: number; count: number }[],
    usage: [] as { accountId: string; applicationId: string; day: number; outcome: string; count: number }[],
    events: [] as { id: string; accountId: string; kind: string; payload: string; at: number }[],
  }

  readonly #chain: EntryChain

  constructor(chain: EntryChain) {
    this.#chain = chain
  }

  /** It was inserted before the batch began; the first operation that brings it has it. */
  insertNonce(accountId: string, credentialId: string, nonce: string): boolean {
    return this.loaded.freshNonces.delete(keyOf(accountId, credentialId, nonce))
  }

  lots(accountId: string): LotRow[] {
    const lease = this.loaded.leases.get(accountId)
    if (lease !== undefined) return [lease.row]
    return this.loaded.lots.get(accountId) ?? []
  }

  hasLot(accountId: string): boolean {
    return this.loaded.accountsWithLots.has(accountId)
  }

  updateLot(accountId: string, stored: Lot, current: Lot): void {
    const reserved = current.reserved - stored.reserved
    const used = current.used - stored.used
    const expired = current.expired - stored.expired
    const lease = this.loaded.leases.get(accountId)
    if (lease === undefined) this.written.lots.push({ accountId, lotId: current.id, reserved, used, expired })
    else if (expired !== 0) throw new Error('a lease outlived its lot')
    else this.written.leases.push({ accountId, lotId: current.id, id: lease.id, reserved, used })
  }

  appendEntry(accountId: string, day: number, entry: Entry): void {
    this.written.entries.push(this.#chain.next(accountId, day, entry))
  }

  call(accountId: string, day: number, id: string): CallRow | undefined {
    return this.loaded.calls.get(keyOf(accountId, day, id))
  }

  insertCall(
    ...[
      account_id,
      day,
      id,
      application_id,
      lot_id,
      state,
      charged,
      reason,
      source,
      replay_of,
      epoch,
      at,
      ended_at,
    ]: Parameters<LedgerRows['insertCall']>
  ): void {
    const call: CallRow = {
      account_id,
      day,
      id,
      application_id,
      lot_id,
      state,
      charged,
      reason,
      source,
      replay_of,
      epoch,
      at,
      ended_at,
    }
    this.written.calls.push(call)
    this.loaded.calls.set(keyOf(account_id, day, id), call)
  }

  endCall(...[call, state, charged, lot_id, reason, source, ended_at]: Parameters<LedgerRows['endCall']>): void {
    const ended: CallRow = { ...call, state, charged, lot_id, reason, source, ended_at }
    this.written.endedCalls.push(ended)
    this.loaded.calls.set(keyOf(call.account_id, call.day, call.id), ended)
  }

  insertAttempt(accountId: string, day: number, callId: string, attempt: AttemptFields, at: number): void {
    this.written.attempts.push({ accountId, day, callId, attempt, at })
  }

  repeat(accountId: string, applicationId: string, keyDigest: string): RepeatRow | undefined {
    return this.loaded.repeats.get(keyOf(accountId, applicationId, keyDigest))
  }

  countReplay(accountId: string, applicationId: string, keyDigest: string, most: number): boolean {
    const repeat = this.loaded.repeats.get(keyOf(accountId, applicationId, keyDigest))
    if (repeat === undefined || repeat.replays >= most) return false
    this.#keepRepeat({ ...repeat, replays: repeat.replays + 1 })
    return true
  }

  rememberRepeat(
    ...[account_id, application_id, key_digest, fingerprint, call_id, call_day, at]: Parameters<
      LedgerRows['rememberRepeat']
    >
  ): void {
    // What a key stands for is told by the first request under it.
    const first = this.loaded.repeats.get(keyOf(account_id, application_id, key_digest))?.fingerprint ?? fingerprint
    this.#keepRepeat({
      account_id,
      application_id,
      key_digest,
      fingerprint: first,
      call_id,
      call_day,
      replays: 0,
      at,
    })
  }

  #keepRepeat(repeat: KeptRepeat): void {
    const key = keyOf(repeat.account_id, repeat.application_id, repeat.key_digest)
    this.loaded.repeats.set(key, repeat)
    this.written.repeats.set(key, repeat)
  }

  caps(accountId: string, applicationId: string): CapsRow | undefined {
    return this.loaded.caps.get(keyOf(accountId, applicationId))
  }

  taken(accountId: string, applicationId: string, day: number): number {
    return this.loaded.taken.get(keyOf(accountId, applicationId, day)) ?? 0
  }

  addTaken(accountId: string, applicationId: string, day: number, count: number): void {
    this.written.taken.push({ accountId, applicationId, day, count })
  }

  addUsage(accountId: string, applicationId: string, day: number, outcome: string, count: number): void {
    this.written.usage.push({ accountId, applicationId, day, outcome, count })
  }

  /** How much a lot has left is not seen from a lease: it is told when the lease ends. */
  insertEvent(id: string, accountId: string, kind: string, payload: string, at: number): void {
    if (this.loaded.leases.has(accountId)) return
    this.written.events.push({ id, accountId, kind, payload, at })
  }
}
