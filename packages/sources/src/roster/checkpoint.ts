import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { RosterDigests } from './digests.js'
import type { ListPosition } from './list-reader.js'
import { syncPath } from './roster-file.js'
import type { SpoolState } from './spool.js'

const FORMAT = 1
const LENGTH_BYTES = 4
const OWNER_ONLY = 0o600

/** How far an import is: all it takes to go on after a loss of power, and no text of the list. */
export interface Checkpoint {
  /** What the importer calls the list: the same for the same list and the same columns. */
  readonly id: string
  readonly position: ListPosition
  readonly spool: SpoolState
  readonly tails: Buffer
}

/** Puts a checkpoint in the place of the one before, at once. The spool's blocks must have been synced. */
export function writeCheckpoint(path: string, { tails, ...rest }: Checkpoint, digests: RosterDigests): void {
  const head = Buffer.from(JSON.stringify({ format: FORMAT, keyCheck: digests.keyCheck().toString('hex'), ...rest }))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(head.length)
  const next = `${path}.next`
  const file = openSync(next, 'w', OWNER_ONLY)
  try {
    for (const part of [length, head, tails]) writeFully(file, part)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(next, path)
  syncPath(dirname(path))
}

/** Null where there is none that can be gone on with: none at all, of another version, or under another key. */
export function readCheckpoint(path: string, digests: RosterDigests): Checkpoint | null {
  try {
    const bytes = readFileSync(path)
    const end = LENGTH_BYTES + bytes.readUInt32LE(0)
    const { format, keyCheck, ...rest } = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, end))
    if (format !== FORMAT || keyCheck !== digests.keyCheck().toString('hex')) return null
    return { ...rest, tails: bytes.subarray(end) }
  } catch {
    return null
  }
}

function writeFully(file: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
}
