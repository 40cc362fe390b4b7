import { PAGE_ROWS, type SheetLimits } from '../limits.js'
import { SheetRefused } from '../problem.js'
import type { RowGate } from '../reading/row-gate.js'
import type { SheetRow } from '../sheet-row.js'
import { numberText } from './number-text.js'
import { type SharedStrings, unescapeOffice } from './shared-strings.js'
import { dateText, type Styles } from './styles.js'
import { attribute, type XmlHandler } from './xml-scanner.js'

const LETTERS = 26
const LETTER_A = 0x41
const NO_LETTER = 64
/** Columns that a spreadsheet program has. */
const COLUMN_MAX = 16_384

export interface WorksheetContext {
  readonly strings: SharedStrings
  readonly styles: Styles
  readonly is1904: boolean
  readonly limits: SheetLimits
  readonly gate: RowGate
}

/**
 * The rows of one worksheet. Of a formula, the value that was last worked out is read and nothing else; links, comments,
 * merged cells and pictures are other parts, and stay closed. Cells right of the last column allowed take no room: one
 * that holds something ends the reading.
 */
export class Worksheet implements XmlHandler {
  readonly #context: WorksheetContext
  #rows: SheetRow[] = []
  #isInData = false
  #row = 0
  #cells: string[] = []
  #damaged: number[] = []
  #column = -1
  #type = ''
  #style = -1
  #text = ''
  /** Within `v` of a cell, or `t` of its inline text, and not in the reading aid of Hanzi. */
  #isText = false
  #phonetic = 0
  #isInCell = false

  constructor(context: WorksheetContext) {
    this.#context = context
  }

  /** The rows that have come since the last time. */
  take(): SheetRow[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  open(name: string, attributes: string): void {
    if (name === 'c') this.#openCell(attributes)
    else if (name === 'v') this.#isText = this.#isInCell
    else if (name === 't') this.#isText = this.#isInCell && this.#phonetic === 0
    else if (name === 'row') this.#openRow(attributes)
    else if (name === 'rPh') this.#phonetic += 1
    else if (name === 'sheetData') this.#isInData = true
  }

  close(name: string): void {
    if (name === 'c') this.#closeCell()
    else if (name === 'v' || name === 't') this.#isText = false
    else if (name === 'row') this.#closeRow()
    else if (name === 'rPh') this.#phonetic -= 1
    else if (name === 'sheetData') this.#isInData = false
  }

  text(text: string): void {
    if (this.#isText && this.#text.length <= this.#context.limits.cellMaxChars) this.#text += text
  }

  #openRow(attributes: string): void {
    if (!this.#isInData) return
    const said = attribute(attributes, 'r')
    const row = said === null ? this.#row + 1 : Number(said)
    if (row > PAGE_ROWS) throw new SheetRefused('too_many_rows', `at most ${PAGE_ROWS} rows`, PAGE_ROWS)
    if (!Number.isInteger(row) || row <= this.#row) throw new SheetRefused('broken', 'rows out of order', this.#row)
    this.#row = row
    this.#cells = []
    this.#damaged = []
    this.#column = -1
  }

  #closeRow(): void {
    if (!this.#isInData) return
    const row = this.#context.gate.pass(
      this.#row,
      Array.from(this.#cells, (cell) => cell ?? ''),
      this.#damaged,
    )
    if (row !== null) this.#rows.push(row)
  }

  #openCell(attributes: string): void {
    const reference = attribute(attributes, 'r')
    this.#column = reference === null ? this.#column + 1 : columnOf(reference)
    this.#type = attribute(attributes, 't') ?? 'n'
    this.#style = Number(attribute(attributes, 's') ?? -1)
    this.#text = ''
    this.#isInCell = this.#isInData
  }

  #closeCell(): void {
    this.#isInCell = false
    if (this.#text === '') return
    const { columnsMax } = this.#context.limits
    const { text, isDamaged } = this.#value()
    if (text === '') return
    if (this.#column >= columnsMax)
      throw new SheetRefused('too_many_columns', `at most ${columnsMax} columns`, this.#row)
    if (this.#column < 0) throw new SheetRefused('broken', 'a cell without a place', this.#row)
    this.#cells[this.#column] = text
    if (isDamaged) this.#damaged.push(this.#column)
  }

  #value(): { text: string; isDamaged: boolean } {
    const { strings, styles, is1904 } = this.#context
    const plain = (text: string): { text: string; isDamaged: boolean } => ({ text, isDamaged: false })
    switch (this.#type) {
      case 's': {
        const text = strings.get(Number(this.#text))
        if (text === null) throw new SheetRefused('broken', 'a cell refers to a text that is not there', this.#row)
        return plain(text)
      }
      case 'n': {
        const date = styles.isDate(this.#style) ? dateText(Number(this.#text), is1904) : null
        return date === null ? numberText(this.#text) : plain(date)
      }
      case 'b':
        return plain(this.#text === '1' ? 'TRUE' : 'FALSE')
      default:
        return plain(unescapeOffice(this.#text))
    }
  }
}

/** The place of a cell, from 0, by the letters of its reference: `AB12` is 27. -1 where there are none. */
function columnOf(reference: string): number {
  let column = 0
  for (let at = 0; at < reference.length; at += 1) {
    const code = reference.charCodeAt(at) & ~0x20
    if (code <= NO_LETTER || code >= LETTER_A + LETTERS) break
    column = Math.min(column * LETTERS + code - NO_LETTER, COLUMN_MAX)
  }
  return column - 1
}
