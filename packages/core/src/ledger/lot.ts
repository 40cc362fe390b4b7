/** A number of calls bought, given or won together: one per subscription. Calls are whole numbers; moments are epoch ms. */
export interface Lot {
  readonly id: string
  readonly granted: number
  /** Held while a source is asked. */
  readonly reserved: number
  readonly used: number
  readonly expired: number
  readonly refunded: number
  /** Null: never. */
  readonly expiresAt: number | null
  /** A verdict of `no_record` costs nothing. */
  readonly isNoRecordFree: boolean
}

export function remaining(lot: Lot): number {
  return lot.granted - lot.reserved - lot.used - lot.expired - lot.refunded
}

export function hasLapsed(lot: Lot, now: number): boolean {
  return lot.expiresAt !== null && lot.expiresAt <= now
}

export function isOpen(lot: Lot, now: number): boolean {
  return !hasLapsed(lot, now) && remaining(lot) >= 1
}
