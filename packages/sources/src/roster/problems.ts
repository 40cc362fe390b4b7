import type { SheetLimits } from '@heyan/sheets'

/** What is wrong with one row. Codes only: the row's text is never kept. */
export type RowReason =
  | 'name_missing'
  | 'name_invalid'
  | 'number_missing'
  | 'number_invalid'
  /** The spreadsheet program turned the number into `1.10105E+17`: format the column as text and export again. */
  | 'number_mangled'
  /** Bytes that are no text in the file's encoding. */
  | 'undecodable'
  | 'too_many_columns'

export interface RowProblem {
  /** From 1, as a text editor counts. */
  readonly line: number
  readonly reason: RowReason
}

/** A row about a number that an earlier row was about. */
export interface RowRepeat {
  readonly line: number
  readonly earlierLine: number
  /** Whether the name is another; then the later row counts. */
  readonly isConflict: boolean
}

/** The first of the bad rows; the others are only counted. */
export const MAX_PROBLEMS = 100
/** One row of the file; an open quotation mark that swallows the rest of the file ends here too. */
export const MAX_ROW_BYTES = 65_536
export const MAX_COLUMNS = 200
export const MAX_ROWS = 100_000_000

/** An XLSX list: the operator's own, so it may be as large as a page of a spreadsheet program. */
export const LIST_SHEET_LIMITS: Partial<SheetLimits> = {
  fileMaxBytes: 512 * 1_048_576,
  entryMaxBytes: 512 * 1_048_576,
  rowsMax: 1_048_576,
  columnsMax: MAX_COLUMNS,
  cellMaxChars: 32_767,
  textMaxChars: 4_096 * 1_048_576,
  wallClockMs: 3_600_000,
  heapMaxMb: 256,
}

/** Why an import ended without a new roster. The old one goes on serving. */
export type ImportRefusal =
  | 'name_column_not_found'
  | 'number_column_not_found'
  /** A row longer than `MAX_ROW_BYTES`: most often a quotation mark that is never closed. */
  | 'row_too_long'
  /** The file ends inside a quotation mark. */
  | 'quote_not_closed'
  | 'too_many_rows'
  /** One number in millions of rows: not a list of people. */
  | 'too_many_repeats'
  /** Not one row was a person. */
  | 'no_valid_row'
  /** The old binary .xls: it must be saved as .xlsx. */
  | 'legacy_xls'
  /** Opens with a password only. */
  | 'encrypted'
  /** A workbook that is damaged, or no workbook at all. */
  | 'sheet_broken'
  /** A workbook beyond `LIST_SHEET_LIMITS`. */
  | 'sheet_too_large'
  | 'disk_full'
  /** What was sent does not go on where the unfinished import ended. */
  | 'cannot_resume'
  /** The bytes stopped coming: the upload broke off. */
  | 'stream_failed'
  | 'cancelled'
  /** Another import is under way. */
  | 'busy'
  | 'closed'

/** Ends an import from inside its pipeline. */
export class ImportRefused extends Error {
  readonly reason: ImportRefusal

  constructor(reason: ImportRefusal) {
    super(`the import was refused: ${reason}`)
    this.name = 'ImportRefused'
    this.reason = reason
  }
}
