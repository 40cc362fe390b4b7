import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as tick } from 'node:timers/promises'
import {
  type ApplicationChange,
  type CreatedApplication,
  keysOf,
  type NewApplication,
  newCallId,
  Store,
} from '@heyan/store'
import { afterEach, describe, expect, test } from 'vitest'
import { Directory } from './directory.js'
import { MATCH, NOON, TestServer } from './testing/server.js'

const MASTER = Buffer.alloc(32, 7)
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Of the events of a load that a change or a charge may come between. */
const INTERLEAVINGS = 12
const closers: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function open(more: Partial<NewApplication> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-directory-'))
  const clock = { now: NOON }
  const store = await Store.open({
    file: join(folder, 'heyan.sqlite'),
    lockFile: join(folder, 'heyan.lock'),
    master: MASTER,
    now: () => clock.now,
  })
  closers.push(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const create = async (given: Partial<NewApplication> = {}): Promise<CreatedApplication> => {
    const created = await store.run('createApplication', {
      actor: 'operator',
      accountId: null,
      name: 'A hospital',
      mode: 'live',
      fields: 'masked',
      calls: 5,
      validDays: 30,
      isNoRecordFree: false,
      ...given,
    })
    if (typeof created === 'string') throw new Error(created)
    return created
  }
  const application = await create(more)
  const directory = new Directory(store, keysOf(MASTER))
  const find = async ({ appCode } = application) => {
    const caller = await directory.byAppCode(appCode, {})
    if (caller === null) throw new Error('nobody has this AppCode')
    return caller
  }
  const change = (set: ApplicationChange['set'], of = application) =>
    store.run('changeApplication', { actor: 'operator', appId: of.appId, set })
  const charge = ({ accountId, appId } = application) =>
    store.charge(
      {
        id: newCallId(clock.now),
        at: clock.now,
        accountId,
        applicationId: appId,
        credentialId: 'cred_1',
        nonce: null,
        repeat: null,
      },
      { source: 'roster', isNoRecord: false, free: null },
    )
  return { store, directory, clock, application, create, find, change, charge }
}

describe('the directory of callers', () => {
  test('knows whom a credential proves, and nobody else', async () => {
    const { directory, application } = await open()
    const byCode = await directory.byAppCode(application.appCode, {})
    expect(byCode).toMatchObject({ applicationId: application.appId, appSecret: null, isSuspended: false, free: null })
    const byKey = await directory.byAppKey(application.appKey)
    expect(byKey?.appSecret?.export()).toEqual(Buffer.from(application.appSecret))
    expect(await directory.byAppCode(`${application.appCode}x`, {})).toBeNull()
    // Neither secret is good in the other's place.
    expect(await directory.byAppKey(application.appCode)).toBeNull()
    expect(await directory.byAppCode(application.appKey, {})).toBeNull()
  })

  test('answers at once about whom it knows, and reads again after any change', async () => {
    const { directory, application, change, find } = await open()
    const connection = {}
    await directory.byAppCode(application.appCode, connection)
    expect(directory.byAppCode(application.appCode, connection)).not.toBeInstanceOf(Promise)
    await change({ status: 'suspended' })
    expect(directory.byAppCode(application.appCode, connection)).toBeInstanceOf(Promise)
    expect((await find()).isSuspended).toBe(true)
    await change({ status: 'active', allow_list: ['192.0.2.0/24'], fields: 'full', is_query_code_allowed: 1 })
    expect(await find()).toMatchObject({ isSuspended: false, isFull: true, isQueryCodeAllowed: true })
    expect((await find()).allowList?.check('192.0.2.9')).toBe(true)
  })

  test('takes a connection by what it sends now, not by what it sent before', async () => {
    const { directory, application, create } = await open()
    const other = await create()
    const connection = {}
    for (const { appCode, appId } of [application, other, application]) {
      expect(await directory.byAppCode(appCode, connection)).toMatchObject({ applicationId: appId })
    }
    expect(await directory.byAppCode('nobody', connection)).toBeNull()
  })

  test('does not remember that somebody is unknown', async () => {
    const { directory, create } = await open()
    expect(await directory.byAppCode('hyac-not-yet', {})).toBeNull()
    const { appCode } = await create()
    expect(await directory.byAppCode(appCode, {})).not.toBeNull()
  })

  test('does not remember what was read before a change, whenever in the reading the change comes', async () => {
    const { directory, find, change } = await open()
    for (let ticks = 0; ticks < INTERLEAVINGS; ticks++) {
      await change({ status: 'active' })
      const reading = find()
      for (let passed = 0; passed < ticks; passed++) await tick()
      await change({ status: 'suspended' })
      await reading
      expect((await find()).isSuspended).toBe(true)
      expect(directory.byAppCode('', {})).toBeInstanceOf(Promise)
    }
  })

  test('lets nobody be faster for a change: a rate limit outlives it, and another rate begins anew', async () => {
    const { find, change } = await open()
    expect((await find()).rateLimit).toBeNull()
    await change({ rate_per_second: 2 })
    const limit = (await find()).rateLimit
    expect([limit?.take(0), limit?.take(0)]).toEqual([0, 0])
    await change({ name: 'Another name' })
    expect((await find()).rateLimit?.take(0)).toBeGreaterThan(0)
    await change({ rate_per_second: 3 })
    expect((await find()).rateLimit?.take(0)).toBe(0)
    await change({ rate_per_second: null })
    expect((await find()).rateLimit).toBeNull()
  })
})

describe('the early refusal of a caller without calls', () => {
  test('comes with the last call, stays however long one waits, and ends with a grant', async () => {
    const { store, directory, application, clock, find, charge } = await open({ calls: 1, validDays: null })
    const caller = await find()
    expect(await directory.noQuota(caller, clock.now)).toBeNull()
    await charge()
    expect(directory.noQuota(caller, clock.now)).toBe('quota_exhausted')
    clock.now += 400 * DAY_MS
    expect(await directory.noQuota(caller, clock.now)).toBe('quota_exhausted')
    await store.run('grantToApplication', {
      actor: 'operator',
      appId: application.appId,
      calls: 1,
      validDays: 30,
      isNoRecordFree: false,
      orderRef: null,
    })
    expect(await directory.noQuota(await find(), clock.now)).toBeNull()
  })

  test('is of the account: what one application uses up, another of the account has not', async () => {
    const { directory, application, clock, create, find, charge } = await open({ calls: 2 })
    const other = await create({ accountId: application.accountId, calls: null })
    const [caller, sister] = [await find(), await find(other)]
    await charge(other)
    expect([directory.noQuota(caller, clock.now), directory.noQuota(sister, clock.now)]).toEqual([null, null])
    await charge()
    expect([directory.noQuota(caller, clock.now), directory.noQuota(sister, clock.now)]).toEqual([
      'quota_exhausted',
      'quota_exhausted',
    ])
  })

  test("says expired once the last lot's time has passed, though nothing has happened since", async () => {
    const { directory, clock, find } = await open({ calls: 5, validDays: 1 })
    const caller = await find()
    clock.now += DAY_MS - 1
    expect(await directory.noQuota(caller, clock.now)).toBeNull()
    clock.now += 1
    expect(await directory.noQuota(caller, clock.now)).toBe('quota_expired')
  })

  test("keeps an application's own caps, the daily one until midnight in Shanghai", async () => {
    const { directory, application, clock, create, find, change, charge } = await open({ calls: 100 })
    const other = await create({ accountId: application.accountId, calls: null })
    await change({ cap_daily: 1 })
    const [caller, sister] = [await find(), await find(other)]
    await charge()
    expect(directory.noQuota(caller, clock.now)).toBe('quota_exhausted')
    expect(directory.noQuota(sister, clock.now)).toBeNull()
    // It is noon: midnight is twelve hours away.
    clock.now += 12 * HOUR_MS - 1
    expect(await directory.noQuota(caller, clock.now)).toBe('quota_exhausted')
    clock.now += 1
    expect(await directory.noQuota(caller, clock.now)).toBeNull()
  })

  test('is exact for a caller who was being read while the last call went', async () => {
    const { directory, clock, create, charge } = await open()
    for (let ticks = 0; ticks < INTERLEAVINGS * 2; ticks++) {
      const application = await create({ calls: 1 })
      const reading = directory.byAppCode(application.appCode, {})
      for (let passed = 0; passed < ticks; passed++) await tick()
      await Promise.all([reading, charge(application)])
      const caller = await directory.byAppCode(application.appCode, {})
      if (caller === null) throw new Error('nobody has this AppCode')
      expect([ticks, await directory.noQuota(caller, clock.now)]).toEqual([ticks, 'quota_exhausted'])
    }
  })

  test('comes before parameters on the wire, after any time, and a grant lifts it for the next call', async () => {
    const server = await TestServer.start({ calls: 1, validDays: null })
    closers.push(() => server.close())
    const authorization = `APPCODE ${server.application.appCode}`
    const ask = (query: string) => server.ask(`/idcard?${query}`, { headers: { authorization } })
    const good = `xm=${encodeURIComponent(MATCH.name)}&sfz=${MATCH.number}`
    expect((await ask(good)).status).toBe(200)
    for (const wait of [0, HOUR_MS, 400 * DAY_MS]) {
      server.clock.now += wait
      expect((await ask('xm=1')).headers['x-ca-error-message']).toBe('Quota Exhausted')
    }
    await server.operate('POST', `/applications/${server.application.appId}/lots`, { calls: 1 })
    expect((await ask('xm=1')).status).toBe(666)
    expect((await ask(good)).status).toBe(200)
    expect((await ask('xm=1')).status).toBe(403)
  })
})
