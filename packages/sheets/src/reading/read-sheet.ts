import type { SheetFile } from '../files/sheet-file.js'
import { SHEET_LIMITS, type SheetLimits } from '../limits.js'
import { type SheetProblem, SheetRefused } from '../problem.js'
import type { SheetRow } from '../sheet-row.js'
import type { Inspection } from './inspect.js'
import { ReaderProcess } from './reader-process.js'
import type { FromReader } from './reader-protocol.js'

export interface InspectOptions {
  readonly limits?: Partial<SheetLimits>
  /** Name of the sheet to look at; the first that is not hidden if absent. */
  readonly sheet?: string
  /** Where the header is, if somebody has said so: null says that there is none. */
  readonly headerRow?: number | null
  readonly signal?: AbortSignal
}

export type InspectOutcome =
  | ({ readonly ok: true } & Inspection)
  | { readonly ok: false; readonly problem: SheetProblem }

export interface ReadOptions {
  readonly limits?: Partial<SheetLimits>
  readonly sheet?: string
  /** As `inspectSheet` found it, or somebody said. Rows up to it are not given out. */
  readonly headerRow: number | null
  /** The first row wanted, to go on where a reading ended. Rows above it are read and passed over. */
  readonly from?: number
  readonly signal?: AbortSignal
}

/**
 * Reads a whole file once: what it is, where its header is, which columns are the name and the number, and the first
 * rows. A file that is refused is an outcome; a file that cannot be opened throws.
 */
export async function inspectSheet(
  file: SheetFile,
  { limits, sheet, headerRow, signal }: InspectOptions = {},
): Promise<InspectOutcome> {
  const reader = new ReaderProcess(
    { kind: 'inspect', file, limits: { ...SHEET_LIMITS, ...limits }, wishes: { sheet, headerRow } },
    signal,
  )
  try {
    const message = await reader.next()
    if (message.kind === 'refused') return { ok: false, problem: message.problem }
    if (message.kind !== 'inspected') throw unexpected(message)
    return { ok: true, ...message.inspection }
  } catch (error) {
    if (error instanceof SheetRefused) return { ok: false, problem: error.problem }
    throw error
  } finally {
    reader.close()
  }
}

/**
 * The rows below the header in batches, in their order, without blank ones. One batch is read ahead of what is asked
 * for; leaving the loop ends the reading. Throws `SheetRefused`.
 */
export async function* readSheet(
  file: SheetFile,
  { limits, sheet, headerRow, from, signal }: ReadOptions,
): AsyncGenerator<readonly SheetRow[], void, undefined> {
  const first = Math.max((headerRow ?? 0) + 1, from ?? 0)
  const reader = new ReaderProcess(
    { kind: 'read', file, limits: { ...SHEET_LIMITS, ...limits }, wishes: { sheet, headerRow, from: first } },
    signal,
  )
  try {
    for (;;) {
      const message = await reader.next()
      if (message.kind === 'end') return
      if (message.kind === 'refused') {
        throw new SheetRefused(message.problem.code, message.problem.detail, message.problem.row)
      }
      if (message.kind !== 'rows') throw unexpected(message)
      yield message.rows
    }
  } finally {
    reader.close()
  }
}

function unexpected(message: FromReader): Error {
  return new Error(`reading the sheet failed: ${message.kind === 'fault' ? message.code : message.kind}`)
}
