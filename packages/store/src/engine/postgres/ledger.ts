import type { PoolClient } from 'pg'
import type { CallRow, LotRow } from '../../tables.js'
import type { EngineEvents } from '../engine.js'
import type { EntryChain } from '../entry-chain.js'
import type { HotOperation, HotResult, HotViews } from '../hot.js'
import { type HighWater, LedgerBatch } from '../ledger-batch.js'
import { isConflict, isTransient, pause } from './connection.js'
import { closeLeases, Leases, type LeaseTerms } from './leases.js'
import {
  compare,
  isCapped,
  loadCalls,
  loadCaps,
  loadRepeats,
  loadTaken,
  lockLots,
  spendNonces,
  type Wanted,
  wantedBy,
} from './load.js'
import { BatchRows, type CapsRow, keyOf } from './rows.js'
import { Fenced, LeaseLost, writeBatch } from './write.js'
import type { Writer } from './writer.js'

/** The most operations in one transaction: beyond it a longer one gains nothing, and whoever is in it waits longer. */
const BATCH_MAX = 512
/** How long a batch waits for a database that is away before its callers are told. */
const OUTAGE_MAX_MS = 5_000
const RETRY_PAUSE_MS = 50
/** Another node may have calls that this one does not see yet: a view that says "none left" holds so long. */
export const EMPTY_VIEW_MS = 250

interface Waiting {
  readonly operation: HotOperation
  resolve(result: HotResult): void
  reject(error: Error): void
}

/**
 * The metering core on PostgreSQL. All that waits is one transaction, under READ COMMITTED: what nodes share is locked before it
 * is decided on, and changed by conditional statements. What it answers is durable.
 */
export class PostgresLedger {
  readonly #writer: Writer
  readonly #clock: HighWater
  readonly #events: EngineEvents
  readonly #leases: Leases
  /** Until something changes. */
  readonly #caps = new Map<string, CapsRow>()
  readonly #queue: Waiting[] = []
  readonly #tasks: (() => Promise<void>)[] = []
  #running: Promise<void> | null = null
  #isClosing = false

  constructor(writer: Writer, clock: HighWater, events: EngineEvents, terms: LeaseTerms) {
    this.#writer = writer
    this.#clock = clock
    this.#events = events
    this.#leases = new Leases(terms)
  }

  hot(operation: HotOperation): Promise<HotResult> {
    if (this.#isClosing) return Promise.reject(new Error('the store is closed'))
    return new Promise((resolve, reject) => {
      this.#queue.push({ operation, resolve, reject })
      this.#start()
    })
  }

  /** So many nodes share the store. */
  shareWith(nodes: number): void {
    this.#leases.nodes = nodes
  }

  /** Gives back leases that nobody uses any more. */
  async giveBackIdle(): Promise<void> {
    const accounts = this.#leases.idle(performance.now())
    if (accounts.length > 0) await this.#inTurn(async () => this.#leases.giveBackAll(this.#writer))
  }

  /** After this writer was taken for dead: a new epoch, and nothing of the old one. */
  rejoin(): Promise<void> {
    return this.#inTurn(async () => {
      this.#leases.forgetAll()
      await this.#writer.register()
    })
  }

  /** What was known of applications may no longer hold. */
  forget(): void {
    this.#caps.clear()
  }

  /** Waits for what is under way, and gives back what is leased. */
  async close(): Promise<void> {
    this.#isClosing = true
    await this.#running
    await this.#leases.giveBackAll(this.#writer)
  }

  /** Moves what is left of lapsed lots to expired, at most `limit` of them; gives their number. */
  expireLapsed(at: number, limit: number): Promise<number> {
    const now = this.#clock.advance(at)
    return this.#inTurn(() =>
      this.#transaction(async (client, rows) => {
        const { rows: lapsed } = await client.query<{ account_id: string; id: string }>(
          `SELECT account_id, id FROM lots WHERE expires_at IS NOT NULL AND expires_at <= $1
            AND granted - reserved - used - expired - refunded > 0 ORDER BY expires_at LIMIT $2`,
          [now, limit],
        )
        const accounts = [...new Set(lapsed.map(({ account_id }) => account_id))].sort()
        await closeLeases(client, { accounts })
        await lockLots(client, rows, accounts, now)
        for (const accountId of accounts) this.#leases.forget(accountId)
        return (batch) => {
          // Another node may have been quicker.
          const left = lapsed.filter(({ account_id, id }) => rows.lots(account_id).some((lot) => lot.id === id))
          for (const { account_id, id } of left) batch.expireLot(account_id, id, now)
          return lapsed.length
        }
      }),
    )
  }

  /** Gives back calls that writers held which are no more, at most `limit` of them; gives their number. */
  recover(at: number, limit: number): Promise<number> {
    const now = this.#clock.advance(at)
    return this.#inTurn(() =>
      this.#transaction(async (client, rows) => {
        await closeLeases(client, 'of the dead')
        const { rows: held } = await client.query<CallRow>(
          `SELECT * FROM calls WHERE state = 'reserved' AND epoch NOT IN (SELECT epoch FROM writers WHERE state = 'alive')
            LIMIT $1 FOR UPDATE SKIP LOCKED`,
          [limit],
        )
        const accounts = [...new Set(held.map(({ account_id }) => account_id))].sort()
        await lockLots(client, rows, accounts, 0)
        const applications = held.map((call) => ({ accountId: call.account_id, applicationId: call.application_id }))
        await loadCaps(client, rows, applications, this.#caps)
        return (batch) => {
          for (const call of held) batch.releaseCall(call, 'crash', now)
          return held.length
        }
      }),
    )
  }

  /** One transaction of the writer's that is no batch of operations. */
  #transaction(
    read: (client: PoolClient, rows: BatchRows) => Promise<(batch: LedgerBatch) => number>,
  ): Promise<number> {
    return this.#writer.commit(async (client, { epoch, shard, chain }, number) => {
      const rows = new BatchRows(chain)
      const decide = await read(client, rows)
      const batch = new LedgerBatch(rows, epoch, this.#clock)
      const count = decide(batch)
      batch.finish()
      if (count > 0) await writeBatch(client, rows, { epoch, shard, number, highWater: this.#clock.at })
      return count
    })
  }

  /** Between two batches: the stream has one end. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject))
      this.#start()
    })
  }

  #start(): void {
    // What the rest of this tick asks is in the same batch.
    this.#running ??= new Promise((done) => setImmediate(() => void this.#run().finally(done)))
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 || this.#tasks.length > 0) {
      await this.#tasks.shift()?.()
      if (this.#queue.length > 0) await this.#serve(this.#queue.splice(0, BATCH_MAX))
    }
    this.#running = null
  }

  /** Every waiter gets its answer, whatever happens. */
  async #serve(waiting: readonly Waiting[]): Promise<void> {
    const operations = waiting.map(({ operation }) => operation)
    const begun = performance.now()
    try {
      const { results, views } = await this.#decide(operations)
      this.#events.views(views)
      this.#events.batch({ operations: operations.length, ms: performance.now() - begun })
      for (const [place, waiter] of waiting.entries()) {
        const result = results[place]
        if (result === undefined) waiter.reject(new Error('the store gave no answer'))
        else waiter.resolve(result)
      }
    } catch (error) {
      const fault = error instanceof Error ? error : new Error(String(error))
      if (waiting.length === 1 || isTransient(fault)) for (const waiter of waiting) waiter.reject(fault)
      // One of them met a bug: each goes alone, so that only that one fails.
      else for (const waiter of waiting) await this.#serve([waiter])
    }
  }

  /** Tries again what failed for a reason that passes; nothing of a try that failed has happened. */
  async #decide(operations: readonly HotOperation[]): Promise<Decided> {
    const until = performance.now() + OUTAGE_MAX_MS
    for (;;) {
      try {
        const decided = await this.#writer.commit((client, place, number) =>
          this.#perform(client, operations, { ...place, number }),
        )
        decided.afterCommit()
        return decided
      } catch (error) {
        if (error instanceof LeaseLost) await this.#leases.giveBackAll(this.#writer)
        else if (error instanceof Fenced) {
          this.#leases.forgetAll()
          await this.#writer.registerAgain(() => performance.now() > until)
        } else if (performance.now() > until || !(isTransient(error) || isConflict(error))) throw error
        else await pause(RETRY_PAUSE_MS)
      }
    }
  }

  /** Reads what the batch may ask for, decides, and writes: a handful of statements, whatever its size. */
  async #perform(
    client: PoolClient,
    operations: readonly HotOperation[],
    { epoch, shard, chain, number }: { epoch: number; shard: number; chain: EntryChain; number: number },
  ): Promise<Decided> {
    const rows = new BatchRows(chain)
    const wanted = wantedBy(operations)
    await spendNonces(client, rows, wanted.nonces)
    await loadRepeats(client, rows, wanted.repeats)
    await loadCalls(client, rows, wanted.calls)
    await loadCaps(client, rows, [...wanted.takers, ...applicationsOf(rows)], this.#caps)

    const demand = demandOf(rows, wanted)
    const now = this.#clock.at
    for (const [accountId, { takes, held, isCapped }] of demand) {
      const lease = isCapped ? null : this.#leases.covering(accountId, takes, held, now)
      if (lease !== null) rows.loaded.leases.set(accountId, lease)
    }
    const locked = [...demand.keys()].filter((accountId) => !rows.loaded.leases.has(accountId))
    const ended = await this.#lock(client, rows, locked, demand, now)
    await loadTaken(client, rows, wanted.takers)

    const batch = new LedgerBatch(rows, epoch, this.#clock)
    const results = operations.map((operation) => batch.perform(operation))
    const views = batch.finish()
    await writeBatch(client, rows, { epoch, shard, number, highWater: this.#clock.at })
    const taken = await this.#lease(client, rows, locked, demand, epoch)
    return {
      results,
      views: this.#shownViews(views, rows),
      afterCommit: () => {
        const nowMs = performance.now()
        for (const accountId of ended) this.#leases.forget(accountId)
        for (const lease of taken) this.#leases.adopt(lease)
        this.#leases.apply(rows, nowMs)
        for (const [accountId, { takes }] of demand) if (takes > 0) this.#leases.count(accountId, takes, nowMs)
      },
    }
  }

  /**
   * Locks the lots of these accounts. Where this node holds a lease of one, it ends; where calls would run out while others have
   * some on lease, all leases end: only then is anybody told that nothing is left. Gives the accounts whose lease here ended.
   */
  async #lock(
    client: PoolClient,
    rows: BatchRows,
    accounts: readonly string[],
    demand: ReadonlyMap<string, Demand>,
    now: number,
  ): Promise<string[]> {
    await lockLots(client, rows, accounts, now)
    const toEnd = accounts.filter((accountId) => {
      const lots = rows.loaded.lots.get(accountId) ?? []
      if (!lots.some(({ leased }) => leased > 0)) return false
      const left = lots.reduce((sum, lot) => sum + leftOf(lot, now), 0)
      return this.#leases.has(accountId) || left < (demand.get(accountId)?.takes ?? 0)
    })
    if (toEnd.length === 0) return []
    await closeLeases(client, { accounts: toEnd })
    await lockLots(client, rows, toEnd, now)
    return toEnd
  }

  /** Takes leases of accounts that this node is asked for so often that nodes would wait for each other. */
  async #lease(
    client: PoolClient,
    rows: BatchRows,
    accounts: readonly string[],
    demand: ReadonlyMap<string, Demand>,
    epoch: number,
  ): Promise<Awaited<ReturnType<Leases['take']>>[]> {
    const taken = []
    const now = this.#clock.at
    for (const accountId of accounts) {
      if (demand.get(accountId)?.isCapped !== false) continue
      const lot = rows.loaded.lots.get(accountId)?.find((each) => leftOf(each, now) > 0)
      if (lot === undefined) continue
      const change = rows.written.lots.find((each) => each.accountId === accountId && each.lotId === lot.id)
      const amount = this.#leases.size(accountId, leftOf(lot, now) - (change?.reserved ?? 0) - (change?.used ?? 0))
      if (amount >= 1) taken.push(await this.#leases.take(client, lot, amount, epoch, now))
    }
    return taken
  }

  /** From a lease one does not see what an account has left; and another node may give back what this one misses. */
  #shownViews({ accounts, applications }: HotViews, rows: BatchRows): HotViews {
    const soon = this.#clock.at + EMPTY_VIEW_MS
    return {
      accounts: accounts
        .filter(([accountId]) => !rows.loaded.leases.has(accountId))
        .map(([accountId, left, problem, until]) => [
          accountId,
          left,
          problem,
          problem === null ? until : Math.min(until, soon),
        ]),
      applications: applications.map(([applicationId, left, until]) => [
        applicationId,
        left,
        left > 0 ? until : Math.min(until, soon),
      ]),
    }
  }
}

interface Decided {
  readonly results: HotResult[]
  readonly views: HotViews
  afterCommit(): void
}

/** What a batch wants of one account's lots. */
interface Demand {
  takes: number
  /** Calls to be ended that hold a call of a lot. */
  readonly held: string[]
  isCapped: boolean
}

function demandOf(rows: BatchRows, { takers, calls }: Wanted): Map<string, Demand> {
  const demand = new Map<string, Demand>()
  const of = (accountId: string): Demand => {
    let one = demand.get(accountId)
    if (one === undefined) {
      one = { takes: 0, held: [], isCapped: false }
      demand.set(accountId, one)
    }
    return one
  }
  for (const { accountId, applicationId } of takers) {
    const one = of(accountId)
    one.takes++
    if (isCapped(rows.loaded.caps.get(keyOf(accountId, applicationId)))) one.isCapped = true
  }
  for (const { account_id, day, id } of calls) {
    const call = rows.loaded.calls.get(keyOf(account_id, day, id))
    if (call?.lot_id === null || call?.state !== 'reserved') continue
    const one = of(account_id)
    one.held.push(id)
    if (isCapped(rows.loaded.caps.get(keyOf(account_id, call.application_id)))) one.isCapped = true
  }
  // In the order in which lots are locked.
  return new Map([...demand].sort(([one], [other]) => compare(one, other)))
}

function applicationsOf({ loaded }: BatchRows): { accountId: string; applicationId: string }[] {
  return [...loaded.calls.values()].map((call) => ({ accountId: call.account_id, applicationId: call.application_id }))
}

/** Calls that may be taken from a lot by whoever holds it locked. */
function leftOf(lot: LotRow, now: number): number {
  if (lot.expires_at !== null && lot.expires_at <= now) return 0
  return lot.granted - lot.reserved - lot.used - lot.expired - lot.refunded - lot.leased
}
