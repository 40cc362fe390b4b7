import { startOfBillingDay } from './day.js'
import { hasLapsed, type Lot, remaining } from './lot.js'
import { refusal } from './transitions.js'

/** An account's quota as last read: what it may tell a caller early. The ledger alone decides about a call. */
export interface QuotaView {
  readonly left: number
  /** Why there is none left, or null. */
  readonly problem: 'quota_exhausted' | 'quota_expired' | null
  /** Epoch ms at which time alone makes this view stale: a lot lapses. */
  readonly validUntil: number
}

export function viewQuota(lots: readonly Lot[], now: number): QuotaView {
  let left = 0
  let validUntil = Number.MAX_SAFE_INTEGER
  for (const lot of lots) {
    if (hasLapsed(lot, now)) continue
    left += remaining(lot)
    if (lot.expiresAt !== null && lot.expiresAt < validUntil) validUntil = lot.expiresAt
  }
  return { left, problem: left > 0 ? null : refusal(lots, now), validUntil }
}

/** Counted limits of one application, within its account's quota. Null: none. */
export interface Caps {
  readonly total: number | null
  readonly daily: number | null
}

/** How many calls an application may still take by its caps; `validUntil` as above, for the daily one. */
export function viewCaps(
  caps: Caps,
  takenTotal: number,
  takenToday: number,
  day: number,
): { left: number; validUntil: number } {
  const leftTotal = caps.total === null ? Number.MAX_SAFE_INTEGER : caps.total - takenTotal
  const leftToday = caps.daily === null ? Number.MAX_SAFE_INTEGER : caps.daily - takenToday
  return {
    left: Math.max(0, Math.min(leftTotal, leftToday)),
    validUntil: caps.daily === null ? Number.MAX_SAFE_INTEGER : startOfBillingDay(day + 1),
  }
}
