import { findDelimiter, type TextEncoding, TextStream } from '@heyan/sheets'
import { CsvError, type InfoRecord, type Parser, parse } from 'csv-parse'
import { type CellTests, type Columns, type ColumnWishes, findColumns } from './columns.js'
import {
  type ImportRefusal,
  ImportRefused,
  MAX_COLUMNS,
  MAX_PROBLEMS,
  MAX_ROW_BYTES,
  MAX_ROWS,
  type RowProblem,
  type RowReason,
} from './problems.js'

/** A title and a remark may stand above the headers. */
const HEADER_LINES = 5
const LINE_FEED = 0x0a
const UNDECODABLE = '\uFFFD'
/** What a spreadsheet program makes of a number of 18 digits that it took for a quantity. */
const MANGLED = /^\d(?:\.\d+)?E\+?\d+$/i

/** A row that holds a person: the canonical number and the name's comparison key. */
export interface Person {
  readonly number: string
  readonly nameKey: string
}

/** What a name and a number must be: the domain's rules, handed in. */
export interface PersonRules extends CellTests {
  /** Takes trimmed texts, neither of them empty. */
  read(name: string, number: string): Person | 'name_invalid' | 'number_invalid'
}

/** Counts of the rows below the headers; blank rows count nowhere. */
export interface ListCounts {
  accepted: number
  refused: number
}

/**
 * Reads a list of people from a CSV file's bytes as they arrive: finds out the encoding, the delimiter and the columns,
 * and hands every person to `onPerson` in the order of the file. Rejects with `ImportRefused` where the file as a whole
 * cannot be read. No error and no problem bears any text of the file.
 */
export class ListReader {
  readonly counts: ListCounts = { accepted: 0, refused: 0 }
  readonly problems: RowProblem[] = []
  readonly #text = new TextStream()
  readonly #wishes: ColumnWishes
  readonly #rules: PersonRules
  readonly #onPerson: (person: Person) => void
  #parser: Parser | null = null
  #head: Buffer = Buffer.alloc(0)
  #columns: Columns | null = null
  #columnProblem: ImportRefusal = 'number_column_not_found'
  /** Lines before the columns were found: a title, or, in a list without headers, bad rows. */
  readonly #linesAbove: number[] = []

  constructor(wishes: ColumnWishes, rules: PersonRules, onPerson: (person: Person) => void) {
    this.#wishes = wishes
    this.#rules = rules
    this.#onPerson = onPerson
  }

  get encoding(): TextEncoding {
    return this.#text.encoding
  }

  get rows(): number {
    return this.counts.accepted + this.counts.refused
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#parse(this.#text.push(bytes), false)
  }

  async end(): Promise<void> {
    await this.#parse(this.#text.end(), true)
    const parser = this.#parser
    if (parser !== null) await settled((done) => parser.end(done))
    if (this.#columns === null) throw new ImportRefused(this.#columnProblem)
  }

  async #parse(text: Buffer, isLast: boolean): Promise<void> {
    let next = text
    if (this.#parser === null) {
      this.#head = Buffer.concat([this.#head, text])
      const lines = this.#head.reduce((count, byte) => count + (byte === LINE_FEED ? 1 : 0), 0)
      if (!isLast && lines < HEADER_LINES && this.#head.length < MAX_ROW_BYTES) return
      this.#parser = this.#openParser(this.#head.toString('utf8'))
      next = this.#head
      this.#head = Buffer.alloc(0)
    }
    const parser = this.#parser
    if (next.length > 0) await settled((done) => parser.write(next, done))
  }

  #openParser(head: string): Parser {
    const lines = head.split(/\r\n|\n|\r/, HEADER_LINES)
    const delimiter = findDelimiter(lines.toSorted((one, other) => other.length - one.length)[0] ?? '')
    const parser = parse({
      bom: true,
      delimiter,
      max_record_size: MAX_ROW_BYTES,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      on_record: (row: string[], info: InfoRecord): null => {
        this.#row(row, info.lines)
        return null
      },
    })
    parser.on('error', () => {}) // Every write's callback reports it already.
    parser.resume()
    return parser
  }

  #row(row: readonly string[], line: number): void {
    const columns = this.#columns ?? this.#lookForColumns(row, line)
    if (columns === null) return
    const person = this.#read(row, columns)
    if (person === null) return
    if (this.rows >= MAX_ROWS) throw new ImportRefused('too_many_rows')
    if (typeof person === 'string') {
      this.#refuse(line, person)
    } else {
      this.counts.accepted += 1
      this.#onPerson(person)
    }
  }

  /** Null for a blank row. */
  #read(row: readonly string[], columns: Columns): Person | RowReason | null {
    if (row.length > MAX_COLUMNS) return 'too_many_columns'
    const name = plainCell(row[columns.name] ?? '')
    const number = plainCell(row[columns.number] ?? '')
    if (name === '' && number === '' && row.every((cell) => cell.trim() === '')) return null
    if (number === '') return 'number_missing'
    if (name === '') return 'name_missing'
    const person = this.#rules.read(name, number)
    return typeof person === 'string' ? explain(person, name, number) : person
  }

  /** The columns, once, if this row is one of people; null if it stands above them. */
  #lookForColumns(row: readonly string[], line: number): Columns | null {
    const found = findColumns(row.slice(0, MAX_COLUMNS).map(plainCell), this.#wishes, this.#rules)
    if (typeof found === 'string') {
      if (this.#linesAbove.length === 0) this.#columnProblem = found
      this.#linesAbove.push(line)
      if (this.#linesAbove.length === HEADER_LINES) throw new ImportRefused(this.#columnProblem)
      return null
    }
    this.#columns = found
    if (found.hasHeader) return null
    for (const above of this.#linesAbove) this.#refuse(above, 'number_invalid')
    return found
  }

  #refuse(line: number, reason: RowReason): void {
    this.counts.refused += 1
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ line, reason })
  }
}

/** A cell without what is put around a number to keep it a text: spaces, a leading `'`, or `="…"`. */
function plainCell(cell: string): string {
  const text = cell.trim()
  if (text.startsWith("'")) return text.slice(1).trim()
  if (text.startsWith('="') && text.endsWith('"')) return text.slice(2, -1).trim()
  return text
}

function explain(reason: 'name_invalid' | 'number_invalid', name: string, number: string): RowReason {
  if (name.includes(UNDECODABLE) || number.includes(UNDECODABLE)) return 'undecodable'
  return reason === 'number_invalid' && MANGLED.test(number) ? 'number_mangled' : reason
}

/** Waits for one step of the CSV reader; its errors, which quote the file, become codes. */
function settled(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(withoutText(error)) : resolve()))
  })
}

function withoutText(error: Error): Error {
  if (error instanceof ImportRefused) return error
  if (!(error instanceof CsvError)) return new Error('the CSV reader failed')
  if (error.code === 'CSV_MAX_RECORD_SIZE') return new ImportRefused('row_too_long')
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return new ImportRefused('quote_not_closed')
  return new Error(`the CSV reader failed: ${error.code}`)
}
