import { renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { RECORD_BYTES, RosterDigests } from './digests.js'
import { workFiles } from './directory.js'
import type { ImportJob, ImportOutcome, ImportProgress, ImportReport } from './import-protocol.js'
import { ListReader } from './list-reader.js'
import { personRules } from './person-rules.js'
import { ImportRefused } from './problems.js'
import { syncPath, writeRosterFile } from './roster-file.js'
import { Spool } from './spool.js'

/** Error codes of SQLite and of the system that mean a full disk. */
const DISK_FULL = new Set(['SQLITE_FULL', 'ENOSPC', 'EDQUOT'])

/**
 * Makes one roster file of one list: reads, digests, sorts, writes, syncs, and gives the file its final name. Runs in a
 * worker thread. It is not in service before the directory's pointer names it.
 */
export class Importer {
  readonly #job: ImportJob
  readonly #report: (progress: ImportProgress) => void
  readonly #digests: RosterDigests
  readonly #spool: Spool
  readonly #list: ListReader
  readonly #cancelled: Int32Array
  readonly #record = Buffer.alloc(RECORD_BYTES)
  #bytes = 0

  constructor(job: ImportJob, report: (progress: ImportProgress) => void) {
    this.#job = job
    this.#report = report
    this.#digests = new RosterDigests(job.key)
    this.#spool = new Spool(workFiles(job.rosterFile).spool)
    this.#cancelled = new Int32Array(job.cancelled)
    this.#list = new ListReader(job.wishes, personRules(job.nowMs), (person) => {
      this.#digests.write(person.number, person.nameKey, this.#record, 0)
      if (!this.#spool.add(this.#record)) throw new ImportRefused('too_many_repeats')
    })
  }

  /** Null while all is well; otherwise how the import ended. Faults of the disk or of ours are thrown. */
  write(bytes: Uint8Array): Promise<ImportOutcome | null> {
    return this.#guarded(async () => {
      this.#stopIfCancelled()
      await this.#list.write(bytes)
      this.#bytes += bytes.byteLength
      this.#report({ phase: 'reading', bytes: this.#bytes, rows: this.#list.rows })
      return null
    })
  }

  async end(): Promise<ImportOutcome> {
    const outcome = await this.#guarded(async () => {
      this.#stopIfCancelled()
      await this.#list.end()
      if (this.#list.counts.accepted === 0) throw new ImportRefused('no_valid_row')
      return this.#build()
    })
    if (outcome === null) throw new Error('an import that has ended has an outcome')
    return outcome
  }

  #build(): ImportOutcome {
    const { generation, rosterFile, nowMs } = this.#job
    const { building } = workFiles(rosterFile)
    const repeats = { duplicates: 0, conflicts: 0 }
    const count = writeRosterFile(building, this.#batches(repeats), this.#digests, { generation, madeAtMs: nowMs })
    this.#stopIfCancelled()
    this.#report({ phase: 'publishing', bytes: this.#bytes, rows: count })
    renameSync(building, rosterFile)
    syncPath(dirname(rosterFile))
    this.#spool.close()
    return { ok: true, count, ...repeats, ...this.#found(), generation }
  }

  *#batches(repeats: { duplicates: number; conflicts: number }): Generator<Buffer> {
    let rows = 0
    for (const bucket of this.#spool.sorted()) {
      this.#stopIfCancelled()
      repeats.duplicates += bucket.duplicates
      repeats.conflicts += bucket.conflicts
      rows += bucket.records.length / RECORD_BYTES
      yield bucket.records
      this.#report({ phase: 'writing', bytes: this.#bytes, rows })
    }
  }

  #found(): ImportReport {
    const { counts, problems, encoding } = this.#list
    return { accepted: counts.accepted, refused: counts.refused, problems, encoding }
  }

  #stopIfCancelled(): void {
    if (Atomics.load(this.#cancelled, 0) !== 0) throw new ImportRefused('cancelled')
  }

  async #guarded(step: () => Promise<ImportOutcome | null>): Promise<ImportOutcome | null> {
    try {
      return await step()
    } catch (error) {
      this.#clearAway()
      if (error instanceof ImportRefused) return { ok: false, reason: error.reason, report: this.#found() }
      if (isDiskFull(error)) return { ok: false, reason: 'disk_full', report: this.#found() }
      throw error
    }
  }

  #clearAway(): void {
    this.#spool.close()
    for (const path of Object.values(workFiles(this.#job.rosterFile))) rmSync(path, { force: true })
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && DISK_FULL.has(String(error.code))
}
