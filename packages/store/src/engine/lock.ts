import Database from 'better-sqlite3'

/**
 * One writer at a time: an exclusive lock on a file beside the store. The system drops it with the process, however that ends,
 * so there is no stale lock. Throws where another process holds it.
 */
export function lockStore(file: string): { release(): void } {
  const db = new Database(file, { timeout: 0 })
  try {
    db.pragma('journal_mode = DELETE')
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY') {
      throw new Error(`another process is using this store (${file} is locked)`)
    }
    throw error
  }
  return {
    release() {
      db.exec('ROLLBACK')
      db.close()
    },
  }
}
