import type { Delimiter } from '../csv/delimiter.js'
import type { TextEncoding } from '../csv/text-stream.js'
import { HEADER_ROWS, type SheetLimits } from '../limits.js'
import { SheetRefused } from '../problem.js'
import { type ColumnEvidence, findHeaderRow, recogniseColumns } from '../recognition/recognise.js'
import type { SheetRow } from '../sheet-row.js'
import type { SheetFormat, SheetReader } from './sheet-reader.js'

export const PREVIEW_ROWS = 20
/** Rows that the columns are recognised by. */
const SAMPLE_ROWS = 200

/** What can be told of a sheet before anything is asked about its people. */
export interface Inspection {
  readonly format: SheetFormat
  readonly encoding: TextEncoding
  /** Null for XLSX. */
  readonly delimiter: Delimiter | null
  /** Names of the sheets in their order; one without a name for CSV. */
  readonly sheets: readonly string[]
  /** The one that was looked at. */
  readonly sheet: string
  /** Row of the header; null where there is none. For `readSheet`. */
  readonly headerRow: number | null
  readonly header: readonly string[] | null
  /** One for each column up to the last that holds something. */
  readonly columns: readonly ColumnEvidence[]
  /** The first rows below the header. */
  readonly preview: readonly SheetRow[]
  /** Rows below the header that hold something. */
  readonly rows: number
  /** Rows with a number whose last digits a spreadsheet program lost. */
  readonly damagedRows: number
}

/** Reads the whole sheet once, and keeps its first rows. */
export async function inspect(
  reader: SheetReader,
  { rowsMax }: SheetLimits,
  { headerRow: wished }: { readonly headerRow?: number | null | undefined },
): Promise<Inspection> {
  const sample: SheetRow[] = []
  let [total, width, damagedTotal] = [0, 0, 0]
  for await (const rows of reader.rows()) {
    for (const row of rows) {
      total += 1
      if (sample.length < SAMPLE_ROWS) sample.push(row)
      width = Math.max(width, row.cells.length)
      if (row.damaged.length > 0) damagedTotal += 1
    }
  }
  const headerRow = wished === undefined ? findHeaderRow(sample.slice(0, HEADER_ROWS + 1), sample) : wished
  const isBelow = ({ row }: SheetRow): boolean => row > (headerRow ?? 0)
  const above = sample.filter((row) => !isBelow(row)).length
  const below = sample.filter(isBelow)
  const rows = total - above
  if (rows === 0) throw new SheetRefused('empty', 'no row below the header')
  if (rows > rowsMax) throw new SheetRefused('too_many_rows', `at most ${rowsMax} rows`)
  const header = headerRow === null ? null : (sample.find(({ row }) => row === headerRow)?.cells ?? [])
  return {
    ...reader.facts(),
    headerRow,
    header,
    columns: recogniseColumns(header, below, width),
    preview: below.slice(0, PREVIEW_ROWS),
    rows,
    damagedRows: damagedTotal,
  }
}
