/** How one engine spells what the other spells differently. Everything else in the schema is shared. */
export interface Spelling {
  /** Whole numbers up to 2^53: counts, flags and moments (epoch ms). */
  readonly integer: string
  readonly bytes: string
  /** After a table whose primary key is its order on disk. */
  readonly clustered: string
  /** The last word on a statement. */
  adapt(statement: string): string
  /** Refuses to change or remove a row of an append-only table. */
  appendOnly(table: string): string[]
}

export const SQLITE: Spelling = {
  integer: 'INTEGER',
  bytes: 'BLOB',
  clustered: 'STRICT, WITHOUT ROWID',
  adapt: (statement) => statement,
  appendOnly: (table) => [
    `CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`,
    `CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`,
  ],
}

export const POSTGRES: Spelling = {
  integer: 'BIGINT',
  bytes: 'BYTEA',
  clustered: '',
  // Text is compared by its bytes, as in SQLite, whatever the database's language.
  adapt: (statement) => statement.replace(/ TEXT\b/g, ' TEXT COLLATE "C"'),
  appendOnly: (table) => [
    `CREATE FUNCTION ${table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION '${table} is append-only'; END $$`,
    `CREATE TRIGGER ${table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION ${table}_is_append_only()`,
  ],
}
