import { type Kysely, sql } from 'kysely'

/** Which record of a person's consent the caller named for a call. Nothing of the person is in it. */
const STATEMENTS = [
  `CREATE TABLE consents (
    account_id TEXT NOT NULL, application_id TEXT NOT NULL, call_id TEXT NOT NULL, reference TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (account_id, application_id, call_id)) STRICT, WITHOUT ROWID`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}
