/** How a cell is coloured: what it says, not which colour. */
export type Tone = 'good' | 'bad' | 'unsure' | 'quiet'

export interface SheetColumn {
  readonly title: string
  /** `text` is never read as a number, a date or a formula by any program; `count` is a whole number. */
  readonly kind: 'text' | 'count'
  /** In characters, as spreadsheet programs count them. */
  readonly width?: number
  /** Whether a row's tone colours its cell in this column. */
  readonly isToned?: boolean
}

export interface WrittenRow {
  /** One text for each column; missing ones are empty. */
  readonly cells: readonly string[]
  readonly tone?: Tone | undefined
}

/** The page beside the rows: lines of words, and counts with a chart of them. XLSX only. */
export interface SheetSummary {
  /** Name of the page. */
  readonly sheetName: string
  readonly title: string
  readonly lines: readonly (readonly [label: string, value: string])[]
  readonly chart: {
    readonly title: string
    readonly labelTitle: string
    readonly countTitle: string
    readonly bars: readonly { readonly label: string; readonly count: number; readonly tone?: Tone }[]
  }
}

export interface SheetWriterOptions {
  readonly format: 'csv' | 'xlsx'
  readonly columns: readonly SheetColumn[]
  /** Name of the page of rows. XLSX only. */
  readonly sheetName: string
}

/** Writes a sheet row by row, in flat memory. The file must not exist yet, and is whole once `finish` has resolved. */
export interface SheetWriter {
  write(rows: readonly WrittenRow[]): Promise<void>
  /** Syncs the file to the disk. A CSV file has no summary. */
  finish(summary?: SheetSummary): Promise<void>
  /** Gives up and deletes what there is. */
  abort(): Promise<void>
}
