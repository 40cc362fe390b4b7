import type { Attempt, SubjectQuestion, UnavailableReason, Verdict } from '@heyan/core'
import { aliyunMarket } from '../aliyun-market.js'
import { guard } from '../guard.js'
import { router } from '../router.js'
import {
  FAULTS,
  type FakeSupplier,
  type Fault,
  SUPPLIER_APP_CODE,
  SUPPLIER_CA,
  startFakeSupplier,
} from './fake-supplier.js'

/** What a round of the matrix found. */
export interface MatrixReport {
  readonly rounds: number
  readonly calls: number
  /** Verdicts that the record does not give. */
  readonly wrongVerdicts: number
  /** Calls that ended in a verdict, against calls that some supplier answered well: these must be the same. */
  readonly wrongCharges: number
  /** The least share of calls with a verdict in any cell with one source at fault. */
  readonly availability: number
  /** The greatest number of attempts a call with all sources at fault. */
  readonly attemptsAllDead: number
}

export interface MatrixOptions {
  readonly faults?: readonly Fault[]
  /** Calls in each cell with one source at fault. */
  readonly callsPerCell: number
  readonly callsAllDead: number
  readonly timeoutMs: number
}

const SOURCES = 3
/** Calls under way at a time. */
const CONCURRENCY = 8
const DEADLINE_MS = 3_000

/** Three invented people, and what the record says of them. */
const PEOPLE: readonly { readonly subject: SubjectQuestion; readonly verdict: Verdict }[] = [
  { subject: subjectOf('沙一致', '110105188507070017'), verdict: 'match' },
  { subject: subjectOf('沙另名', '110105188507070025'), verdict: 'mismatch' },
  { subject: subjectOf('沙无记录', '110105188507072012'), verdict: 'no_record' },
]

/**
 * Every fault in every place of a route of three suppliers, and in all places at once, over real TLS: whatever the
 * suppliers do, a verdict is the record's, a charge is a verdict, and one dead source costs nobody an answer.
 */
export async function runFaultMatrix({
  faults = FAULTS,
  callsPerCell,
  callsAllDead,
  timeoutMs,
}: MatrixOptions): Promise<MatrixReport> {
  const suppliers = await Promise.all(Array.from({ length: SOURCES }, () => startFakeSupplier()))
  for (const { record } of suppliers) {
    record.set('110105188507070017', '沙一致')
    record.set('110105188507070025', '沙本名')
  }
  const total = { rounds: 0, calls: 0, wrongVerdicts: 0, wrongCharges: 0, availability: 1, attemptsAllDead: 0 }
  try {
    for (const fault of faults) {
      for (let place = 0; place <= SOURCES; place += 1) {
        const isAllDead = place === SOURCES
        for (const [index, supplier] of suppliers.entries())
          supplier.behave(isAllDead || index === place ? fault : null)
        const cell = await runCell(suppliers, isAllDead ? callsAllDead : callsPerCell, timeoutMs)
        total.rounds += 1
        total.calls += cell.calls
        total.wrongVerdicts += cell.wrongVerdicts
        total.wrongCharges += cell.wrongCharges
        if (isAllDead) total.attemptsAllDead = Math.max(total.attemptsAllDead, cell.attempts / cell.calls)
        else total.availability = Math.min(total.availability, cell.verdicts / cell.calls)
      }
    }
  } finally {
    await Promise.all(suppliers.map((supplier) => supplier.close()))
  }
  return total
}

async function runCell(suppliers: readonly FakeSupplier[], calls: number, timeoutMs: number) {
  const attempts: Attempt[] = []
  const route = router(
    'route',
    suppliers.map((supplier, priority) => ({
      source: guard(supplierSource(supplier, priority), { timeoutMs }),
      priority,
      priceFen: 3.3,
    })),
    { onAttempt: (attempt) => attempts.push(attempt) },
  )
  const found = { calls, verdicts: 0, wrongVerdicts: 0, wrongCharges: 0, attempts: 0 }
  let next = 0
  const worker = async (): Promise<void> => {
    for (let call = next++; call < calls; call = next++) {
      const person = PEOPLE[call % PEOPLE.length]
      if (person === undefined) throw new RangeError('three people')
      const answer = await route.ask(person.subject, {
        callId: String(call),
        deadlineMs: performance.now() + DEADLINE_MS,
      })
      if (answer.kind === 'unavailable') continue
      found.verdicts += 1
      if (answer.verdict !== person.verdict) found.wrongVerdicts += 1
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  await route.close()
  found.attempts = attempts.length
  const paid = attempts.filter(({ class: kind }) => kind === ('verdict' satisfies 'verdict' | UnavailableReason))
  found.wrongCharges = Math.abs(found.verdicts - paid.length) + paid.filter(({ costFen }) => costFen !== 3.3).length
  return found
}

function supplierSource(supplier: FakeSupplier, place: number) {
  return aliyunMarket({
    name: `supplier-${place}`,
    url: supplier.url,
    credential: { kind: 'app_code', appCode: SUPPLIER_APP_CODE },
    ca: SUPPLIER_CA,
    egress: { allowPrivate: true, ports: 'any' },
  })
}

function subjectOf(name: string, number: string): SubjectQuestion {
  return { name: { text: name, key: name }, number: { text: number } }
}
