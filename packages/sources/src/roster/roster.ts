import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import {
  type AskContext,
  type Source,
  type SourceAnswer,
  type SubjectQuestion,
  type UnavailableReason,
  unavailable,
  verdictAnswer,
} from '@heyan/core'
import { readCheckpoint } from './checkpoint.js'
import type { ColumnWishes } from './columns.js'
import { DIGEST_BYTES, RECORD_BYTES, RosterDigests } from './digests.js'
import { RosterDirectory, workFiles } from './directory.js'
import { digestOf, receiveFile } from './edition-file.js'
import { type Bytes, importList } from './import-list.js'
import type { ImportOutcome, ImportProgress } from './import-protocol.js'
import { LOOKUP, type Lookup, openRosterFile, RosterError, type RosterFile, syncPath } from './roster-file.js'

const GENERATION_BYTES = 8

export interface RosterOptions {
  /** Made where there is none. Belongs to one process at a time. */
  readonly directory: string
  /** 32 bytes, made for this purpose alone. Copied; a roster made under another key is refused. */
  readonly key: Uint8Array
  /** Epoch milliseconds. */
  readonly now?: () => number
  /** The clock of `AskContext.deadlineMs`. */
  readonly monotonicMs?: () => number
}

export interface ImportOptions extends ColumnWishes {
  /** Called on each step of the worker, some times a second. */
  readonly onProgress?: (progress: ImportProgress) => void
  readonly signal?: AbortSignal
  /**
   * What the list is called: the same for the same bytes and the same columns, and nothing else. Such an import can be
   * interrupted by anything and gone on with.
   */
  readonly id?: string
  /** Bytes of the list before the first that is handed in: those of `unfinished()`, or none. */
  readonly from?: number
}

/** An import that was interrupted and can be gone on with. */
export interface UnfinishedImport {
  readonly id: string
  /** Bytes that need not be sent again. */
  readonly bytes: number
  /** Rows read so far. */
  readonly rows: number
}

/** The roster that serves. */
export interface RosterState {
  readonly generation: string
  readonly count: number
  readonly importedAtMs: number
}

/** A roster's file as another node knows it. */
export interface EditionFile {
  readonly generation: string
  /** In hexadecimal digits. */
  readonly sha256: string
  readonly bytes: number
  readonly count: number
  readonly madeAtMs: number
}

/** An organisation's own authoritative list. */
export interface Roster {
  readonly source: Source
  /** People on the list; 0 before the first import. */
  count(): number
  /** Null before the first import. */
  state(): RosterState | null
  /**
   * Replaces the whole list by a CSV file (UTF-8, GBK or GB18030, UTF-16) or a workbook (XLSX) with a name column and a
   * number column. The old list serves until the new one is complete and synced, and goes on serving where the import is refused, cancelled or
   * killed. Rejects only for faults: a failing disk, a lost worker.
   */
  import(list: Bytes, options?: ImportOptions): Promise<ImportOutcome>
  /** Null where there is none, or one is under way. CSV in UTF-16 and workbooks start over. */
  unfinished(): UnfinishedImport | null
  /** Throws away what an interrupted import has left. */
  forgetUnfinished(): Promise<void>
  /** The file of the list that serves, for other nodes; null before the first import. */
  edition(): Promise<EditionFile | null>
  /** Where that file is, while it is the one that serves. */
  editionPath(generation: string): string | null
  /**
   * Serves a list that another node has made. The file is verified byte by byte and opened before it takes the place of the
   * one that serves; like an import it is whole or not at all. Rejects when the bytes end in an error.
   */
  adopt(edition: EditionFile, bytes: Bytes): Promise<'adopted' | 'not_the_edition' | 'busy'>
  /** Cancels an import that is under way and closes the files. */
  close(): Promise<void>
}

/**
 * Opens the roster of a directory. The list is held as keyed digests, never as text: whoever has the file but not the
 * key can neither read it nor test a person against it. Throws `RosterError` for a wrong key or a damaged file.
 */
export function openRoster({
  directory: path,
  key,
  now = Date.now,
  monotonicMs = () => performance.now(),
}: RosterOptions): Roster {
  const digests = new RosterDigests(key)
  const directory = new RosterDirectory(path)
  const serving = directory.generation()
  const source = new RosterSource(
    digests,
    serving === null ? null : openRosterFile(directory.file(serving), digests),
    monotonicMs,
  )
  let importing: { readonly ended: Promise<unknown>; readonly abort: AbortController } | null = null

  const unfinished = (): (UnfinishedImport & { readonly generation: string }) | null => {
    const generation = directory.unfinished()
    const saved = generation === null ? null : readCheckpoint(workFiles(directory.file(generation)).checkpoint, digests)
    if (generation === null || saved === null) return null
    const { counts, offset } = saved.position
    return { generation, id: saved.id, bytes: offset, rows: counts.accepted + counts.refused }
  }

  async function forgetUnfinished(): Promise<void> {
    const generation = directory.unfinished()
    if (generation !== null) await directory.discard(generation)
  }

  let known: EditionFile | null = null
  async function edition(): Promise<EditionFile | null> {
    const serving = stateOf(source.file)
    if (serving === null || known?.generation === serving.generation) return serving && known
    const { generation, count, importedAtMs: madeAtMs } = serving
    known = { generation, count, madeAtMs, ...(await digestOf(directory.file(generation))) }
    return known
  }

  async function adopt(wanted: EditionFile, bytes: Bytes): Promise<'adopted' | 'not_the_edition'> {
    const rosterFile = directory.file(wanted.generation)
    const { building } = workFiles(rosterFile)
    try {
      const isIt = await receiveFile(bytes, building, wanted)
      const next = isIt ? openIfRoster(building, digests) : null
      next?.close()
      if (next === null || next.generation !== wanted.generation) return 'not_the_edition'
      await rename(building, rosterFile)
      syncPath(path)
      await directory.publish(wanted.generation)
      const previous = source.serve(openRosterFile(rosterFile, digests))
      known = wanted
      if (previous !== null) await directory.discard(previous).catch(() => {})
      return 'adopted'
    } finally {
      await rm(building, { force: true })
    }
  }

  async function replace(list: Bytes, options: ImportOptions, signal: AbortSignal): Promise<ImportOutcome> {
    const { id = null, from = 0 } = options
    const before = from === 0 ? null : unfinished()
    if (from !== 0 && (before === null || before.id !== id || before.bytes !== from)) {
      return { ok: false, reason: 'cannot_resume' }
    }
    if (before === null) await forgetUnfinished()
    const generation = before?.generation ?? randomBytes(GENERATION_BYTES).toString('hex')
    const rosterFile = directory.file(generation)
    const job = {
      wishes: wishesOf(options),
      key: Uint8Array.from(key),
      generation,
      rosterFile,
      nowMs: now(),
      id,
      isResumed: before !== null,
    }
    try {
      const outcome = await importList(job, list, signal, options.onProgress ?? (() => {}))
      if (!outcome.ok) return outcome
      const next = openRosterFile(rosterFile, digests)
      try {
        if (signal.aborted) return { ok: false, reason: 'cancelled', report: outcome }
        await directory.publish(generation)
      } catch (error) {
        next.close()
        throw error
      }
      const previous = source.serve(next)
      // A file that cannot be deleted now is cleared away at the next start.
      if (previous !== null) await directory.discard(previous).catch(() => {})
      return outcome
    } finally {
      // A sync that failed may have come after the pointer's rename: then the next start serves the new list.
      const isKept = directory.unfinished() === generation
      if (!isKept && source.file?.generation !== generation && directory.generation() !== generation) {
        await directory.discard(generation)
      }
    }
  }

  return {
    source,
    count: () => source.file?.count ?? 0,
    state: () => stateOf(source.file),
    async import(list, options = {}) {
      if (source.isClosed) return { ok: false, reason: 'closed' }
      if (importing !== null) return { ok: false, reason: 'busy' }
      const abort = new AbortController()
      const signal = options.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, options.signal])
      const outcome = replace(list, options, signal)
      importing = { abort, ended: outcome.catch(() => {}) }
      try {
        return await outcome
      } finally {
        importing = null
      }
    },
    unfinished() {
      const found = importing === null ? unfinished() : null
      return found && { id: found.id, bytes: found.bytes, rows: found.rows }
    },
    async forgetUnfinished() {
      if (importing === null) await forgetUnfinished()
    },
    edition,
    editionPath: (generation) => (source.file?.generation === generation ? directory.file(generation) : null),
    async adopt(wanted, bytes) {
      if (source.isClosed || importing !== null) return 'busy'
      const adopted = adopt(wanted, bytes)
      importing = { abort: new AbortController(), ended: adopted.catch(() => {}) }
      try {
        return await adopted
      } finally {
        importing = null
      }
    },
    async close() {
      importing?.abort.abort()
      await importing?.ended
      source.close()
    },
  }
}

/** Indexed by what a look-up finds: the answer is taken from a table, not decided by branches. */
const ANSWERS: Record<Lookup, SourceAnswer> = {
  [LOOKUP.absent]: verdictAnswer('no_record'),
  [LOOKUP.same]: verdictAnswer('match'),
  [LOOKUP.other]: verdictAnswer('mismatch'),
}

/**
 * The look-up, on the calling thread: two digests and one indexed read, some 5 µs, the same work for each verdict.
 * Replacing the file is one assignment between two questions, so a question never sees half a list.
 */
class RosterSource implements Source {
  readonly name = 'roster'
  readonly isLocal = true
  file: RosterFile | null
  isClosed = false
  readonly #digests: RosterDigests
  readonly #monotonicMs: () => number
  readonly #record = Buffer.alloc(RECORD_BYTES)
  readonly #number = this.#record.subarray(0, DIGEST_BYTES)
  readonly #name = this.#record.subarray(DIGEST_BYTES)

  constructor(digests: RosterDigests, file: RosterFile | null, monotonicMs: () => number) {
    this.#digests = digests
    this.file = file
    this.#monotonicMs = monotonicMs
  }

  ask(subject: SubjectQuestion, { deadlineMs, signal }: AskContext): SourceAnswer {
    if (this.file === null) return unavailable(this.isClosed ? 'closed' : 'not_ready')
    if (signal?.aborted === true) return unavailable('cancelled')
    if (this.#monotonicMs() >= deadlineMs) return unavailable('timeout')
    try {
      this.#digests.write(subject.number.text, subject.name.key, this.#record, 0)
      return ANSWERS[this.file.lookUp(this.#number, this.#name)]
    } catch {
      return unavailable('fault' satisfies UnavailableReason)
    }
  }

  isReady(): boolean {
    return this.file !== null && this.file.count > 0
  }

  close(): void {
    this.isClosed = true
    this.file?.close()
    this.file = null
  }

  /** Puts another list in service; returns the generation of the one before, whose file is then closed. */
  serve(next: RosterFile): string | null {
    const previous = this.file
    this.file = next
    previous?.close()
    return previous?.generation ?? null
  }
}

/** Null for a file that is none, or was made under another key. */
function openIfRoster(path: string, digests: RosterDigests): RosterFile | null {
  try {
    return openRosterFile(path, digests)
  } catch (error) {
    if (error instanceof RosterError) return null
    throw error
  }
}

function stateOf(file: RosterFile | null): RosterState | null {
  return file === null ? null : { generation: file.generation, count: file.count, importedAtMs: file.madeAtMs }
}

function wishesOf({ nameColumn, numberColumn }: ImportOptions): ColumnWishes {
  return {
    ...(nameColumn === undefined ? {} : { nameColumn }),
    ...(numberColumn === undefined ? {} : { numberColumn }),
  }
}
