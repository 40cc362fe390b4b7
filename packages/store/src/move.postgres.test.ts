import { afterEach, expect, test } from 'vitest'
import { newCallId, type SharedStoreOptions, Store, type StoreOptions } from './index.js'
import { isMoved, moveToPostgres } from './maintenance.js'
import { postgresEngine, SQLITE_ENGINE, TEST_MASTER, type TestPlace } from './testing/engines.js'
import { testServer } from './testing/test-server.js'

const NOON = Date.UTC(2026, 0, 15, 4)
const MATCH = { source: 'roster', isNoRecord: false, free: null }
const places: TestPlace[] = []
afterEach(async () => {
  for (const place of places.splice(0)) await place.remove()
})

async function bothPlaces() {
  const from = await SQLITE_ENGINE.place()
  const to = await postgresEngine(testServer()).place()
  places.push(from, to)
  const options = from.options(() => NOON) as StoreOptions
  const { url } = to.options(() => NOON) as SharedStoreOptions
  const store = await Store.open(options)
  const application = await store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: '医院\t\\N "A"\n',
    mode: 'live',
    fields: 'masked',
    calls: 10,
    validDays: 30,
    isNoRecordFree: false,
  })
  if (typeof application === 'string') throw new Error(application)
  const call = () => ({
    id: newCallId(NOON),
    at: NOON,
    accountId: application.accountId,
    applicationId: application.appId,
    credentialId: 'cred_1',
    nonce: null,
    repeat: null,
  })
  await store.charge(call(), MATCH)
  await store.reserve(call(), null)
  await store.check()
  const move = () => moveToPostgres({ file: options.file, lockFile: options.lockFile, url, master: TEST_MASTER })
  return { from, to, options, url, store, application, call, move }
}

test('a store moves with everything in it, and goes on where it was: its secrets, its stream, what it held', async () => {
  const { from, to, url, store, application, call, move } = await bothPlaces()
  const names = await store.run('listApplications', 10)
  await store.close()
  const moved = await move()
  expect(moved.audit).toMatchObject({ ok: true, entries: 3, lots: 1 })
  expect((await from.audit()).ok).toBe(true)

  const again = await Store.open({ url, master: TEST_MASTER, now: () => NOON })
  // What the old process held is given back: it is no more.
  expect(again.opened.recovered).toBe(1)
  expect(await again.run('listApplications', 10)).toEqual(names)
  expect(await again.charge(call(), MATCH)).toEqual({ kind: 'charged' })
  expect(await again.run('readUsage', application.appId)).toMatchObject({
    granted: 10,
    used: 2,
    reserved: 0,
    charged: 2,
  })
  expect((await to.audit()).problems).toEqual([])
  await again.close()
})

test('a store that was moved is not opened again', async () => {
  const { options, store, move } = await bothPlaces()
  await store.close()
  await move()
  await expect(Store.open(options)).rejects.toThrow(/was moved to PostgreSQL/)
})

test('a move that died before its end is asked for again, and nothing was sold twice meanwhile', async () => {
  const { from, options, store, move, to } = await bothPlaces()
  await store.close()
  // As it is left between the mark and the database's word.
  await from.query(`INSERT INTO settings VALUES ('moved_to', 'postgres', 0)`)
  await expect(Store.open(options)).rejects.toThrow(/was moved to PostgreSQL/)
  expect(isMoved(options.file)).toBe(true)
  await move()
  expect((await to.audit()).ok).toBe(true)
})

test('only to an empty database, and never beside a server', async () => {
  const { url, store, move } = await bothPlaces()
  await expect(move()).rejects.toThrow(/another process is using this store/)
  await store.close()
  const other = await Store.open({ url, master: TEST_MASTER, now: () => NOON })
  await other.close()
  await expect(move()).rejects.toThrow(/is not empty/)
})
