/** What a sheet may cost. Counted on what really comes out, never on what a file declares. */
export interface SheetLimits {
  readonly fileMaxBytes: number
  /** Parts of the archive that an XLSX file is. */
  readonly entriesMax: number
  /** Bytes of one part, unpacked. */
  readonly entryMaxBytes: number
  /** Bytes unpacked for each byte packed, of one part. */
  readonly ratioMax: number
  /** Rows below the header that hold something. */
  readonly rowsMax: number
  readonly columnsMax: number
  /** UTF-16 units of one cell. */
  readonly cellMaxChars: number
  /** UTF-16 units of all cells: a shared text counts as often as it is used. */
  readonly textMaxChars: number
  /** Time that reading may take in all; what the reader of the rows takes between two batches does not count. */
  readonly wallClockMs: number
  /** Heap of the process that reads. */
  readonly heapMaxMb: number
}

const MIB = 1_048_576

export const SHEET_LIMITS: SheetLimits = {
  fileMaxBytes: 20 * MIB,
  entriesMax: 200,
  entryMaxBytes: 64 * MIB,
  ratioMax: 100,
  rowsMax: 100_000,
  columnsMax: 50,
  cellMaxChars: 1_024,
  textMaxChars: 64 * MIB,
  wallClockMs: 60_000,
  heapMaxMb: 64,
}

/** A title and a remark may stand above the header: it is looked for in so many rows. */
export const HEADER_ROWS = 5
/** Rows that a page of a spreadsheet program has, blank ones included. */
export const PAGE_ROWS = 1_048_576
