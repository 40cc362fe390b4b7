import { billingDay } from '@heyan/core'
import type { Pool } from 'pg'
import type { AccountQuota } from '../engine.js'
import { EntryChain } from '../entry-chain.js'
import { viewAccount, viewApplication } from '../ledger-batch.js'
import { EMPTY_VIEW_MS } from './ledger.js'
import { loadCaps, loadTaken, readLots } from './load.js'
import { BatchRows } from './rows.js'

/** What an account and one of its applications have left, as the tables say now; nothing is locked. */
export async function readQuota(
  pool: Pool,
  accountId: string,
  applicationId: string,
  now: number,
): Promise<AccountQuota> {
  const client = await pool.connect()
  try {
    const rows = new BatchRows(new EntryChain('', undefined))
    const place = { accountId, applicationId, day: billingDay(now) }
    await readLots(client, rows, [accountId], now)
    await loadCaps(client, rows, [place], new Map())
    await loadTaken(client, rows, [place])
    const account = viewAccount(rows, accountId, now)
    const application = viewApplication(rows, accountId, applicationId, now)
    // Another node may give back what this one misses: "none left" is looked at again soon.
    const soon = now + EMPTY_VIEW_MS
    return {
      account: account.problem === null ? account : { ...account, validUntil: Math.min(account.validUntil, soon) },
      application:
        application.left > 0 ? application : { ...application, validUntil: Math.min(application.validUntil, soon) },
    }
  } finally {
    client.release()
  }
}
