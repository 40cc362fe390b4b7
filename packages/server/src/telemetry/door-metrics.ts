import type { StoreBatch, StoreTotals } from '@heyan/store'
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client'
import type { Pressure } from '../calls/fair-ledger.js'
import type { RequestLine } from '../log.js'

const REQUEST_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3]
const COMMIT_BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5]
const COMMIT_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
/** What the store is asked for its totals is remembered so long: a scrape is not a load. */
const TOTALS_MS = 10_000

/** A route's door, longest prefix first. Everything else is a page. */
const DOORS = [
  ['/open/idcard', 'open'],
  ['/idcard', 'idcard'],
  ['/admin/v1', 'admin'],
  ['/v1', 'v1'],
] as const

export interface DoorParts {
  pressure(): Pressure
  inFlight(): number
  totals(): Promise<StoreTotals>
  /** On a monotonic clock, ms. */
  now?(): number
}

export interface DoorObserver {
  request(line: Pick<RequestLine, 'route' | 'status' | 'outcome' | 'ms'>): void
  batch(batch: StoreBatch): void
}

/**
 * How the doors, the ledger and the store's commits do. Labels are the door and how a request ended, both from closed lists; neither
 * a caller nor a person could be in one.
 */
export function doorMetrics(registry: Registry, parts: DoorParts): DoorObserver {
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'heyan_requests_total',
    help: 'Requests by door and by how they ended: verdict, a problem, a refusal of the gateway, or a class of status.',
    labelNames: ['door', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'heyan_request_seconds',
    help: 'From the request to its answer.',
    labelNames: ['door'],
    buckets: REQUEST_BUCKETS_S,
    registers,
  })
  const commitSeconds = new Histogram({
    name: 'heyan_commit_seconds',
    help: 'How long one commit of the ledger took.',
    buckets: COMMIT_BUCKETS_S,
    registers,
  })
  const commitSizes = new Histogram({
    name: 'heyan_commit_operations',
    help: 'Operations of the ledger that shared one commit.',
    buckets: COMMIT_SIZES,
    registers,
  })
  new Gauge({
    name: 'heyan_requests_in_flight',
    help: 'Verifications under way, with those that wait for a source.',
    registers,
    collect() {
      this.set(parts.inFlight())
    },
  })
  new Gauge({
    name: 'heyan_ledger_operations',
    help: 'Charges and reservations under way at the store, and those that wait for their turn.',
    labelNames: ['state'],
    registers,
    collect() {
      const { underWay, waiting } = parts.pressure()
      this.set({ state: 'under_way' }, underWay)
      this.set({ state: 'waiting' }, waiting)
    },
  })
  const totals = remembered(parts)
  new Gauge({
    name: 'heyan_quota_calls',
    help: 'Calls of all running lots: granted, left, held while a source is asked, and used.',
    labelNames: ['state'],
    registers,
    async collect() {
      const { calls } = await totals()
      for (const [state, count] of Object.entries(calls)) this.set({ state }, count)
    },
  })
  new Gauge({
    name: 'heyan_accounts',
    help: 'Accounts with running lots, by whether they have calls left.',
    labelNames: ['quota'],
    registers,
    async collect() {
      const { accounts } = await totals()
      for (const [quota, count] of Object.entries(accounts)) this.set({ quota }, count)
    },
  })
  return {
    request({ route, status, outcome, ms }) {
      const door = doorOf(route)
      requests.inc({ door, outcome: outcome ?? `${Math.floor(status / 100)}xx` })
      seconds.observe({ door }, ms / 1_000)
    },
    batch({ operations, ms }) {
      commitSizes.observe(operations)
      commitSeconds.observe(ms / 1_000)
    },
  }
}

function doorOf(route: string): string {
  return DOORS.find(([prefix]) => route === prefix || route.startsWith(`${prefix}/`))?.[1] ?? 'pages'
}

function remembered({ totals, now = () => performance.now() }: DoorParts): () => Promise<StoreTotals> {
  let at = Number.NEGATIVE_INFINITY
  let last: Promise<StoreTotals> | null = null
  return () => {
    if (last === null || now() - at > TOTALS_MS) {
      at = now()
      last = totals()
      last.catch(() => {
        last = null
      })
    }
    return last
  }
}
