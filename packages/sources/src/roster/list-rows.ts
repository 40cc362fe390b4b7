import { type CellTests, type Columns, type ColumnWishes, findColumns } from './columns.js'
import {
  type ImportRefusal,
  ImportRefused,
  MAX_COLUMNS,
  MAX_PROBLEMS,
  MAX_ROWS,
  type RowProblem,
  type RowReason,
} from './problems.js'

/** A title and a remark may stand above the headers. */
export const HEADER_LINES = 5
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

/** How far a list has been read, to go on there. */
export interface RowsPosition {
  readonly columns: Columns
  readonly counts: ListCounts
  readonly problems: readonly RowProblem[]
}

/**
 * The rows of a list, of whatever format: finds out the columns, and hands every person to `onPerson` in the order of the
 * file, with the row's line. No problem bears any text of the file.
 */
export class ListRows {
  readonly counts: ListCounts = { accepted: 0, refused: 0 }
  readonly problems: RowProblem[] = []
  readonly #wishes: ColumnWishes
  readonly #rules: PersonRules
  readonly #onPerson: (person: Person, line: number) => void
  #columns: Columns | null = null
  #columnProblem: ImportRefusal = 'number_column_not_found'
  /** Lines before the columns were found: a title, or, in a list without headers, bad rows. */
  readonly #linesAbove: number[] = []

  constructor(wishes: ColumnWishes, rules: PersonRules, onPerson: (person: Person, line: number) => void) {
    this.#wishes = wishes
    this.#rules = rules
    this.#onPerson = onPerson
  }

  get rows(): number {
    return this.counts.accepted + this.counts.refused
  }

  /** Null before the columns are found. */
  get position(): RowsPosition | null {
    return this.#columns && { columns: this.#columns, counts: { ...this.counts }, problems: [...this.problems] }
  }

  resume({ columns, counts, problems }: RowsPosition): void {
    this.#columns = columns
    Object.assign(this.counts, counts)
    this.problems.push(...problems)
  }

  /** `damaged`: places of numbers that a spreadsheet program has shortened, whatever their text says. */
  add(row: readonly string[], line: number, damaged: readonly number[] = []): void {
    const columns = this.#columns ?? this.#lookForColumns(row, line)
    if (columns === null) return
    const person = this.#read(row, columns, damaged)
    if (person === null) return
    if (this.rows >= MAX_ROWS) throw new ImportRefused('too_many_rows')
    if (typeof person === 'string') {
      this.#refuse(line, person)
    } else {
      this.counts.accepted += 1
      this.#onPerson(person, line)
    }
  }

  end(): void {
    if (this.#columns === null) throw new ImportRefused(this.#columnProblem)
  }

  /** Null for a blank row. */
  #read(row: readonly string[], columns: Columns, damaged: readonly number[]): Person | RowReason | null {
    if (row.length > MAX_COLUMNS) return 'too_many_columns'
    const name = plainCell(row[columns.name] ?? '')
    const number = plainCell(row[columns.number] ?? '')
    if (name === '' && number === '' && row.every((cell) => cell.trim() === '')) return null
    if (number === '') return 'number_missing'
    if (name === '') return 'name_missing'
    if (damaged.includes(columns.number)) return 'number_mangled'
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
