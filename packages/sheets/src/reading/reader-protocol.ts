import type { SheetFile } from '../files/sheet-file.js'
import type { SheetLimits } from '../limits.js'
import type { SheetProblem } from '../problem.js'
import type { SheetRow } from '../sheet-row.js'
import type { Inspection } from './inspect.js'
import type { ReadWishes } from './open-reader.js'

/** What the process is told first. */
export interface ReaderJob {
  readonly kind: 'inspect' | 'read'
  readonly file: SheetFile
  readonly limits: SheetLimits
  readonly wishes: ReadWishes
}

/** Asks for the next batch of rows. */
export interface ToReader {
  readonly kind: 'next'
}

export type FromReader =
  | { readonly kind: 'inspected'; readonly inspection: Inspection }
  | { readonly kind: 'rows'; readonly rows: readonly SheetRow[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'refused'; readonly problem: SheetProblem }
  /** A bug or a failing disk; by its code, since a text may quote the file. */
  | { readonly kind: 'fault'; readonly code: string }
