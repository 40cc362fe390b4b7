import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, expect, test } from 'vitest'
import { newCallId } from './ids.js'
import { RETENTION_MS } from './retention.js'
import { Store } from './store.js'

const NOON = Date.UTC(2026, 0, 15, 4)
const MINUTE_MS = 60_000
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-retention-'))
  const clock = { now: NOON }
  const file = join(folder, 'heyan.sqlite')
  const store = await Store.open({ file, lockFile: `${file}.lock`, master: Buffer.alloc(32, 7), now: () => clock.now })
  closers.push(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const created = await store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'A hospital',
    mode: 'live',
    fields: 'masked',
    calls: 100,
    validDays: null,
    isNoRecordFree: false,
  })
  if (typeof created === 'string') throw new Error(created)
  const { accountId, appId: applicationId } = created
  const charge = (nonce: string, keyDigest: string) =>
    store.charge(
      {
        id: newCallId(clock.now),
        at: clock.now,
        accountId,
        applicationId,
        credentialId: 'cred_1',
        nonce,
        repeat: { keyDigest, fingerprint: 'request' },
      },
      { source: 'roster', isNoRecord: false, free: null },
    )
  const count = (table: string) => {
    const db = new Database(file, { readonly: true })
    const rows = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()
    db.close()
    return rows
  }
  return { store, clock, charge, count }
}

test('a nonce is kept as long as a signed request could be sent again, a key for a day; neither longer', async () => {
  // A timestamp may be 15 minutes off in either direction.
  expect(RETENTION_MS.nonces).toBeGreaterThanOrEqual(2 * 15 * MINUTE_MS)
  const { store, clock, charge, count } = await open()
  await charge('n1', 'k1')
  clock.now += RETENTION_MS.nonces
  expect(await store.run('purge', { limit: 100 })).toBe(0)
  expect(await charge('n1', 'k2')).toMatchObject({ kind: 'refused', problem: 'nonce_used' })
  clock.now += 1
  expect(await store.run('purge', { limit: 100 })).toBe(1)
  expect([count('nonces'), count('idempotency')]).toEqual([0, 1])

  clock.now = NOON + RETENTION_MS.idempotency
  expect(await store.run('purge', { limit: 100 })).toBe(0)
  clock.now += 1
  expect(await store.run('purge', { limit: 100 })).toBe(1)
  expect(count('idempotency')).toBe(0)
})

test('a purge takes so many rows of each class at a time, the oldest first, and never a call or an entry', async () => {
  const { store, clock, charge, count } = await open()
  for (let each = 0; each < 5; each++) {
    await charge(`n${each}`, `k${each}`)
    clock.now++
  }
  const [calls, entries] = [count('calls'), count('entries')]
  clock.now = NOON + 3 + RETENTION_MS.idempotency
  // All five nonces are past their time; of the keys, those of the first three moments.
  expect(await store.run('purge', { limit: 2 })).toBe(4)
  expect([count('nonces'), count('idempotency')]).toEqual([3, 3])
  expect(await store.run('purge', { limit: 2 })).toBe(3)
  expect(await store.run('purge', { limit: 2 })).toBe(1)
  expect(await store.run('purge', { limit: 2 })).toBe(0)
  expect([count('nonces'), count('idempotency'), count('calls'), count('entries')]).toEqual([0, 2, calls, entries])
})
