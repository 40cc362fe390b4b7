import type { Call, QuotaView } from '@heyan/core'
import { isAllowed } from '../allow-list.js'
import type { Caller } from '../directory.js'
import type { Services } from '../services.js'
import { isKeyInvalid } from './repeat.js'

/** Why a proven caller is not served, before anything is read of what they ask. */
export type AdmissionProblem =
  | 'suspended'
  | 'address_not_allowed'
  | 'quota_exhausted'
  | 'quota_expired'
  | 'throttled'
  | 'idempotency_key_invalid'
  | 'caller_blocked'

export type Admission =
  /** `quotaProblem`: there is no call left, but this repeated request may cost none; only the ledger knows. */
  | { readonly kind: 'admitted'; readonly quotaProblem: QuotaView['problem'] }
  | { readonly kind: 'refused'; readonly problem: AdmissionProblem; readonly retryAfterSeconds?: number }

export interface Asking {
  readonly caller: Caller
  readonly call: Call
  readonly address: string
  readonly idempotencyKey: string | undefined
  /** On the monotonic clock. */
  readonly started: number
  /** Nothing is taken from a quota: also who has none left is served. */
  readonly isReading?: boolean
}

/** Suspended or address → quota already zero → rate → abuse. */
export async function admit(
  { caller, call, address, idempotencyKey, started, isReading = false }: Asking,
  services: Services,
): Promise<Admission> {
  if (caller.isSuspended) return refused('suspended')
  if (isForeign(caller, address)) return refused('address_not_allowed')
  const quota = isReading ? null : quotaProblemOf(caller, call.at, services)
  const quotaProblem = quota instanceof Promise ? await quota : quota
  if (quotaProblem !== null && call.repeat === null) return refused(quotaProblem)
  const retryAfterSeconds = waitSeconds(caller, started)
  if (retryAfterSeconds > 0) return { kind: 'refused', problem: 'throttled', retryAfterSeconds }
  if (isKeyInvalid(idempotencyKey)) return refused('idempotency_key_invalid')
  if (services.screen.isCallerBlocked(caller)) return refused('caller_blocked')
  return quotaProblem === null ? ADMITTED : { kind: 'admitted', quotaProblem }
}

const ADMITTED: Admission = Object.freeze({ kind: 'admitted', quotaProblem: null })

/** Calls from an address that its application does not allow. */
export function isForeign({ allowList }: Caller, address: string): boolean {
  return allowList !== null && !isAllowed(allowList, address)
}

export function quotaProblemOf(
  caller: Caller,
  at: number,
  { directory }: Services,
): QuotaView['problem'] | Promise<QuotaView['problem']> {
  return caller.free === null ? directory.noQuota(caller, at) : null
}

/** 0, or the whole seconds after which the next call is served. */
export function waitSeconds({ rateLimit }: Caller, started: number): number {
  return rateLimit === null ? 0 : Math.ceil(rateLimit.take(started) / 1000)
}

function refused(problem: AdmissionProblem): Admission {
  return { kind: 'refused', problem }
}
