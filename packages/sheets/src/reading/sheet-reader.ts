import type { Delimiter } from '../csv/delimiter.js'
import type { TextEncoding } from '../csv/text-stream.js'
import type { SheetRow } from '../sheet-row.js'

export type SheetFormat = 'csv' | 'xlsx'

/** What a file turned out to be. */
export interface SheetFacts {
  readonly format: SheetFormat
  readonly encoding: TextEncoding
  /** Null for XLSX. */
  readonly delimiter: Delimiter | null
  /** Names of the sheets in their order; one without a name for CSV. */
  readonly sheets: readonly string[]
  /** The one that is read. */
  readonly sheet: string
}

/** One format, read row by row. Refuses by throwing `SheetRefused`; runs in a process of its own. */
export interface SheetReader {
  /** Complete once the first rows have come. */
  facts(): SheetFacts
  /** Batches of rows in their order, without blank ones; a batch may be empty. */
  rows(): AsyncGenerator<readonly SheetRow[]>
}
