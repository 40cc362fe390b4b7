import type { Reading } from './context.js'

/**
 * Before the digest of a key that belongs to a row of a batch. No caller can make one: what they send is digested, and no digest
 * begins so. A row's key stands for the same row for as long as its batch can live, and is remembered as long.
 */
export const BATCH_KEY_PREFIX = 'batch:'
/** More than any batch is gone on with; a batch that ends in a fault again and again is given up long before. */
export const BATCH_REPLAYS_MAX = 1_000

/** The call that was first made under a key, and whether it was charged; null where there was none. */
export async function findRepeated(
  { db }: Reading,
  { accountId, appId, keyDigest }: { readonly accountId: string; readonly appId: string; readonly keyDigest: string },
): Promise<{ readonly callId: string; readonly isCharged: boolean } | null> {
  const row = await db
    .selectFrom('idempotency')
    .innerJoin('calls', (join) =>
      join
        .onRef('calls.account_id', '=', 'idempotency.account_id')
        .onRef('calls.day', '=', 'idempotency.call_day')
        .onRef('calls.id', '=', 'idempotency.call_id'),
    )
    .select(['calls.id', 'calls.charged'])
    .where('idempotency.account_id', '=', accountId)
    .where('idempotency.application_id', '=', appId)
    .where('idempotency.key_digest', '=', keyDigest)
    .executeTakeFirst()
  return row === undefined ? null : { callId: row.id, isCharged: row.charged === 1 }
}
