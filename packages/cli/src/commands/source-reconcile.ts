import { once } from 'node:events'
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { billingDay, startOfBillingDay } from '@heyan/core'
import type { BillWishes, Finding, OurAttempt } from '@heyan/sources/bill'
import { Command, InvalidArgumentError } from 'commander'
import { AdminClient, AdminError } from '../admin-client.js'
import { oneOf } from '../arguments.js'
import { print, table } from '../print.js'

/** Findings of each kind that the report holds itself; `--details` writes them all. */
const SHOWN_MAX = 20
/** A call at midnight may be on the supplier's bill of the day before, or of the day after. */
const SLACK_DAYS = 1
const DAY_MS = 86_400_000

interface Options extends Record<string, unknown> {
  readonly source?: string
  readonly from?: number
  readonly to?: number
  readonly details?: string
  readonly referenceColumn?: string
  readonly timeColumn?: string
  readonly amountColumn?: string
  readonly unit?: 'yuan' | 'fen'
  readonly json?: boolean
}

type Told = Finding | { readonly kind: 'billed_unknown'; readonly line: number; readonly reference: string }

/** A supplier's bill against what our own ledger keeps of the attempts at it. The bill never leaves this machine. */
export function reconcileCommand(): Command {
  return new Command('reconcile')
    .argument('<file>')
    .description("a supplier's bill (CSV) against our attempts; exit 1 where they differ")
    .option('--source <name>', 'whose bill it is; needed where there are several sources')
    .option('--from <day>', 'the first day of the bill, YYYY-MM-DD in Asia/Shanghai; by default its earliest', day)
    .option('--to <day>', 'its last day', day)
    .option('--reference-column <heading>', "the column of request ids: the supplier's or ours")
    .option('--time-column <heading>', 'the column of moments')
    .option('--amount-column <heading>', 'the column of amounts')
    .option('--unit <unit>', 'what amounts are in: yuan (default), or fen', oneOf('yuan', 'fen'))
    .option('--details <file>', 'every finding as a line of JSON')
    .option('--json', 'one JSON value')
    .action(reconcile)
}

async function reconcile(file: string, options: Options): Promise<void> {
  const { BilledCalls, BillError, readBill, Reconciliation } = await import('@heyan/sources/bill')
  const client = new AdminClient(process.env)
  const source = options.source ?? (await onlySource(client))
  const wishes = wishesOf(options)
  const findings = new Findings(options.details)
  const bill = { rows: 0, unknown: 0, centifen: 0, unreadable: 0, problems: [] as { line: number; problem: string }[] }
  const billed = new BilledCalls()
  let [earliest, latest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  try {
    const onProblem = (line: number, problem: string): void => {
      bill.unreadable += 1
      if (bill.problems.length < SHOWN_MAX) bill.problems.push({ line, problem })
    }
    for await (const each of readBill(createReadStream(file), wishes, onProblem)) {
      billed.add(each)
      bill.rows += 1
      bill.centifen += each.centifen ?? 0
      earliest = Math.min(earliest, each.at ?? earliest)
      latest = Math.max(latest, each.at ?? latest)
    }
    const from = options.from ?? (Number.isFinite(earliest) ? billingDay(earliest) : null)
    const to = options.to ?? (Number.isFinite(latest) ? billingDay(latest) : null)
    if (from === null || to === null)
      throw new AdminError('days_missing', 'the bill has no column of moments that is known: give --from and --to')
    const period = { from: startOfBillingDay(from), until: startOfBillingDay(to + 1) }
    const reconciliation = new Reconciliation(billed, period, (finding) => findings.tell(finding))
    for await (const attempt of attemptsOf(client, source, from - SLACK_DAYS, to + SLACK_DAYS)) {
      reconciliation.add(attempt)
      await findings.drained()
    }
    reconciliation.end()
    for await (const { line, reference } of readBill(createReadStream(file), wishes)) {
      if (billed.isTaken(reference)) continue
      bill.unknown += 1
      findings.tell({ kind: 'billed_unknown', line, reference })
      await findings.drained()
    }
    const { counts } = reconciliation
    const isEven =
      bill.unknown + counts.notBilled + counts.billedTooOften + counts.billedWithoutVerdict + counts.costDiffers === 0
    const days = { from: dateOf(from), to: dateOf(to) }
    const report = { source, ...days, isEven, bill, ours: counts, findings: findings.shown }
    print(options.json === true, report, wordsOf(report, options.details))
    if (!isEven || bill.unreadable > 0) process.exitCode = 1
  } catch (error) {
    if (error instanceof BillError) throw new AdminError('bill_unreadable', error.message)
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new AdminError('bill_missing', `there is no file ${file}`)
    throw error
  } finally {
    await findings.close()
  }
}

/** The first of each kind, and all of them in a file. */
class Findings {
  readonly shown: Told[] = []
  readonly #counts = new Map<string, number>()
  readonly #file: WriteStream | null

  constructor(file: string | undefined) {
    this.#file = file === undefined ? null : createWriteStream(file, { mode: 0o600 })
  }

  tell(finding: Told): void {
    const count = (this.#counts.get(finding.kind) ?? 0) + 1
    this.#counts.set(finding.kind, count)
    if (count <= SHOWN_MAX) this.shown.push(finding)
    this.#file?.write(`${JSON.stringify(finding)}\n`)
  }

  async drained(): Promise<void> {
    if (this.#file?.writableNeedDrain === true) await once(this.#file, 'drain')
  }

  async close(): Promise<void> {
    const file = this.#file
    if (file !== null) await new Promise<void>((resolve) => file.end(resolve))
  }
}

async function* attemptsOf(client: AdminClient, source: string, from: number, to: number): AsyncGenerator<OurAttempt> {
  const query = { source, from: dateOf(from), to: dateOf(to) }
  for (let after: string | null = ''; after !== null; ) {
    const page = (await client.get(
      `/attempts?${new URLSearchParams({ ...query, ...(after === '' ? {} : { after }) })}`,
    )) as { attempts: OurAttempt[]; next: string | null }
    yield* page.attempts
    after = page.next
  }
}

async function onlySource(client: AdminClient): Promise<string> {
  const { sources } = (await client.get('/sources')) as { sources: { name: string }[] }
  const [first] = sources
  if (first !== undefined && sources.length === 1) return first.name
  const names = sources.map(({ name }) => name).join(', ')
  throw new AdminError('source_missing', `--source is needed: whose bill is it? ${names}`.trim())
}

function wishesOf({ referenceColumn, timeColumn, amountColumn, unit }: Options): BillWishes {
  return {
    ...(referenceColumn === undefined ? {} : { reference: referenceColumn }),
    ...(timeColumn === undefined ? {} : { time: timeColumn }),
    ...(amountColumn === undefined ? {} : { amount: amountColumn }),
    ...(unit === undefined ? {} : { unit }),
  }
}

function day(text: string): number {
  const moment = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(moment)) throw new InvalidArgumentError('a day such as 2026-01-31 is needed.')
  return moment / DAY_MS
}

function dateOf(billingDayNumber: number): string {
  return new Date(billingDayNumber * DAY_MS).toISOString().slice(0, 10)
}

interface Report {
  readonly source: string
  readonly from: string
  readonly to: string
  readonly isEven: boolean
  readonly bill: {
    readonly rows: number
    readonly unknown: number
    readonly unreadable: number
    readonly centifen: number
  }
  readonly ours: import('@heyan/sources/bill').ReconciliationCounts
  readonly findings: readonly Told[]
}

function wordsOf({ source, from, to, isEven, bill, ours, findings }: Report, details: string | undefined): string {
  const counts = table({
    source,
    days: `${from} to ${to}`,
    'rows of the bill': bill.rows,
    'billed and known': ours.billedKnown,
    'billed and unknown': bill.unknown,
    'billed without a verdict': ours.billedWithoutVerdict,
    'billed too often': ours.billedTooOften,
    'known and not billed': ours.notBilled,
    'cost differs': `${ours.costDiffers} calls, ${ours.differenceCentifen / 100} fen`,
    'rows that cannot be read': bill.unreadable,
  })
  const lines = findings.map(({ kind, ...rest }) => `  ${kind}  ${Object.values(rest).join('  ')}`)
  const all = details === undefined ? 'all of them with --details FILE' : `all of them in ${details}`
  return [counts, ...(isEven ? ['the bill and our record agree'] : [`the first of each kind, ${all}:`, ...lines])].join(
    '\n',
  )
}
