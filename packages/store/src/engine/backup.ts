import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { audit } from '../audit.js'
import type { AuditReport } from './audit-fold.js'

const PRIVATE_FILE_MODE = 0o600
const PROGRESS_MS = 200

export interface BackupOptions {
  /** The store, which a server may be using. */
  readonly file: string
  /** Where the copy goes; nothing may be there yet. */
  readonly copy: string
  /** Checks signatures in the copy; null: not. */
  readonly master: Buffer | null
  /** From 0 to 1, about. */
  readonly onProgress?: (share: number) => void
}

/**
 * A copy of an embedded store as it is at one moment, beside a running server, added up before it gets its name. It has all
 * secrets sealed and no key: without the master key it is worth nothing, and the key is not in it.
 */
export async function backup({ file, copy, master, onProgress }: BackupOptions): Promise<AuditReport> {
  if (existsSync(copy)) throw new Error(`there is a file already: ${copy}`)
  const partial = `${copy}.partial`
  rmSync(partial, { force: true })
  const whole = statSync(file).size
  const progress = setInterval(() => {
    if (existsSync(partial)) onProgress?.(Math.min(1, statSync(partial).size / whole))
  }, PROGRESS_MS)
  try {
    await copyInto(file, partial)
    chmodSync(partial, PRIVATE_FILE_MODE)
    const report = audit(partial, master)
    if (!report.ok) throw new Error(`the copy does not add up: ${report.problems.join('; ')}`)
    syncFile(partial)
    renameSync(partial, copy)
    syncFile(dirname(copy))
    return report
  } finally {
    clearInterval(progress)
    rmSync(partial, { force: true })
  }
}

function copyInto(file: string, copy: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // A thread runs built code: from the sources (in tests) it is found in the build beside them.
    const script = new URL('../../dist/engine/backup-worker.js', import.meta.url)
    const worker = new Worker(script, { workerData: { file, copy } })
    worker.once('message', () => resolve()).once('error', reject)
    worker.once('exit', () => reject(new Error('the copy was not finished')))
  })
}

export function syncFile(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
