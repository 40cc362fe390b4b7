import { hasLapsed, isOpen, type Lot, remaining } from './lot.js'

/** What a ledger entry does to its lot; `FOLD` says it in numbers. */
export type EntryKind = 'grant' | 'reserve' | 'settle' | 'release' | 'charge' | 'expire' | 'refund'

/** One line of the ledger, which is only ever added. `ref` names what caused it (a call, an order): once per kind. */
export interface Entry {
  readonly kind: EntryKind
  readonly lotId: string
  readonly ref: string
  readonly quantity: number
  readonly at: number
}

type Balance = 'granted' | 'reserved' | 'used' | 'expired' | 'refunded'
export type Balances = Record<Balance, number>

/** A balance is the fold of the entries by this table: nothing else changes one. */
export const FOLD: Readonly<Record<EntryKind, Readonly<Partial<Balances>>>> = {
  grant: { granted: 1 },
  reserve: { reserved: 1 },
  settle: { reserved: -1, used: 1 },
  release: { reserved: -1 },
  charge: { used: 1 },
  expire: { expired: 1 },
  refund: { refunded: 1 },
}

export const NO_BALANCES: Readonly<Balances> = { granted: 0, reserved: 0, used: 0, expired: 0, refunded: 0 }

/** The lot after an entry. Throws where the entry would take what is not there: a bug, never a state to go on from. */
export function apply<T extends Balances>(lot: T, entry: Pick<Entry, 'kind' | 'quantity'>): T {
  const after = { ...lot }
  for (const [balance, sign] of Object.entries(FOLD[entry.kind]) as [Balance, number][]) {
    after[balance] += sign * entry.quantity
  }
  assertSound(after)
  return after
}

/** Every balance is at least zero, and no more is out than was granted. Stays on in production. */
export function assertSound(lot: Balances): void {
  const left = lot.granted - lot.reserved - lot.used - lot.expired - lot.refunded
  if (!(lot.granted >= 0 && lot.reserved >= 0 && lot.used >= 0 && lot.expired >= 0 && lot.refunded >= 0 && left >= 0)) {
    throw new Error('a lot would not add up')
  }
}

/** The lot a call is taken from: of those open at `now`, the one that expires first. Null when there is none. */
export function lotToTakeFrom<T extends Lot>(lots: readonly T[], now: number): T | null {
  let first: T | null = null
  for (const lot of lots) {
    if (isOpen(lot, now) && (first === null || expiresBefore(lot, first))) first = lot
  }
  return first
}

function expiresBefore(one: Lot, other: Lot): boolean {
  const oneEnd = one.expiresAt ?? Number.POSITIVE_INFINITY
  const otherEnd = other.expiresAt ?? Number.POSITIVE_INFINITY
  return oneEnd === otherEnd ? one.id < other.id : oneEnd < otherEnd
}

/** Why no call could be taken: every lot has lapsed, or all that is open is used up. */
export function refusal(lots: readonly Lot[], now: number): 'quota_expired' | 'quota_exhausted' {
  return lots.length > 0 && lots.every((lot) => hasLapsed(lot, now)) ? 'quota_expired' : 'quota_exhausted'
}

export function grant(lotId: string, quantity: number, ref: string, at: number): Entry {
  if (!Number.isSafeInteger(quantity) || quantity < 1)
    throw new Error('a grant is a whole number of calls, at least one')
  return { kind: 'grant', lotId, ref, quantity, at }
}

/** Takes one call at once, for a source that was asked before: a local one. */
export function charge(lot: Lot, callId: string, at: number): Entry {
  return { kind: 'charge', lotId: lot.id, ref: callId, quantity: 1, at }
}

/** Holds one call while a source is asked. */
export function reserve(lot: Lot, callId: string, at: number): Entry {
  return { kind: 'reserve', lotId: lot.id, ref: callId, quantity: 1, at }
}

/** A held call becomes a used one. */
export function settle(lotId: string, callId: string, at: number): Entry {
  return { kind: 'settle', lotId, ref: callId, quantity: 1, at }
}

/** A held call is given back; where its lot has lapsed meanwhile, it expires at once. */
export function release(lot: Lot, callId: string, at: number): Entry[] {
  const released: Entry = { kind: 'release', lotId: lot.id, ref: callId, quantity: 1, at }
  if (!hasLapsed(lot, at)) return [released]
  return [released, { kind: 'expire', lotId: lot.id, ref: callId, quantity: 1, at }]
}

/** What is left of a lapsed lot expires. Null when nothing is left, or the lot is still running. */
export function expire(lot: Lot, at: number): Entry | null {
  const quantity = remaining(lot)
  if (!hasLapsed(lot, at) || quantity < 1) return null
  return { kind: 'expire', lotId: lot.id, ref: lot.id, quantity, at }
}
