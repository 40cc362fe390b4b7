import { timingSafeEqual } from 'node:crypto'
import { closeSync, fsyncSync, openSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { RECORD_BYTES, type RosterDigests } from './digests.js'

/** 'HYRO' in ASCII: SQLite keeps it in the file's header. */
const APPLICATION_ID = 0x4859524f
const FORMAT = 1
/** Digests say nothing without the key, and are nobody else's business all the same. */
const OWNER_ONLY = 0o600
/** Look-ups touch random pages: the file is mapped up to this length, which spares a system call and a copy for each. */
const MAPPED_BYTES = 2 ** 40
/** Records handed to SQLite in one statement: 0.3 µs a row, where one statement each takes 1.2. */
const INSERT_RECORDS = 8_192

const SCHEMA = `
  CREATE TABLE roster (number BLOB NOT NULL PRIMARY KEY, name BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE about (generation TEXT NOT NULL, key_check BLOB NOT NULL, count INTEGER NOT NULL, made_at INTEGER NOT NULL);
`

/** What a look-up finds; SQLite answers with these numbers. */
export const LOOKUP = { absent: 0, same: 1, other: 2 } as const
export type Lookup = (typeof LOOKUP)[keyof typeof LOOKUP]

/**
 * The first record at or after the number's digest, and both comparisons with it: the same steps whether the number is
 * there with this name, with another, or not at all. Gives a `Lookup`; nothing at all beyond the last record.
 */
const LOOK_UP = 'SELECT (number = ?) * (1 + (name <> ?)) FROM roster WHERE number >= ? ORDER BY number LIMIT 1'

export type RosterFault = 'wrong_key' | 'damaged'
const FAULT_TEXTS: Record<RosterFault, string> = {
  wrong_key: 'the roster was made under another key: restore the master key it was made with, or import the list again',
  damaged: 'the roster file is damaged or not a roster: restore it, or delete it and import the list again',
}

/** A roster that cannot be opened. The start stops with it. */
export class RosterError extends Error {
  readonly fault: RosterFault

  constructor(fault: RosterFault, path: string) {
    super(`${FAULT_TEXTS[fault]} (${path})`)
    this.name = 'RosterError'
    this.fault = fault
  }
}

/** A finished roster, open for reading. Nothing changes a file that has its final name. */
export interface RosterFile {
  readonly generation: string
  /** People on the list. */
  readonly count: number
  readonly madeAtMs: number
  /** Throws what SQLite throws when the disk fails. */
  lookUp(numberDigest: Buffer, nameDigest: Buffer): Lookup
  close(): void
}

export interface AboutRoster {
  readonly generation: string
  readonly madeAtMs: number
}

interface AboutRow {
  generation: string
  key_check: Buffer
  count: number
  made_at: number
}

/**
 * Writes a roster from records in the order of their numbers' digests, each number once, and syncs it to the disk.
 * Rolling back is deleting the file. Returns the number of records.
 */
export function writeRosterFile(
  path: string,
  batches: Iterable<Buffer>,
  digests: RosterDigests,
  { generation, madeAtMs }: AboutRoster,
): number {
  closeSync(openSync(path, 'wx', OWNER_ONLY))
  const database = new Database(path)
  let count = 0
  try {
    // Without a journal: a file that is not finished is thrown away whole. The sync comes once, at the end.
    database.pragma('journal_mode = OFF')
    database.pragma('synchronous = OFF')
    database.pragma('temp_store = MEMORY')
    database.pragma(`application_id = ${APPLICATION_ID}`)
    database.pragma(`user_version = ${FORMAT}`)
    database.exec(`${SCHEMA} CREATE TEMP TABLE place (n INTEGER PRIMARY KEY);
      WITH RECURSIVE up (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up WHERE n < ${INSERT_RECORDS - 1})
      INSERT INTO place SELECT n FROM up; BEGIN`)
    const insert = database.prepare(`INSERT INTO roster
      SELECT substr(@records, n * ${RECORD_BYTES} + 1, 16), substr(@records, n * ${RECORD_BYTES} + 17, 16)
      FROM place WHERE n < @count ORDER BY n`)
    for (const batch of batches) {
      for (let at = 0; at < batch.length; at += INSERT_RECORDS * RECORD_BYTES) {
        const records = batch.subarray(at, at + INSERT_RECORDS * RECORD_BYTES)
        count += insert.run({ records, count: records.length / RECORD_BYTES }).changes
      }
    }
    database.prepare('INSERT INTO about VALUES (?, ?, ?, ?)').run(generation, digests.keyCheck(), count, madeAtMs)
    database.exec('COMMIT')
  } finally {
    database.close()
  }
  syncPath(path)
  return count
}

/** Opens a finished roster. Throws `RosterError` for a file that is cut short, foreign, or under another key. */
export function openRosterFile(path: string, digests: RosterDigests): RosterFile {
  const database = openDatabase(path)
  try {
    database.pragma(`mmap_size = ${MAPPED_BYTES}`)
    // Nobody writes to this file: the read lock is taken once and kept, which spares five system calls a look-up.
    database.pragma('locking_mode = EXCLUSIVE')
    const about = readAbout(database, path)
    if (!timingSafeEqual(about.key_check, digests.keyCheck())) throw new RosterError('wrong_key', path)
    const lookUp = database.prepare<[Buffer, Buffer, Buffer], Lookup>(LOOK_UP).pluck()
    return {
      generation: about.generation,
      count: about.count,
      madeAtMs: about.made_at,
      lookUp: (numberDigest, nameDigest) => lookUp.get(numberDigest, nameDigest, numberDigest) ?? LOOKUP.absent,
      close: () => database.close(),
    }
  } catch (error) {
    database.close()
    throw error instanceof RosterError ? error : new RosterError('damaged', path)
  }
}

/** Makes what was written to a file, or renamed in a directory, survive a loss of power. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function openDatabase(path: string): Database.Database {
  try {
    return new Database(path, { readonly: true, fileMustExist: true })
  } catch {
    throw new RosterError('damaged', path)
  }
}

function readAbout(database: Database.Database, path: string): AboutRow {
  const pragma = (name: string): unknown => database.pragma(name, { simple: true })
  const isWhole = Number(pragma('page_count')) * Number(pragma('page_size')) === statSync(path).size
  const isRoster = pragma('application_id') === APPLICATION_ID && pragma('user_version') === FORMAT
  const about = isWhole && isRoster ? database.prepare<[], AboutRow>('SELECT * FROM about').get() : undefined
  if (about === undefined || about.key_check.length !== 16) throw new RosterError('damaged', path)
  return about
}
