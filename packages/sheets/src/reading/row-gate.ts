import { HEADER_ROWS, PAGE_ROWS, type SheetLimits } from '../limits.js'
import { SheetRefused } from '../problem.js'
import type { SheetRow } from '../sheet-row.js'

export interface RowWishes {
  /** Where the header is; null where there is none. Undefined while it is still looked for. */
  readonly headerRow?: number | null | undefined
  /** The first row that is wanted. */
  readonly from?: number | undefined
}

/** Lets the rows of any format through: blank ones are dropped, and what the limits forbid ends the reading. */
export class RowGate {
  readonly #limits: SheetLimits
  readonly #from: number
  readonly #headerRow: number
  readonly #rowsMax: number
  #rows = 0
  #chars = 0

  constructor(limits: SheetLimits, { headerRow, from = 0 }: RowWishes) {
    this.#limits = limits
    this.#headerRow = headerRow ?? 0
    this.#from = from
    this.#rowsMax = limits.rowsMax + (headerRow === undefined ? HEADER_ROWS : 0)
  }

  /** Null for a blank row, and for one above the first that is wanted. */
  pass(row: number, cells: string[], damaged: readonly number[]): SheetRow | null {
    const { columnsMax, cellMaxChars, textMaxChars } = this.#limits
    if (row > PAGE_ROWS && row > this.#rowsMax) {
      throw new SheetRefused('too_many_rows', `at most ${PAGE_ROWS} rows, blank ones included`)
    }
    let length = cells.length
    while (length > 0 && isBlank(cells[length - 1] ?? '')) length -= 1
    if (length === 0) return null
    if (length > columnsMax) throw new SheetRefused('too_many_columns', `at most ${columnsMax} columns`, row)
    cells.length = length
    for (const cell of cells) {
      if (cell.length > cellMaxChars) {
        throw new SheetRefused('cell_too_long', `at most ${cellMaxChars} characters`, row)
      }
      this.#chars += cell.length
    }
    if (this.#chars > textMaxChars) throw new SheetRefused('bomb', `at most ${textMaxChars} characters in all`, row)
    if (row > this.#headerRow) {
      this.#rows += 1
      if (this.#rows > this.#rowsMax) {
        throw new SheetRefused('too_many_rows', `at most ${this.#limits.rowsMax} rows`, row)
      }
    }
    return row < this.#from ? null : { row, cells, damaged }
  }
}

function isBlank(cell: string): boolean {
  return cell === '' || cell.trim() === ''
}
