import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { audit, newCallId, Store } from './index.js'
import { backup, restore } from './maintenance.js'

const MASTER = Buffer.alloc(32, 7)
const NOON = Date.UTC(2026, 0, 15, 4)
const MATCH = { source: 'roster', isNoRecord: false, free: null }

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function openStore() {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-maintenance-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const options = {
    file: join(folder, 'heyan.sqlite'),
    lockFile: join(folder, 'heyan.lock'),
    master: MASTER,
    now: () => NOON,
  }
  const store = await Store.open(options)
  closers.push(() => store.close().catch(() => undefined))
  const application = await store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'A hospital',
    mode: 'live',
    fields: 'masked',
    calls: 100_000,
    validDays: 30,
    isNoRecordFree: false,
  })
  if (typeof application === 'string') throw new Error(application)
  const charge = () =>
    store.charge(
      {
        id: newCallId(NOON),
        at: NOON,
        accountId: application.accountId,
        applicationId: application.appId,
        credentialId: 'cred_1',
        nonce: null,
        repeat: null,
      },
      MATCH,
    )
  return { folder, options, store, application, charge }
}

/** What a restored store is asked with: a place of its own. */
function placeIn(folder: string) {
  return { file: join(folder, 'restored.sqlite'), lockFile: join(folder, 'restored.lock') }
}

test('a backup beside calls under way adds up, has every call that was charged before it, and goes on elsewhere', async () => {
  const { folder, store, charge, application } = await openStore()
  await Promise.all(Array.from({ length: 200 }, charge))
  let isOver = false
  const underWay = (async () => {
    while (!isOver) await Promise.all(Array.from({ length: 20 }, charge))
  })()
  const copy = join(folder, 'copy.sqlite')
  const report = await backup({ file: join(folder, 'heyan.sqlite'), copy, master: MASTER })
  isOver = true
  await underWay
  expect(report).toMatchObject({ ok: true, lots: 1 })

  const place = placeIn(folder)
  const restored = restore({ backup: copy, ...place, master: MASTER, isReplacing: false, now: NOON })
  expect(restored).toMatchObject({ ok: true, kept: null })
  const again = await Store.open({ ...place, master: MASTER, now: () => NOON })
  closers.push(() => again.close())
  const [before, after] = [
    await again.run('readUsage', application.appId),
    await store.run('readUsage', application.appId),
  ]
  expect(before?.charged).toBeGreaterThanOrEqual(200)
  expect(before?.charged).toBeLessThanOrEqual(after?.charged ?? 0)
})

test('a backup is for its owner only, holds no key, and never takes the place of a file', async () => {
  const { folder, options } = await openStore()
  const copy = join(folder, 'copy.sqlite')
  await backup({ file: options.file, copy, master: MASTER })
  expect(statSync(copy).mode & 0o777).toBe(0o600)
  expect(readFileSync(copy).includes(MASTER)).toBe(false)
  expect(readFileSync(copy).includes(Buffer.from(MASTER.toString('hex')))).toBe(false)
  await expect(backup({ file: options.file, copy, master: MASTER })).rejects.toThrow(/there is a file already/)
  expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([])
})

test('a store in use is not replaced; one at rest only on purpose, and it is kept', async () => {
  const { folder, options, store, charge } = await openStore()
  const copy = join(folder, 'copy.sqlite')
  await backup({ file: options.file, copy, master: MASTER })
  await charge()
  const place = { file: options.file, lockFile: options.lockFile, backup: copy, master: MASTER, now: NOON }
  expect(() => restore({ ...place, isReplacing: true })).toThrow(/another process is using this store/)
  await store.close()
  expect(() => restore({ ...place, isReplacing: false })).toThrow(/--force/)
  const { kept } = restore({ ...place, isReplacing: true })
  expect(audit(kept ?? '', MASTER)).toMatchObject({ ok: true, entries: 2 })
  expect(audit(options.file, MASTER)).toMatchObject({ ok: true, entries: 1 })
})

test('what does not add up, is no store, or is of another key is refused, and nothing is touched', async () => {
  const { folder, options } = await openStore()
  const copy = join(folder, 'copy.sqlite')
  await backup({ file: options.file, copy, master: MASTER })
  const place = placeIn(folder)
  const garbage = join(folder, 'garbage')
  writeFileSync(garbage, 'no store at all')
  const attempt =
    (file: string, master = MASTER) =>
    () =>
      restore({ backup: file, ...place, master, isReplacing: false, now: NOON })
  expect(attempt(garbage)).toThrow(/not a database/)
  expect(attempt(copy, Buffer.alloc(32, 8))).toThrow(/master key is not the one/)
  expect(attempt(join(folder, 'nowhere'))).toThrow(/there is no file/)
  const bytes = readFileSync(copy)
  const cut = join(folder, 'cut')
  writeFileSync(cut, bytes.subarray(0, bytes.length - 8_192))
  expect(attempt(cut)).toThrow()
  expect(existsSync(place.file)).toBe(false)
})
