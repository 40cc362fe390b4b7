import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Store } from '@heyan/store'
import { expect, test } from 'vitest'
import { UsageMeter } from './usage-meter.js'

const NOON = Date.UTC(2026, 0, 15, 4)
const HOUR_MS = 3_600_000

async function open(folder: string) {
  return Store.open({
    file: join(folder, 'heyan.sqlite'),
    lockFile: join(folder, 'heyan.lock'),
    master: Buffer.alloc(32, 7),
    now: () => NOON,
  })
}

test('problems are counted by application, day in Shanghai and kind; nothing is counted twice or lost with a failed write', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-meter-'))
  let store = await open(folder)
  const usage = new UsageMeter({ run: (name, input) => store.run(name, input) } as Store)
  const created = await store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'A hospital',
    mode: 'live',
    fields: 'masked',
    calls: null,
    validDays: null,
    isNoRecordFree: false,
  })
  if (typeof created === 'string') throw new Error(created)
  const { accountId, appId } = created
  usage.count(accountId, appId, 'name_invalid', NOON)
  usage.count(accountId, appId, 'name_invalid', NOON)
  usage.count(accountId, appId, 'number_invalid', NOON)
  // Noon and a half day is midnight: another day.
  usage.count(accountId, appId, 'name_invalid', NOON + 12 * HOUR_MS)

  await store.close()
  await expect(usage.flush()).rejects.toThrow('closed')
  usage.count(accountId, appId, 'number_invalid', NOON)
  store = await open(folder)
  await usage.flush()
  await usage.flush()
  const days = await store.run('readUsageDays', { accountId, appId, from: 0, to: 100_000 })
  const [first = { day: 0 }] = days
  expect(days.map(({ day, outcome, count }) => [day - first.day, outcome, count]).sort()).toEqual([
    [0, 'name_invalid', 2],
    [0, 'number_invalid', 2],
    [1, 'name_invalid', 1],
  ])
  expect((await store.run('readUsage', appId))?.free).toBe(5)
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})
