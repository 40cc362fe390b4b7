/**
 * What the threads say to each other on the hot path: flat lists of primitives, which are cheap to copy. One message holds all
 * that gathered while the last commit was under way.
 */
export type HotOperation = ChargeOperation | ReserveOperation | SettleOperation | ReleaseOperation | NonceOperation

type CallFields = [
  callId: string,
  at: number,
  accountId: string,
  applicationId: string,
  credentialId: string,
  nonce: string | null,
  keyDigest: string | null,
  fingerprint: string | null,
]
export type ChargeOperation = [
  'charge',
  ...CallFields,
  source: string,
  isNoRecord: boolean,
  free: 'sandbox' | 'elsewhere' | null,
]
export type ReserveOperation = ['reserve', ...CallFields, free: 'sandbox' | 'elsewhere' | null]
export type SettleOperation = [
  'settle',
  callId: string,
  accountId: string,
  now: number,
  source: string,
  isNoRecord: boolean,
  attempts: readonly AttemptFields[],
]
export type ReleaseOperation = [
  'release',
  callId: string,
  accountId: string,
  now: number,
  reason: string,
  attempts: readonly AttemptFields[],
]
/** One attempt at a source: whole milliseconds; cost in hundredths of a fen, since suppliers charge fractions. */
export type AttemptFields = [
  source: string,
  ordinal: number,
  outcome: string,
  durationMs: number,
  costCentifen: number,
  mayBeBilled: 0 | 1,
  reference: string | null,
]
export type NonceOperation = ['nonce', at: number, accountId: string, credentialId: string, nonce: string]

/** `charged`, `reserved`, `released`, `fenced`, `fresh`, `free:REASON` or `refused:PROBLEM[:CALL ID]`. */
export type HotResult = string

/** What is left after a batch, so that the doors can refuse early. */
export interface HotViews {
  accounts: [accountId: string, left: number, problem: 'quota_exhausted' | 'quota_expired' | null, validUntil: number][]
  applications: [applicationId: string, left: number, validUntil: number][]
}

export interface HotBatchResult {
  /** One a operation, in order; an Error where that one operation could not be carried out. */
  results: (HotResult | Error)[]
  views: HotViews
}
