import { renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { readCheckpoint, writeCheckpoint } from './checkpoint.js'
import { RECORD_BYTES, RosterDigests } from './digests.js'
import { type WorkFiles, workFiles } from './directory.js'
import type { ImportJob, ImportOutcome, ImportProgress, ImportReport } from './import-protocol.js'
import { ListReader } from './list-reader.js'
import type { Person } from './list-rows.js'
import { personRules } from './person-rules.js'
import { ImportRefused, MAX_PROBLEMS, type RowRepeat } from './problems.js'
import { syncPath, writeRosterFile } from './roster-file.js'
import { Spool } from './spool.js'
import { isWorkbook, SIGNATURE_BYTES, WorkbookReader } from './workbook-reader.js'

/** Error codes of SQLite and of the system that mean a full disk. */
const DISK_FULL = new Set(['SQLITE_FULL', 'ENOSPC', 'EDQUOT'])
/** How much of a list may have to be read again after a loss of power. */
const CHECKPOINT_BYTES = 32 * 1_048_576
/** Ends that are nobody's fault: what was read so far is still good. */
const INTERRUPTIONS = new Set(['cancelled', 'stream_failed'])

/**
 * Makes one roster file of one list: reads, digests, sorts, writes, syncs, and gives the file its final name. Runs in a
 * worker thread. It is not in service before the directory's pointer names it. An import with an id leaves a checkpoint
 * where it is interrupted, and goes on from there.
 */
export class Importer {
  readonly #job: ImportJob
  readonly #report: (progress: ImportProgress) => void
  readonly #digests: RosterDigests
  readonly #files: WorkFiles
  readonly #spool: Spool
  readonly #cancelled: Int32Array
  readonly #record = Buffer.alloc(RECORD_BYTES)
  readonly #csv: ListReader
  #workbook: WorkbookReader | null = null
  /** The first bytes, until they tell a workbook from a text; null afterwards. */
  #head: Buffer | null = Buffer.alloc(0)
  #bytes = 0
  #bytesAtCheckpoint = 0

  constructor(job: ImportJob, report: (progress: ImportProgress) => void) {
    this.#job = job
    this.#report = report
    this.#digests = new RosterDigests(job.key)
    this.#files = workFiles(job.rosterFile)
    this.#cancelled = new Int32Array(job.cancelled)
    const saved = job.isResumed ? readCheckpoint(this.#files.checkpoint, this.#digests) : null
    if (job.isResumed && saved === null) throw new Error('there is no checkpoint to go on from')
    this.#spool =
      saved === null
        ? new Spool(this.#files.spool)
        : new Spool(this.#files.spool, { state: saved.spool, tails: saved.tails })
    this.#csv = new ListReader(job.wishes, personRules(job.nowMs), this.#add, saved?.position)
    if (saved === null) return
    this.#head = null
    this.#bytes = this.#bytesAtCheckpoint = saved.position.offset
  }

  /** Null while all is well; otherwise how the import ended. Faults of the disk or of ours are thrown. */
  write(bytes: Uint8Array): Promise<ImportOutcome | null> {
    return this.#guarded(async () => {
      this.#stopIfCancelled()
      await this.#take(bytes)
      this.#bytes += bytes.byteLength
      if (this.#bytes - this.#bytesAtCheckpoint >= CHECKPOINT_BYTES) this.#save()
      this.#progress()
      return null
    })
  }

  async end(): Promise<ImportOutcome> {
    const outcome = await this.#guarded(async () => {
      this.#stopIfCancelled()
      if (this.#head !== null) await this.#csv.write(this.#head)
      this.#save()
      if (this.#workbook === null) await this.#csv.end()
      else await this.#readWorkbook(this.#workbook)
      if (this.#list.counts.accepted === 0) throw new ImportRefused('no_valid_row')
      return this.#build()
    })
    if (outcome === null) throw new Error('an import that has ended has an outcome')
    return outcome
  }

  /** The bytes stopped coming. */
  breakOff(): Promise<ImportOutcome | null> {
    return this.#guarded(() => Promise.reject(new ImportRefused('stream_failed')))
  }

  get #list() {
    return this.#workbook?.list ?? this.#csv.list
  }

  #add = (person: Person, line: number): void => {
    this.#digests.write(person.number, person.nameKey, this.#record, 0)
    if (!this.#spool.add(this.#record, line)) throw new ImportRefused('too_many_repeats')
  }

  async #take(bytes: Uint8Array): Promise<void> {
    let next = bytes
    if (this.#head !== null) {
      this.#head = Buffer.concat([this.#head, bytes])
      if (this.#head.length < SIGNATURE_BYTES) return
      next = this.#head
      this.#head = null
      if (isWorkbook(next)) {
        this.#workbook = new WorkbookReader(
          this.#files.upload,
          this.#job.wishes,
          personRules(this.#job.nowMs),
          this.#add,
        )
      }
    }
    await (this.#workbook ?? this.#csv).write(next)
  }

  async #readWorkbook(workbook: WorkbookReader): Promise<void> {
    for await (const _ of workbook.read()) {
      this.#stopIfCancelled()
      this.#progress()
    }
  }

  #build(): ImportOutcome {
    const { generation, rosterFile, nowMs } = this.#job
    const found = { duplicates: 0, conflicts: 0, repeats: [] as RowRepeat[] }
    const { building } = this.#files
    rmSync(building, { force: true })
    const count = writeRosterFile(building, this.#batches(found), this.#digests, { generation, madeAtMs: nowMs })
    this.#stopIfCancelled()
    this.#report({ phase: 'publishing', bytes: this.#bytes, rows: count })
    renameSync(building, rosterFile)
    syncPath(dirname(rosterFile))
    this.#spool.close()
    for (const path of [this.#files.checkpoint, this.#files.upload]) rmSync(path, { force: true })
    const repeats = found.repeats.toSorted((one, other) => one.line - other.line).slice(0, MAX_PROBLEMS)
    return { ok: true, count, ...found, repeats, ...this.#found(), generation }
  }

  *#batches(found: { duplicates: number; conflicts: number; repeats: RowRepeat[] }): Generator<Buffer> {
    let rows = 0
    for (const bucket of this.#spool.sorted()) {
      this.#stopIfCancelled()
      found.duplicates += bucket.duplicates
      found.conflicts += bucket.conflicts
      found.repeats.push(...bucket.repeats)
      rows += bucket.records.length / RECORD_BYTES
      yield bucket.records
      this.#report({ phase: 'writing', bytes: this.#bytes, rows })
    }
  }

  #progress(): void {
    this.#report({ phase: 'reading', bytes: this.#bytes, rows: this.#list.rows })
  }

  #found(): ImportReport {
    const { counts, problems } = this.#list
    return { accepted: counts.accepted, refused: counts.refused, problems, encoding: this.#csv.encoding }
  }

  /** Leaves a checkpoint, if this import may be gone on with and it can be told where. Says whether there is one now. */
  #save(): boolean {
    const { id } = this.#job
    const position = this.#workbook === null ? this.#csv.position : null
    if (id === null || position === null) return false
    const { state, tails } = this.#spool.save()
    writeCheckpoint(this.#files.checkpoint, { id, position, spool: state, tails }, this.#digests)
    this.#bytesAtCheckpoint = this.#bytes
    return true
  }

  #stopIfCancelled(): void {
    if (Atomics.load(this.#cancelled, 0) !== 0) throw new ImportRefused('cancelled')
  }

  async #guarded(step: () => Promise<ImportOutcome | null>): Promise<ImportOutcome | null> {
    try {
      return await step()
    } catch (error) {
      if (error instanceof ImportRefused && INTERRUPTIONS.has(error.reason) && this.#leave()) {
        return { ok: false, reason: error.reason, report: this.#found(), isResumable: true }
      }
      this.#clearAway()
      if (error instanceof ImportRefused) return { ok: false, reason: error.reason, report: this.#found() }
      if (isDiskFull(error)) return { ok: false, reason: 'disk_full', report: this.#found() }
      throw error
    }
  }

  /** Ends in such a way that it can be gone on with; false where it cannot. */
  #leave(): boolean {
    // In the middle of writing the file, the checkpoint before it still holds.
    if (this.#job.id === null || this.#workbook !== null || !this.#save()) return false
    this.#spool.leave()
    rmSync(this.#files.building, { force: true })
    return true
  }

  #clearAway(): void {
    this.#spool.close()
    for (const path of Object.values(this.#files)) rmSync(path, { force: true })
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && DISK_FULL.has(String(error.code))
}
