import { existsSync } from 'node:fs'
import { openForReading } from './sqlite.js'

/** The names of the migrations that a store has had, in their order; none where there is no store. */
export function appliedMigrations(file: string): string[] {
  if (!existsSync(file)) return []
  const db = openForReading(file)
  try {
    const isThere = db.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'kysely_migration'`).get() !== undefined
    return isThere ? db.prepare<[], string>('SELECT name FROM kysely_migration ORDER BY name').pluck().all() : []
  } finally {
    db.close()
  }
}
