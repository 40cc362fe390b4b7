import type { Entry, Lot } from '@heyan/core'
import type { CallRow, LotRow } from '../tables.js'
import type { AttemptFields } from './hot.js'

/** The day under which an application's calls of all time are counted. */
export const ALL_TIME = 0

/**
 * What one batch of the ledger reads and writes, inside one transaction of its engine. What a batch has written, it reads again
 * by the same methods. Moments are epoch ms; `day` is a billing day.
 */
export interface LedgerRows {
  /** False: it was spent before. */
  insertNonce(accountId: string, credentialId: string, nonce: string, at: number): boolean

  /** Those that have a call held or left, or are still running; the one that expires first first. */
  lots(accountId: string, now: number): LotRow[]
  hasLot(accountId: string): boolean
  /** Throws where somebody else changed it meanwhile. */
  updateLot(accountId: string, stored: Lot, current: Lot): void
  appendEntry(accountId: string, day: number, entry: Entry): void

  call(accountId: string, day: number, id: string): CallRow | undefined
  insertCall(
    accountId: string,
    day: number,
    id: string,
    applicationId: string,
    lotId: string | null,
    state: CallRow['state'],
    charged: 0 | 1,
    reason: string | null,
    source: string | null,
    replayOf: string | null,
    epoch: number,
    at: number,
    endedAt: number | null,
  ): void
  /** Throws where it was not held. */
  endCall(
    call: CallRow,
    state: 'settled' | 'released',
    charged: 0 | 1,
    lotId: string | null,
    reason: string | null,
    source: string | null,
    endedAt: number,
  ): void
  insertAttempt(accountId: string, day: number, callId: string, attempt: AttemptFields, at: number): void

  repeat(accountId: string, applicationId: string, keyDigest: string): RepeatRow | undefined
  /** False where there were `most` before. */
  countReplay(accountId: string, applicationId: string, keyDigest: string, most: number): boolean
  rememberRepeat(
    accountId: string,
    applicationId: string,
    keyDigest: string,
    fingerprint: string,
    callId: string,
    day: number,
    at: number,
  ): void

  caps(accountId: string, applicationId: string): { cap_total: number | null; cap_daily: number | null } | undefined
  /** Calls that an application has taken. */
  taken(accountId: string, applicationId: string, day: number): number
  addTaken(accountId: string, applicationId: string, day: number, count: number): void
  addUsage(accountId: string, applicationId: string, day: number, outcome: string, count: number): void
  /** Once for an id, however often. */
  insertEvent(id: string, accountId: string, kind: string, payload: string, at: number): void
}

export interface RepeatRow {
  readonly fingerprint: string
  readonly call_id: string
  readonly call_day: number
  readonly at: number
}
