import { findDelimiter, TextStream } from '@heyan/sheets'
import { type CsvError, type InfoRecord, parse } from 'csv-parse'

/** One line of a supplier's bill. */
export interface BillLine {
  /** In the file, from 1. */
  readonly line: number
  /** The supplier's name for the call, or ours, as it stands in the bill. */
  readonly reference: string
  /** Epoch ms; null where the bill does not say, or says it in a way that is not known. */
  readonly at: number | null
  /** Hundredths of a fen; null where the bill does not say. */
  readonly centifen: number | null
}

/** Headings the operator names, and what an amount is in. */
export interface BillWishes {
  readonly reference?: string
  readonly time?: string
  readonly amount?: string
  /** Default: what the heading says, else yuan. */
  readonly unit?: 'yuan' | 'fen'
}

export type BillProblem = 'reference_missing' | 'amount_unreadable' | 'time_unreadable'

/** A bill that cannot be read as one. The message is for people; it quotes headings only. */
export class BillError extends Error {}

type Row = { readonly info: InfoRecord; readonly record: readonly string[] }
interface Columns {
  readonly reference: number
  readonly time: number
  readonly amount: number
  readonly centifenPerUnit: number
}

/** Headings in use, spaces, marks and letter case aside; the first that is there is taken. */
const HEADINGS = {
  reference: [
    'requestid',
    'xcarequestid',
    '请求id',
    '请求编号',
    '请求流水号',
    '调用流水号',
    '流水号',
    '业务流水号',
    '调用id',
    '订单号',
    'callid',
    'traceid',
    'orderno',
    'reference',
  ],
  time: [
    '调用时间',
    '请求时间',
    '计费时间',
    '消费时间',
    '时间',
    'time',
    'requesttime',
    'createdat',
    'timestamp',
    'date',
  ],
  amount: [
    '金额',
    '费用',
    '应付金额',
    '实付金额',
    '消费金额',
    '扣费',
    '单价',
    '价格',
    'amount',
    'cost',
    'fee',
    'price',
  ],
} as const
const CENTIFEN_PER_YUAN = 10_000
const CENTIFEN_PER_FEN = 100
const HEADER_LINES = 10
const ROW_MAX_BYTES = 65_536
const LINE_FEED = 0x0a

/**
 * Reads a bill as its bytes arrive: CSV in UTF-8 or GBK, separated by commas, semicolons or tabs, with a line of headings
 * among the first ten. A line that cannot be read is told to `onProblem`, by its number and nothing else.
 */
export async function* readBill(
  bytes: AsyncIterable<Uint8Array>,
  wishes: BillWishes = {},
  onProblem: (line: number, problem: BillProblem) => void = () => {},
): AsyncGenerator<BillLine> {
  let columns: Columns | null = null
  let seen = 0
  for await (const { record, info } of rowsOf(bytes)) {
    const cells = record.map((cell) => cell.trim())
    if (columns === null) {
      columns = columnsOf(cells, wishes)
      seen += 1
      if (columns === null && seen >= HEADER_LINES) break
      continue
    }
    const reference = cells[columns.reference] ?? ''
    const { lines: line } = info
    if (reference === '') {
      // A last line with a sum, or an empty one.
      if (cells.some((cell) => cell !== '')) onProblem(line, 'reference_missing')
      continue
    }
    const [time, amount] = [cells[columns.time] ?? '', cells[columns.amount] ?? '']
    const at = time === '' ? null : momentOf(time)
    if (time !== '' && at === null) onProblem(line, 'time_unreadable')
    const centifen = amount === '' ? null : centifenOf(amount, columns.centifenPerUnit)
    if (amount !== '' && centifen === null) onProblem(line, 'amount_unreadable')
    yield { line, reference, at, centifen }
  }
  if (columns === null) throw new BillError(headingsMissing(wishes))
}

/** The one form of a reference by which both sides are compared: letter case and hyphens say nothing. */
export function canonicalReference(reference: string): string {
  return reference.trim().toLowerCase().replaceAll('-', '')
}

async function* rowsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Row> {
  const texts = decoded(bytes)
  const head = await headOf(texts)
  const longest = head
    .toString('utf8')
    .split(/\r?\n/, HEADER_LINES)
    .toSorted((one, other) => other.length - one.length)[0]
  const parser = parse({
    delimiter: findDelimiter(longest ?? ''),
    bom: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: ROW_MAX_BYTES,
  })
  const feed = async (): Promise<void> => {
    for (let next: Buffer | undefined = head; next !== undefined; next = (await texts.next()).value ?? undefined) {
      if (next.length > 0 && !parser.write(next)) await new Promise((resolve) => parser.once('drain', resolve))
    }
    parser.end()
  }
  feed().catch((error: unknown) =>
    parser.destroy(error instanceof Error ? error : new Error('the bill cannot be read')),
  )
  try {
    yield* parser as AsyncIterable<Row>
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String((error as CsvError).code) : ''
    throw code.startsWith('CSV_') ? new BillError(`the bill is no CSV that can be read: ${code}`) : error
  } finally {
    await texts.return(undefined)
  }
}

/** As UTF-8, whatever it was. */
async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, undefined> {
  const text = new TextStream()
  for await (const chunk of bytes) yield text.push(chunk)
  yield text.end()
}

/** Enough of the beginning to tell what separates the columns. */
async function headOf(texts: AsyncGenerator<Buffer, undefined>): Promise<Buffer> {
  let head = Buffer.alloc(0)
  for (let next = await texts.next(); next.value !== undefined; next = await texts.next()) {
    head = Buffer.concat([head, next.value])
    const lines = head.reduce((count, byte) => count + (byte === LINE_FEED ? 1 : 0), 0)
    if (lines >= HEADER_LINES || head.length >= ROW_MAX_BYTES) break
  }
  return head
}

function columnsOf(headings: readonly string[], wishes: BillWishes): Columns | null {
  const plain = headings.map(plainHeading)
  const find = (field: keyof typeof HEADINGS): number => {
    const wish = wishes[field]
    if (wish !== undefined) return headings.indexOf(wish.trim())
    const known = HEADINGS[field].find((heading) => plain.includes(heading))
    return known === undefined ? -1 : plain.indexOf(known)
  }
  const [reference, time, amount] = [find('reference'), find('time'), find('amount')]
  if (reference === -1) return null
  if ((wishes.time !== undefined && time === -1) || (wishes.amount !== undefined && amount === -1)) return null
  const isInFen = wishes.unit === undefined ? /[(（]分[)）]|fen/i.test(headings[amount] ?? '') : wishes.unit === 'fen'
  return { reference, time, amount, centifenPerUnit: isInFen ? CENTIFEN_PER_FEN : CENTIFEN_PER_YUAN }
}

/** Without what stands in brackets: 金额（元） is 金额. */
function plainHeading(heading: string): string {
  return heading
    .replace(/[(（][^)）]*[)）]/g, '')
    .replace(/[\s_\-.:：]/g, '')
    .toLowerCase()
}

function headingsMissing({ reference, time, amount }: BillWishes): string {
  const named = [reference, time, amount].filter((heading) => heading !== undefined)
  return named.length > 0
    ? `the bill has no line of headings with ${named.join(', ')}`
    : 'no column of the bill is known to hold request ids: name it with --reference-column'
}

const BEIJING = '+08:00'

/** ISO 8601 with or without a zone, `2026-01-05 10:00:00`, `2026/1/5 10:00`, `20260105100000`, epoch seconds or milliseconds. */
function momentOf(text: string): number | null {
  if (/^\d{10}$/.test(text)) return Number(text) * 1_000
  if (/^\d{13}$/.test(text)) return Number(text)
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return valid(Date.parse(text))
  const parts =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/.exec(text) ??
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]+(\d{1,2}):(\d\d)(?::(\d\d))?(?:\.\d+)?)?$/.exec(text)
  if (parts === null) return null
  const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => (part ?? '0').padStart(2, '0'))
  return valid(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${BEIJING}`))
}

function valid(moment: number): number | null {
  return Number.isNaN(moment) ? null : moment
}

/** Exactly: no amount passes through a binary fraction. Digits beyond a hundredth of a fen are rounded. */
function centifenOf(text: string, perUnit: number): number | null {
  const parts = /^[¥￥]?\s*(\d{1,12})(?:\.(\d{1,12}))?\s*(?:元|分)?$/.exec(text.replaceAll(',', ''))
  if (parts === null) return null
  const [, whole = '', fraction = ''] = parts
  const digits = String(perUnit).length - 1
  const kept = Number(fraction.slice(0, digits).padEnd(digits, '0'))
  const isRoundedUp = Number(fraction.charAt(digits) || '0') >= 5
  return Number(whole) * perUnit + kept + (isRoundedUp ? 1 : 0)
}
