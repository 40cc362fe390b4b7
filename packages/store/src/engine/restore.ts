import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { audit } from '../audit.js'
import { keysOf } from '../keys.js'
import type { AuditReport } from './audit-fold.js'
import { syncFile } from './backup.js'
import { lockStore } from './lock.js'
import { openForReading } from './sqlite.js'

export interface RestoreOptions {
  readonly backup: string
  /** Where the store is to be. */
  readonly file: string
  readonly lockFile: string
  /** The key that the store was made with; another one is refused. */
  readonly master: Buffer
  /** Put in the place of a store that is there; that one is kept beside it. */
  readonly isReplacing: boolean
  /** Names what is kept; epoch ms. */
  readonly now: number
}

export interface Restored extends AuditReport {
  /** Where the store is that was there before; null: none was. */
  readonly kept: string | null
}

/**
 * Puts a backup in a store's place. Under the store's lock, so never beside a server; added up, and held against the master key,
 * before anything is touched; and the file changes in one step.
 */
export function restore({ backup, file, lockFile, master, isReplacing, now }: RestoreOptions): Restored {
  if (!existsSync(backup)) throw new Error(`there is no file ${backup}`)
  const lock = lockStore(lockFile)
  try {
    if (existsSync(file) && !isReplacing)
      throw new Error(`there is a store at ${file}: it is only replaced (and kept beside) with --force`)
    const partial = `${file}.restoring`
    rmSync(partial, { force: true })
    copyFileSync(backup, partial)
    try {
      checkKey(partial, master)
      const report = audit(partial, master)
      if (!report.ok) throw new Error(`the backup does not add up: ${report.problems.join('; ')}`)
      syncFile(partial)
      const kept = keepOld(file, now)
      renameSync(partial, file)
      syncFile(dirname(file))
      return { ...report, kept }
    } finally {
      rmSync(partial, { force: true })
    }
  } finally {
    lock.release()
  }
}

function checkKey(file: string, master: Buffer): void {
  const db = openForReading(file)
  try {
    const known = db.prepare<[], string>('SELECT check_value FROM keys WHERE retired_at IS NULL').pluck().all()
    if (!known.includes(keysOf(master).checkValue))
      throw new Error('the master key is not the one this backup was made with')
  } finally {
    db.close()
  }
}

/** With its log beside it, which may hold what is not in the file yet. */
function keepOld(file: string, now: number): string | null {
  if (!existsSync(file)) return null
  const kept = `${file}.before-restore-${now}`
  for (const part of ['-wal', '-shm', '']) if (existsSync(file + part)) renameSync(file + part, kept + part)
  return kept
}
