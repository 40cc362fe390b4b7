import { type Kysely, type Migration, type MigrationProvider, Migrator } from 'kysely'
import * as schema from '../migrations/0001-schema.js'
import * as supplierReference from '../migrations/0002-supplier-reference.js'
import * as consents from '../migrations/0003-consents.js'

const MIGRATIONS: Record<string, Migration> = {
  '0001-schema': { up: schema.up },
  '0002-supplier-reference': { up: supplierReference.up },
  '0003-consents': { up: consents.up },
}

const provider: MigrationProvider = { getMigrations: async () => MIGRATIONS }

/** Brings the schema up to this version; forward only. */
export async function migrate(db: Kysely<never>): Promise<void> {
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  if (error) throw error
}
