import { type Kysely, sql } from 'kysely'

/** What a supplier calls an attempt, and a way to all attempts at one source: its bill is checked by both. */
const STATEMENTS = [
  'ALTER TABLE attempts ADD COLUMN reference TEXT',
  'CREATE INDEX attempts_of_source ON attempts (source, day, account_id, call_id, ordinal)',
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}
