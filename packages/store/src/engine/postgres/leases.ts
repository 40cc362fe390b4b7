import { hasLapsed } from '@heyan/core'
import type { PoolClient } from 'pg'
import { newId } from '../../ids.js'
import type { LotRow } from '../../tables.js'
import { isConflict, isTransient } from './connection.js'
import type { BatchRows, LeasedLot } from './rows.js'
import type { Writer } from './writer.js'

export interface LeaseTerms {
  /** From so many calls a second of one account on this node on, it takes a lease. */
  readonly fromPerSecond: number
  /** Fewer nodes have nobody to wait for. */
  readonly fromNodes: number
  /** How long a rate is measured. */
  readonly windowMs: number
}

export const LEASE_TERMS: LeaseTerms = { fromPerSecond: 2_000, fromNodes: 2, windowMs: 1_000 }

/** A lease is for about a second, and never more than this share of what is left, divided by the nodes. */
const LEASE_SHARE = 0.05
/** A lease that nobody used for so long goes back to its lot. */
const IDLE_MS = 2_000

interface Lease {
  readonly id: string
  readonly accountId: string
  readonly lot: LotRow
  readonly amount: number
  reserved: number
  used: number
  /** Calls that were reserved under it and are not ended. */
  readonly held: Set<string>
  lastUsedMs: number
}

/**
 * Parts of lots that this node may use by itself. A call taken from a lease touches no row that another node does; the lease's own
 * row is what fences it: any node may close any lease at any time, and what its holder does afterwards fails as a whole and is
 * decided again. So nothing depends on a clock, and nobody is told "used up" while calls lie in a lease.
 */
export class Leases {
  readonly #terms: LeaseTerms
  readonly #byAccount = new Map<string, Lease>()
  readonly #rates = new Map<string, { since: number; count: number; perSecond: number }>()
  nodes = 1

  constructor(terms: LeaseTerms) {
    this.#terms = terms
  }

  /** The lease of an account, where it covers `takes` more calls and all of `heldCalls`; null where the lots must decide. */
  covering(accountId: string, takes: number, heldCalls: readonly string[], now: number): LeasedLot | null {
    const lease = this.#byAccount.get(accountId)
    if (lease === undefined || lease.amount - lease.reserved - lease.used < takes) return null
    if (hasLapsed({ expiresAt: lease.lot.expires_at } as Parameters<typeof hasLapsed>[0], now)) return null
    if (!heldCalls.every((id) => lease.held.has(id))) return null
    const { id, lot, amount, reserved, used } = lease
    return { id, row: { ...lot, granted: amount, reserved, used, expired: 0, refunded: 0, leased: 0 } }
  }

  /** After the commit: what the batch did under leases. */
  apply({ loaded, written }: BatchRows, nowMs: number): void {
    for (const { accountId, reserved, used } of written.leases) {
      const lease = this.#byAccount.get(accountId)
      if (lease === undefined) continue
      lease.reserved += reserved
      lease.used += used
      lease.lastUsedMs = nowMs
    }
    for (const call of written.calls) {
      if (call.state === 'reserved' && call.lot_id !== null && loaded.leases.has(call.account_id))
        this.#byAccount.get(call.account_id)?.held.add(call.id)
    }
    for (const call of written.endedCalls) this.#byAccount.get(call.account_id)?.held.delete(call.id)
  }

  /** Calls taken of an account, for its rate. */
  count(accountId: string, takes: number, nowMs: number): void {
    const rate = this.#rates.get(accountId)
    if (rate === undefined) {
      this.#rates.set(accountId, { since: nowMs, count: takes, perSecond: 0 })
      return
    }
    rate.count += takes
    const elapsedMs = nowMs - rate.since
    if (elapsedMs < this.#terms.windowMs) return
    rate.perSecond = (rate.count * 1000) / Math.max(1, elapsedMs)
    rate.count = 0
    rate.since = nowMs
  }

  /** How many calls to take on a lease from a lot that has `left`; 0: none. */
  size(accountId: string, left: number): number {
    const perSecond = this.#rates.get(accountId)?.perSecond ?? 0
    if (this.nodes < this.#terms.fromNodes || perSecond < this.#terms.fromPerSecond) return 0
    return Math.min(Math.ceil(perSecond), Math.floor((left * LEASE_SHARE) / this.nodes))
  }

  /** Inside a transaction that holds the lot. The lease counts from `adopt` on, after the commit. */
  async take(client: PoolClient, lot: LotRow, amount: number, epoch: number, now: number): Promise<Lease> {
    const id = newId('lse', now)
    const taken = await client.query(
      `UPDATE lots SET leased = leased + $3 WHERE account_id = $1 AND id = $2
        AND granted - reserved - used - expired - refunded - leased >= $3`,
      [lot.account_id, lot.id, amount],
    )
    if (taken.rowCount !== 1) throw new Error('a lease would take more than there is')
    await client.query(`INSERT INTO leases VALUES ($1, $2, $3, $4, $5, 0, 0, 'active', $6)`, [
      lot.account_id,
      lot.id,
      id,
      epoch,
      amount,
      now,
    ])
    const { account_id: accountId } = lot
    return { id, accountId, lot, amount, reserved: 0, used: 0, held: new Set(), lastUsedMs: performance.now() }
  }

  adopt(lease: Lease): void {
    this.#byAccount.set(lease.accountId, lease)
  }

  has(accountId: string): boolean {
    return this.#byAccount.has(accountId)
  }

  forget(accountId: string): void {
    this.#byAccount.delete(accountId)
  }

  forgetAll(): void {
    this.#byAccount.clear()
  }

  /** Accounts whose lease nobody uses any more. */
  idle(nowMs: number): string[] {
    for (const [accountId, rate] of this.#rates) {
      if (nowMs - rate.since > IDLE_MS && !this.#byAccount.has(accountId)) this.#rates.delete(accountId)
    }
    return [...this.#byAccount.values()]
      .filter(({ lastUsedMs }) => nowMs - lastUsedMs > IDLE_MS)
      .map(({ accountId }) => accountId)
  }

  /** Gives back whatever is leased under this epoch. A database that is away is left to whoever finds this writer dead. */
  async giveBackAll(writer: Writer): Promise<void> {
    this.#byAccount.clear()
    try {
      await writer.commit((client, { epoch }) => closeLeases(client, { epoch }))
    } catch (error) {
      if (!isTransient(error) && !isConflict(error)) throw error
    }
  }
}

/** Whose leases: those of one epoch, those of some accounts whoever holds them, or those of writers that are no more. */
type Which = { readonly epoch: number } | { readonly accounts: readonly string[] } | 'of the dead'

/**
 * Ends leases: what was used and held under them becomes the lots' own. Lots before leases, as everywhere, so that no two nodes
 * wait for each other.
 */
export async function closeLeases(client: PoolClient, which: Which): Promise<void> {
  const [condition, values] =
    which === 'of the dead'
      ? [`s.epoch NOT IN (SELECT epoch FROM writers WHERE state = 'alive')`, []]
      : 'epoch' in which
        ? ['s.epoch = $1', [which.epoch]]
        : ['s.account_id = ANY($1)', [which.accounts]]
  await client.query(
    `SELECT 1 FROM lots WHERE (account_id, id) IN (SELECT s.account_id, s.lot_id FROM leases s WHERE s.state = 'active' AND ${condition})
      ORDER BY account_id, expires_at NULLS LAST, id FOR UPDATE`,
    values,
  )
  await client.query(
    `WITH closed AS (UPDATE leases s SET state = 'closed' WHERE s.state = 'active' AND ${condition}
        RETURNING s.account_id, s.lot_id, s.amount, s.reserved, s.used),
      added AS (SELECT account_id, lot_id, sum(amount) AS amount, sum(reserved) AS reserved, sum(used) AS used
        FROM closed GROUP BY account_id, lot_id)
    UPDATE lots l SET leased = l.leased - a.amount, reserved = l.reserved + a.reserved, used = l.used + a.used
      FROM added a WHERE l.account_id = a.account_id AND l.id = a.lot_id`,
    values,
  )
}
