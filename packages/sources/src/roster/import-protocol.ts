import type { TextEncoding } from '@heyan/sheets'
import type { ColumnWishes } from './columns.js'
import type { ImportRefusal, RowProblem, RowRepeat } from './problems.js'

/** What the worker is started with. */
export interface ImportJob {
  readonly wishes: ColumnWishes
  readonly key: Uint8Array
  readonly generation: string
  /** The roster's final path; the worker's own files are beside it. */
  readonly rosterFile: string
  readonly nowMs: number
  /** What the list is called, so that it can be gone on with; null: it cannot. */
  readonly id: string | null
  /** Goes on from the checkpoint of this generation. */
  readonly isResumed: boolean
  /** One Int32, 0 until the import is cancelled: seen by the worker even in the middle of a long step. */
  readonly cancelled: SharedArrayBuffer
}

export type ToWorker =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  /** No more bytes come, though there are more. */
  | { readonly kind: 'broken' }

/** `reading` the list, `writing` the roster's file, `publishing` it. */
export type ImportPhase = 'reading' | 'writing' | 'publishing'

export interface ImportProgress {
  readonly phase: ImportPhase
  /** Bytes of the list read so far. */
  readonly bytes: number
  /** Rows read while `reading`, rows written afterwards. */
  readonly rows: number
}

/** What an import found, whether a roster came of it or not. */
export interface ImportReport {
  /** Rows that hold a person: `count` + `duplicates` + `conflicts`. */
  readonly accepted: number
  readonly refused: number
  /** The first hundred bad rows. */
  readonly problems: readonly RowProblem[]
  readonly encoding: TextEncoding
}

export interface ImportResult extends ImportReport {
  readonly ok: true
  /** People on the new roster. */
  readonly count: number
  /** Rows that say what an earlier row has said. */
  readonly duplicates: number
  /** Rows that give another name to a number seen before; the later row counts. */
  readonly conflicts: number
  /** The first hundred of these rows. */
  readonly repeats: readonly RowRepeat[]
  readonly generation: string
}

export interface RefusedImport {
  readonly ok: false
  readonly reason: ImportRefusal
  /** Absent where nothing was read. */
  readonly report?: ImportReport
  /** The same list can be sent again from where it was interrupted. */
  readonly isResumable?: boolean
}

export type ImportOutcome = ImportResult | RefusedImport

export type FromWorker =
  | { readonly kind: 'progress'; readonly progress: ImportProgress }
  | { readonly kind: 'finished'; readonly outcome: ImportOutcome }
