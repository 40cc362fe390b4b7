/** One row of a sheet that holds something. */
export interface SheetRow {
  /** As a spreadsheet program counts them, from 1, blank rows included. */
  readonly row: number
  /** Texts as they stand, from the first column to the last that holds something. */
  readonly cells: readonly string[]
  /**
   * Places in `cells` (from 0) of numbers that a spreadsheet program took for quantities: of more than 15 digits, the last
   * are lost. The text is what is left of the number.
   */
  readonly damaged: readonly number[]
}
