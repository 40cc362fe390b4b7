import type { Reading, Work } from './context.js'

/** Facts the store keeps about itself and the installation. */
export async function readSetting({ db }: Pick<Reading, 'db'>, key: string): Promise<string | null> {
  return (await db.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst())?.value ?? null
}

export async function writeSetting({ db, now }: Work, { key, value }: { key: string; value: string }): Promise<void> {
  await db
    .insertInto('settings')
    .values({ key, value, updated_at: now })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value, updated_at: now }))
    .execute()
}
