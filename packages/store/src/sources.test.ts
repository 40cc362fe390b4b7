import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Attempt } from '@heyan/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type NewSource, newCallId, Store } from './index.js'

const NOON = Date.UTC(2026, 0, 15, 4)
const DAY = Math.floor((NOON + 8 * 3_600_000) / 86_400_000)
const MARKET: NewSource = {
  name: 'market',
  kind: 'aliyun-market',
  settings: { url: 'https://supplier.example/idcard' },
  secrets: { appCode: 'a-secret-of-the-supplier' },
  priority: 1,
  weight: 2,
  costCentifen: 330,
  noRecordCostCentifen: 100,
  secondQuestion: 'on_mismatch',
  timeoutMs: 1_500,
}

let directory: string
let store: Store
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'heyan-sources-'))
  const [file, lockFile] = [join(directory, 'heyan.sqlite'), join(directory, 'heyan.lock')]
  store = await Store.open({ file, lockFile, master: Buffer.alloc(32, 7), now: () => NOON })
})
afterAll(async () => {
  await store.close()
  rmSync(directory, { recursive: true, force: true })
})

test('a source is kept with its terms; its secrets are sealed, and in no list and no audit log', async () => {
  const added = await store.run('addSource', { actor: 'operator', source: MARKET })
  const { secrets, ...shown } = MARKET
  expect(added).toMatchObject({ ...shown, secretNames: ['appCode'], status: 'disabled' })
  expect(await store.run('addSource', { actor: 'operator', source: MARKET })).toBeNull()
  const sourceId = added?.id ?? ''
  const set = { secrets: { appCode: 'the-next-secret' }, weight: 3, status: 'enabled' } as const
  const changed = await store.run('changeSource', { actor: 'operator', sourceId, set })
  expect(changed).toMatchObject({ ...shown, weight: 3, status: 'enabled' })
  expect(await store.run('listSources', undefined)).toEqual([changed])
  expect(await store.run('describedSources', undefined)).toEqual([{ ...changed, secrets: set.secrets }])

  const lines = await store.run('listAudit', { limit: 10, before: null, accountId: null, object: sourceId })
  expect(lines[0]).toMatchObject({
    action: 'source.change',
    before: { secretNames: ['appCode'], weight: 2, status: 'disabled' },
    after: { secretNames: ['appCode'], weight: 3, status: 'enabled' },
  })
  const bytes = readdirSync(directory).map((name) => readFileSync(join(directory, name)).toString('latin1'))
  const texts = [...bytes, JSON.stringify(lines)]
  expect(texts.join('')).toContain('aliyun-market')
  for (const secret of [secrets.appCode, set.secrets.appCode])
    expect(texts.filter((text) => text.includes(secret ?? ''))).toEqual([])
})

test("the roster's place is a setting that the audit log keeps", async () => {
  expect(await store.run('readRosterPriority', undefined)).toBeNull()
  await store.run('placeRoster', { actor: 'operator', priority: 0 })
  expect(await store.run('readRosterPriority', undefined)).toBe(0)
  await store.run('placeRoster', { actor: 'operator', priority: null })
  expect(await store.run('readRosterPriority', undefined)).toBeNull()
  const lines = await store.run('listAudit', { limit: 1, before: null, accountId: null, object: 'roster' })
  expect(lines).toMatchObject([{ action: 'roster.place', before: { priority: 0 }, after: { priority: null } }])
})

test('attempts at a source are read page by page, each once, those of one call together', async () => {
  const created = await store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'A hospital',
    mode: 'live',
    fields: 'masked',
    calls: 10,
    validDays: 30,
    isNoRecordFree: false,
  })
  if (typeof created === 'string') throw new Error(created)
  for (let count = 0; count < 3; count++) {
    const id = newCallId(NOON)
    const call = {
      id,
      at: NOON,
      accountId: created.accountId,
      applicationId: created.appId,
      credentialId: 'cred',
      nonce: null,
      repeat: null,
    }
    const attempt = (ordinal: number, source: string): Attempt => ({
      callId: id,
      source,
      ordinal,
      durationMs: 12.4,
      class: 'verdict',
      costFen: 3.3,
      mayBeBilled: false,
      reference: `REF-${count}-${ordinal}`,
    })
    await store.reserve(call, null)
    const attempts = [attempt(1, 'market'), attempt(2, 'market'), attempt(3, 'other')]
    await store.settle(call, { source: 'market', isNoRecord: false, free: null }, attempts)
  }
  const query = { source: 'market', from: DAY, to: DAY, limit: 4 }
  const first = await store.run('listAttempts', { ...query, after: null })
  const rest = await store.run('listAttempts', { ...query, after: first.at(-1) ?? null })
  const all = [...first, ...rest]
  expect([first.length, rest.length]).toEqual([4, 2])
  expect(new Set(all.map(({ reference }) => reference)).size).toBe(6)
  expect(all.map(({ ordinal }) => ordinal)).toEqual([1, 2, 1, 2, 1, 2])
  expect(all[0]).toMatchObject({ source: 'market', outcome: 'verdict', durationMs: 12, costCentifen: 330, at: NOON })
  expect(await store.run('listAttempts', { ...query, from: DAY + 1, to: DAY + 2, after: null })).toEqual([])
})
