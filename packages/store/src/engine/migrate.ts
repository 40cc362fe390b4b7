import { type Kysely, type Migration, type MigrationProvider, Migrator, sql } from 'kysely'
import * as schema from '../migrations/0001-schema.js'
import * as supplierReference from '../migrations/0002-supplier-reference.js'
import * as consents from '../migrations/0003-consents.js'
import * as nodes from '../migrations/0005-nodes.js'
import * as batches from '../migrations/0006-batches.js'
import type { Spelling } from '../migrations/spelling.js'

const MIGRATIONS: Readonly<Record<string, { statements(spelling: Spelling): string[] }>> = {
  '0001-schema': schema,
  '0002-supplier-reference': supplierReference,
  '0003-consents': consents,
  '0005-nodes': nodes,
  '0006-batches': batches,
}

/** Brings the schema up to this version; forward only. Several nodes may ask at once: one does it. */
export async function migrate(db: Kysely<never>, spelling: Spelling): Promise<void> {
  const { error } = await new Migrator({ db, provider: providerOf(spelling) }).migrateToLatest()
  if (error) throw error
}

function providerOf(spelling: Spelling): MigrationProvider {
  const spelled = ([name, { statements }]: (typeof entries)[number]): [string, Migration] => [
    name,
    {
      async up(db) {
        for (const statement of statements(spelling)) await sql.raw(spelling.adapt(statement)).execute(db)
      },
    },
  ]
  const entries = Object.entries(MIGRATIONS)
  return { getMigrations: async () => Object.fromEntries(entries.map(spelled)) }
}
