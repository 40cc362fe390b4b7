import Database from 'better-sqlite3'

export type Sqlite = Database.Database

/** Before this version two connections could corrupt a WAL while one resets it (sqlite.org/wal.html). */
const OLDEST_SAFE_VERSION = [3, 51, 3] as const
const FULL = 2
const WAL_LIMIT_BYTES = 64 * 1024 * 1024
const CHECKPOINT_PAGES = 4000
const CACHE_KIBIBYTES = 24 * 1024
const BUSY_TIMEOUT_MS = 5000

/** Opens the one writing connection. Durability is set by `makeDurable`, after the first write. */
export function openForWriting(file: string): Sqlite {
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS })
  assertVersion(db)
  db.pragma('journal_mode = WAL')
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  db.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`)
  db.pragma(`cache_size = -${CACHE_KIBIBYTES}`)
  db.pragma('foreign_keys = ON')
  db.pragma('trusted_schema = OFF')
  db.pragma('cell_size_check = ON')
  return db
}

/**
 * Makes every commit wait for the disk. better-sqlite3 is compiled so that a WAL database falls back to `synchronous=NORMAL`
 * at its first write, whatever the pragma said before: so this is set after a write, and read back after another.
 */
export function makeDurable(db: Sqlite, write: () => void): void {
  write()
  db.pragma('synchronous = FULL')
  write()
  const synchronous = db.pragma('synchronous', { simple: true })
  const journal = db.pragma('journal_mode', { simple: true })
  if (synchronous !== FULL || journal !== 'wal') {
    throw new Error(`the store would not be durable: synchronous=${synchronous}, journal_mode=${journal}`)
  }
}

/** A reader beside the writer, in this process or another. */
export function openForReading(file: string): Sqlite {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
  assertVersion(db)
  return db
}

function assertVersion(db: Sqlite): void {
  const version = String(db.prepare('SELECT sqlite_version()').pluck().get())
  const parts = version.split('.').map(Number)
  for (const [place, least] of OLDEST_SAFE_VERSION.entries()) {
    const part = parts[place] ?? 0
    if (part > least) return
    if (part < least) throw new Error(`SQLite ${version} is older than ${OLDEST_SAFE_VERSION.join('.')}`)
  }
}
