import { closeSync, fsyncSync, openSync, readFileSync, rmSync, type Stats, writeSync } from 'node:fs'
import { AdminError } from '../admin-error.js'

const OWNER_ONLY = 0o600

/** Which batch stands for which files, so that the same command, given again, goes on instead of paying again. */
export interface BatchNote {
  readonly batchId: string
  readonly url: string
  /** Of the file that was sent: its size and when it was last changed. No digest: of one person's sheet it could be guessed. */
  readonly size: number
  readonly changedMs: number
}

export const notePath = (output: string): string => `${output}.batch`

export function readNote(output: string): BatchNote | null {
  const path = notePath(output)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const note = parsed(text)
  if (note === null)
    throw new AdminError(
      'note_invalid',
      `${path} is no note of a batch: remove it to begin a new one, which is charged`,
    )
  return note
}

function parsed(text: string): BatchNote | null {
  try {
    const note = JSON.parse(text) as BatchNote
    return /^bat_\w+$/.test(note.batchId) && typeof note.url === 'string' ? note : null
  } catch {
    return null
  }
}

/** On the disk before anything is charged. */
export function writeNote(output: string, note: BatchNote): void {
  const file = openSync(notePath(output), 'wx', OWNER_ONLY)
  try {
    writeSync(file, `${JSON.stringify(note)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

export function removeNote(output: string): void {
  rmSync(notePath(output), { force: true })
}

export function isNoteOf(note: BatchNote, url: string, { size, mtimeMs }: Stats): boolean {
  return note.url === url && note.size === size && note.changedMs === Math.trunc(mtimeMs)
}
