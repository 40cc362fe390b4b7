/** Why a file is not read. */
export type SheetProblemCode =
  /** The file has more bytes than are allowed. */
  | 'too_large'
  /** Neither CSV nor XLSX: a picture, a web page, a document… */
  | 'not_a_sheet'
  /** The old binary .xls: it must be saved as .xlsx. */
  | 'legacy_xls'
  /** Opens with a password only. */
  | 'encrypted'
  | 'too_many_rows'
  | 'too_many_columns'
  | 'cell_too_long'
  /** Made to unpack into far more than it is: ratio, parts, or overlapping parts. */
  | 'bomb'
  /** A part defines entities, which no spreadsheet program writes. */
  | 'doctype'
  /** Cut short, or contradicts itself. */
  | 'broken'
  /** A quotation mark of a CSV file is never closed. */
  | 'quote_not_closed'
  /** No such sheet in the file. */
  | 'no_such_sheet'
  /** Not one row below the header. */
  | 'empty'
  | 'timeout'
  | 'cancelled'

export interface SheetProblem {
  readonly code: SheetProblemCode
  /** For operators, in English: a limit, a row, a part. Never text of the file. */
  readonly detail: string
  /** The row it was met at, as a spreadsheet program counts them, where it was at one. */
  readonly row?: number
}

/** Ends the reading of a sheet. */
export class SheetRefused extends Error {
  readonly problem: SheetProblem

  constructor(code: SheetProblemCode, detail: string, row?: number) {
    super(`the sheet was refused: ${code} (${detail}${row === undefined ? '' : `, row ${row}`})`)
    this.name = 'SheetRefused'
    this.problem = { code, detail, ...(row === undefined ? {} : { row }) }
  }
}
