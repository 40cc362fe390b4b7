import { hasLapsed, type Lot, remaining } from '@heyan/core'

/** A quota is low when this share of its running lots is left. */
export const QUOTA_LOW_SHARE = 0.1

export interface QuotaEvent {
  /** Of the running lots, by one of them and their number: an event comes once, and again after something was bought. */
  readonly id: string
  readonly kind: 'quota.low' | 'quota.exhausted'
  readonly remaining: number
  readonly granted: number
}

/** What a batch did to an account's quota that somebody should be told; null nearly always. */
export function quotaEvent(before: readonly Lot[], after: readonly Lot[], now: number): QuotaEvent | null {
  const was = sum(before, now)
  const is = sum(after, now)
  if (is.left >= was.left || is.running === null) return null
  const { left, granted, running } = is
  if (left <= 0) return { id: `evt_exhausted_${running}`, kind: 'quota.exhausted', remaining: 0, granted }
  const lowAt = Math.floor(granted * QUOTA_LOW_SHARE)
  if (was.left <= lowAt || left > lowAt) return null
  return { id: `evt_low_${running}`, kind: 'quota.low', remaining: left, granted }
}

function sum(lots: readonly Lot[], now: number): { left: number; granted: number; running: string | null } {
  let left = 0
  let granted = 0
  let newest: string | null = null
  let count = 0
  for (const lot of lots) {
    if (hasLapsed(lot, now)) continue
    left += remaining(lot)
    granted += lot.granted
    count++
    if (newest === null || lot.id > newest) newest = lot.id
  }
  return { left, granted, running: newest === null ? null : `${newest}_${count}` }
}
