import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { audit, type CreatedApplication, newCallId, Store } from './index.js'

const MASTER = Buffer.alloc(32, 7)
const NOON = Date.UTC(2026, 0, 15, 4)
const DAY_MS = 86_400_000
const opened: { store: Store; directory: string }[] = []

afterEach(async () => {
  for (const { store, directory } of opened.splice(0)) {
    await store.close().catch(() => undefined)
    rmSync(directory, { recursive: true, force: true })
  }
})

async function openLedger({
  calls = 5 as number | null,
  validDays = 30 as number | null,
  isNoRecordFree = false,
} = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'heyan-ledger-'))
  const clock = { now: NOON }
  const options = {
    file: join(directory, 'heyan.sqlite'),
    lockFile: join(directory, 'heyan.lock'),
    master: MASTER,
    now: () => clock.now,
  }
  const store = await Store.open(options)
  opened.push({ store, directory })
  const application = await newApplication(store, { calls, validDays, isNoRecordFree })
  const call = (more: Partial<Parameters<Store['charge']>[0]> = {}) => callOf(application, clock.now, more)
  const usage = async () => {
    const read = await store.run('readUsage', application.appId)
    if (read === null) throw new Error('no such application')
    return read
  }
  return { store, options, clock, application, call, usage, file: options.file }
}

async function newApplication(
  store: Store,
  more: { calls: number | null; validDays?: number | null; isNoRecordFree?: boolean },
) {
  const created = await store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'A hospital',
    mode: 'live',
    fields: 'masked',
    validDays: 30,
    isNoRecordFree: false,
    ...more,
  })
  if (typeof created === 'string') throw new Error(created)
  return created
}

function callOf(
  { accountId, appId }: CreatedApplication,
  at: number,
  more: Partial<Parameters<Store['charge']>[0]> = {},
) {
  return {
    id: newCallId(at),
    at,
    accountId,
    applicationId: appId,
    credentialId: 'cred_1',
    nonce: null,
    repeat: null,
    ...more,
  }
}

const MATCH = { source: 'roster', isNoRecord: false, free: null }
const NO_RECORD = { source: 'roster', isNoRecord: true, free: null }
const KEY = { keyDigest: 'key-1', fingerprint: 'request-1' }

describe('the ledger', () => {
  test('a charge takes one call, and says so to everyone who looks', async () => {
    const { store, call, usage, file } = await openLedger({ calls: 5 })
    expect(await store.charge(call(), MATCH)).toEqual({ kind: 'charged' })
    expect(await usage()).toEqual({ granted: 5, reserved: 0, used: 1, expired: 0, remaining: 4, charged: 1, free: 0 })
    expect(audit(file, MASTER)).toMatchObject({ ok: true, entries: 2, lots: 1, problems: [] })
  })

  test('the last call is taken once, however many ask for it', async () => {
    const { store, call, usage, file } = await openLedger({ calls: 1 })
    const taken = await Promise.all(Array.from({ length: 10_000 }, () => store.charge(call(), MATCH)))
    expect(taken.filter(({ kind }) => kind === 'charged')).toHaveLength(1)
    expect(taken.filter((each) => each.kind === 'refused' && each.problem === 'quota_exhausted')).toHaveLength(9_999)
    expect(await usage()).toMatchObject({ used: 1, remaining: 0, charged: 1 })
    expect(audit(file, MASTER).ok).toBe(true)
  })

  test('a held call is not for others; settled, it is used; released, it is there again', async () => {
    const { store, call, usage } = await openLedger({ calls: 1 })
    const held = call()
    expect(await store.reserve(held, null)).toEqual({ kind: 'reserved' })
    expect(await store.charge(call(), MATCH)).toMatchObject({ kind: 'refused', problem: 'quota_exhausted' })
    expect(await usage()).toMatchObject({ reserved: 1, used: 0, remaining: 0 })
    await store.release(held, 'source_unavailable')
    expect(await usage()).toMatchObject({ reserved: 0, used: 0, remaining: 1 })
    const again = call()
    await store.reserve(again, null)
    expect(await store.settle(again, MATCH)).toEqual({ kind: 'charged' })
    expect(await usage()).toMatchObject({ reserved: 0, used: 1, remaining: 0, charged: 1 })
  })

  test('every attempt at a source is kept with its call, whether it was settled or given back', async () => {
    const { store, call, file } = await openLedger()
    const [silent, answered] = [call(), call()]
    const attempt = (callId: string, ordinal: number, outcome: 'timeout' | 'verdict', costFen: number) => ({
      callId,
      source: `supplier-${ordinal}`,
      ordinal,
      durationMs: 12.6,
      class: outcome,
      costFen,
      mayBeBilled: outcome === 'timeout',
    })
    await store.reserve(silent, null)
    await store.release(silent, 'source_unavailable', [attempt(silent.id, 1, 'timeout', 0)])
    await store.reserve(answered, null)
    await store.settle(answered, { ...MATCH, source: 'supplier-2' }, [
      attempt(answered.id, 1, 'timeout', 0),
      attempt(answered.id, 2, 'verdict', 3.25),
    ])
    const db = new Database(file, { readonly: true })
    const kept = db.prepare('SELECT call_id, ordinal, outcome, duration_ms, cost_centifen, may_be_billed FROM attempts')
    expect(kept.raw().all()).toEqual(
      expect.arrayContaining([
        [silent.id, 1, 'timeout', 13, 0, 1],
        [answered.id, 1, 'timeout', 13, 0, 1],
        [answered.id, 2, 'verdict', 13, 325, 0],
      ]),
    )
    expect(db.prepare("SELECT source FROM calls WHERE state = 'settled'").pluck().all()).toEqual(['supplier-2'])
    db.close()
  })

  test('what has ended cannot end again', async () => {
    const { store, call, usage } = await openLedger()
    const held = call()
    await store.reserve(held, null)
    await store.settle(held, MATCH)
    expect(await store.settle(held, MATCH)).toEqual({ kind: 'fenced' })
    await store.release(held, 'source_unavailable')
    expect(await usage()).toMatchObject({ used: 1, reserved: 0 })
  })

  test('one call id is charged once, whoever asks for it again', async () => {
    const { store, call, usage } = await openLedger()
    const once = call()
    await store.charge(once, MATCH)
    await expect(store.charge(once, MATCH)).rejects.toThrow(/UNIQUE/)
    expect(await usage()).toMatchObject({ used: 1 })
  })

  test('a fault of one call leaves the others of its batch charged', async () => {
    const { store, call, usage, file } = await openLedger()
    const once = call()
    await store.charge(once, MATCH)
    const [good, bad, alsoGood] = await Promise.allSettled([
      store.charge(call(), MATCH),
      store.charge(once, MATCH),
      store.charge(call(), MATCH),
    ])
    expect([good.status, bad.status, alsoGood.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await usage()).toMatchObject({ used: 3 })
    expect(audit(file, MASTER).problems).toEqual([])
  })

  test('the lot that expires first is used first', async () => {
    const { store, application, call, file } = await openLedger({ calls: 2, validDays: 30 })
    const { appId } = application
    const lot = { actor: 'operator', appId, calls: 2, isNoRecordFree: false, orderRef: null }
    const soon = await store.run('grantToApplication', { ...lot, validDays: 1 })
    await store.run('grantToApplication', { ...lot, validDays: null })
    await store.charge(call(), MATCH)
    await store.charge(call(), MATCH)
    const db = new Database(file, { readonly: true })
    expect(db.prepare('SELECT id FROM lots WHERE used = 2').pluck().all()).toEqual([soon?.lotId])
    db.close()
  })

  test('a lapsed lot gives no call; when all have lapsed the quota is expired, not exhausted', async () => {
    const { store, call, clock, usage, file } = await openLedger({ calls: 3, validDays: 1 })
    clock.now += DAY_MS
    expect(await store.charge(call(), MATCH)).toMatchObject({ kind: 'refused', problem: 'quota_expired' })
    expect(await store.expireLapsed(100)).toBe(1)
    expect(await usage()).toMatchObject({ expired: 3, remaining: 0 })
    expect(await store.charge(call(), MATCH)).toMatchObject({ kind: 'refused', problem: 'quota_expired' })
    expect(audit(file, MASTER).ok).toBe(true)
  })

  test('a clock set back brings no lapsed lot to life', async () => {
    const { store, call, clock } = await openLedger({ calls: 3, validDays: 1 })
    clock.now += DAY_MS
    await store.charge(call(), MATCH)
    clock.now -= DAY_MS
    expect(await store.charge(call(), MATCH)).toMatchObject({ problem: 'quota_expired' })
  })

  test('a call given back to a lot that has lapsed meanwhile expires with it', async () => {
    const { store, call, clock, usage, file } = await openLedger({ calls: 1, validDays: 1 })
    const held = call()
    await store.reserve(held, null)
    clock.now += DAY_MS
    await store.release(held, 'source_unavailable')
    expect(await usage()).toMatchObject({ reserved: 0, used: 0, expired: 1, remaining: 0 })
    expect(audit(file, MASTER).problems).toEqual([])
  })

  test('a lot may make a no-record free: by a local source, and by one that was asked', async () => {
    const { store, call, usage, file } = await openLedger({ calls: 5, isNoRecordFree: true })
    expect(await store.charge(call(), NO_RECORD)).toEqual({ kind: 'free', reason: 'no_record' })
    const held = call()
    await store.reserve(held, null)
    expect(await store.settle(held, NO_RECORD)).toEqual({ kind: 'free', reason: 'no_record' })
    expect(await usage()).toMatchObject({ used: 0, reserved: 0, remaining: 5, charged: 0, free: 2 })
    expect(audit(file, MASTER).problems).toEqual([])
  })

  test('calls of a sandbox are recorded and cost nothing, with or without quota', async () => {
    const { store, call, usage } = await openLedger({ calls: null })
    expect(await store.charge(call(), { ...MATCH, free: 'sandbox' })).toEqual({ kind: 'free', reason: 'sandbox' })
    expect(await usage()).toMatchObject({ granted: 0, charged: 0, free: 1 })
  })

  test('caps of an application are counted within the quota: by day in Shanghai, and in all', async () => {
    const { store, application, call, clock } = await openLedger({ calls: 10 })
    await store.run('changeApplication', {
      actor: 'operator',
      appId: application.appId,
      set: { cap_daily: 2, cap_total: 3 },
    })
    expect((await store.charge(call(), MATCH)).kind).toBe('charged')
    expect((await store.charge(call(), MATCH)).kind).toBe('charged')
    expect(await store.charge(call(), MATCH)).toMatchObject({ problem: 'quota_exhausted' })
    clock.now += DAY_MS
    expect((await store.charge(call(), MATCH)).kind).toBe('charged')
    expect(await store.charge(call(), MATCH)).toMatchObject({ problem: 'quota_exhausted' })
  })

  test('a released call is given back to the caps too', async () => {
    const { store, application, call } = await openLedger({ calls: 10 })
    await store.run('changeApplication', { actor: 'operator', appId: application.appId, set: { cap_total: 1 } })
    const held = call()
    await store.reserve(held, null)
    expect(await store.charge(call(), MATCH)).toMatchObject({ problem: 'quota_exhausted' })
    await store.release(held, 'source_unavailable')
    expect((await store.charge(call(), MATCH)).kind).toBe('charged')
  })
})

describe('a nonce', () => {
  test('is spent once, raced a thousand times, and a refused call is not charged', async () => {
    const { store, call, usage } = await openLedger({ calls: 2000 })
    const raced = await Promise.all(Array.from({ length: 1000 }, () => store.charge(call({ nonce: 'n' }), MATCH)))
    expect(raced.filter(({ kind }) => kind === 'charged')).toHaveLength(1)
    expect(raced.filter((each) => each.kind === 'refused' && each.problem === 'nonce_used')).toHaveLength(999)
    expect(await usage()).toMatchObject({ used: 1 })
  })

  test('is spent without a call too, and over a restart', async () => {
    const { store, options, call } = await openLedger()
    expect(await store.spendNonce({ ...call(), nonce: 'n' })).toBe(true)
    await store.close()
    const again = await Store.open(options)
    opened.push({ store: again, directory: options.file })
    expect(await again.spendNonce({ ...call(), nonce: 'n' })).toBe(false)
    expect(await again.charge(call({ nonce: 'n' }), MATCH)).toMatchObject({ problem: 'nonce_used' })
  })

  test('is forgotten after half an hour', async () => {
    const { store, call, clock } = await openLedger()
    await store.spendNonce({ ...call(), nonce: 'n' })
    clock.now += 30 * 60_000
    expect(await store.run('purge', { limit: 100 })).toBe(0)
    clock.now += 1
    expect(await store.run('purge', { limit: 100 })).toBe(1)
    expect(await store.spendNonce({ ...call(), nonce: 'n' })).toBe(true)
  })
})

describe('a repeated request (Idempotency-Key)', () => {
  test('is answered afresh and free, three times, and then refused with the call it repeats', async () => {
    const { store, call, usage, file } = await openLedger({ calls: 5 })
    const first = call({ repeat: KEY })
    expect(await store.charge(first, MATCH)).toEqual({ kind: 'charged' })
    for (let repeat = 0; repeat < 3; repeat++) {
      expect(await store.charge(call({ repeat: KEY }), MATCH)).toEqual({ kind: 'free', reason: 'replay' })
    }
    expect(await store.charge(call({ repeat: KEY }), MATCH)).toEqual({
      kind: 'refused',
      problem: 'replay_limit',
      callId: first.id,
    })
    expect(await usage()).toMatchObject({ used: 1, charged: 1, free: 3 })
    expect(audit(file, MASTER).problems).toEqual([])
  })

  test('is free within ten minutes only', async () => {
    const { store, call, clock } = await openLedger()
    await store.charge(call({ repeat: KEY }), MATCH)
    clock.now += 10 * 60_000 + 1
    expect(await store.charge(call({ repeat: KEY }), MATCH)).toMatchObject({ problem: 'replay_limit' })
  })

  test('while the first is under way is refused; after the first was released it is a new call', async () => {
    const { store, call, usage } = await openLedger()
    const first = call({ repeat: KEY })
    await store.reserve(first, null)
    expect(await store.reserve(call({ repeat: KEY }), null)).toMatchObject({
      problem: 'repeat_in_flight',
      callId: first.id,
    })
    await store.release(first, 'source_unavailable')
    const second = call({ repeat: KEY })
    expect(await store.reserve(second, null)).toEqual({ kind: 'reserved' })
    expect(await store.settle(second, MATCH)).toEqual({ kind: 'charged' })
    expect(await usage()).toMatchObject({ used: 1 })
  })

  test('of a settled call holds nothing while the source is asked again', async () => {
    const { store, call, usage } = await openLedger({ calls: 1 })
    await store.charge(call({ repeat: KEY }), MATCH)
    const again = call({ repeat: KEY })
    expect(await store.reserve(again, null)).toEqual({ kind: 'reserved' })
    expect(await store.settle(again, MATCH)).toEqual({ kind: 'free', reason: 'replay' })
    expect(await usage()).toMatchObject({ used: 1, charged: 1, free: 1 })
  })

  test('with another request under the key is refused', async () => {
    const { store, call } = await openLedger()
    await store.charge(call({ repeat: KEY }), MATCH)
    const other = call({ repeat: { ...KEY, fingerprint: 'request-2' } })
    expect(await store.charge(other, MATCH)).toMatchObject({ problem: 'repeat_differs' })
  })

  test('raced a thousand times is charged once', async () => {
    const { store, call, usage } = await openLedger({ calls: 2000 })
    const raced = await Promise.all(Array.from({ length: 1000 }, () => store.charge(call({ repeat: KEY }), MATCH)))
    expect(raced.filter(({ kind }) => kind === 'charged')).toHaveLength(1)
    expect(await usage()).toMatchObject({ used: 1 })
  })
})

describe('opening', () => {
  test('a second process is refused while the first one holds the store', async () => {
    const { options } = await openLedger()
    await expect(Store.open(options)).rejects.toThrow(/another process is using this store/)
  })

  test('with another master key is refused', async () => {
    const { store, options } = await openLedger()
    await store.close()
    await expect(Store.open({ ...options, master: Buffer.alloc(32, 8) })).rejects.toThrow(/master key/)
  })

  test('a ledger that does not add up is refused, and the audit says where', async () => {
    const { store, call, options, file } = await openLedger()
    await store.charge(call(), MATCH)
    await store.close()
    const db = new Database(file)
    db.exec('UPDATE lots SET used = used + 1')
    db.close()
    expect(audit(file, MASTER).problems).toEqual([expect.stringMatching(/used is 2, its entries say 1/)])
    await expect(Store.open(options)).rejects.toThrow(/does not add up/)
  })

  test('a changed entry, a missing one, and a changed line of the audit log are found', async () => {
    const { store, call, file } = await openLedger()
    await store.charge(call(), MATCH)
    await store.charge(call(), MATCH)
    await store.close()
    const tamper = (change: string) => {
      const db = new Database(file)
      db.exec(
        'DROP TRIGGER IF EXISTS entries_no_update; DROP TRIGGER IF EXISTS entries_no_delete; DROP TRIGGER IF EXISTS audit_log_no_update',
      )
      db.exec('BEGIN')
      db.exec(change)
      db.exec('COMMIT')
      db.close()
      return audit(file, MASTER).problems.join('\n')
    }
    expect(tamper("UPDATE audit_log SET actor = 'nobody' WHERE seq = 1")).toMatch(/audit log .* line 1 was changed/)
    expect(tamper('UPDATE entries SET at = at + 1 WHERE seq = 2')).toMatch(/entry 2 was changed/)
    expect(tamper('DELETE FROM entries WHERE seq = 2')).toMatch(/entry 2 is missing/)
  })

  test('entries can be neither changed nor removed', async () => {
    const { store, file } = await openLedger()
    await store.close()
    const db = new Database(file)
    expect(() => db.exec('UPDATE entries SET quantity = 9')).toThrow(/append-only/)
    expect(() => db.exec('DELETE FROM entries')).toThrow(/append-only/)
    db.close()
  })

  test('a checkpoint is signed, and the next check begins from it', async () => {
    const { store, call, file } = await openLedger()
    await store.charge(call(), MATCH)
    expect(await store.check()).toEqual([])
    await store.charge(call(), MATCH)
    expect(await store.check()).toEqual([])
    expect(await store.check()).toEqual([])
    const db = new Database(file)
    expect(db.prepare('SELECT count(*) FROM checkpoints').pluck().get()).toBe(2)
    expect(audit(file, MASTER).ok).toBe(true)
    db.exec('UPDATE checkpoints SET at = at + 1')
    db.close()
    expect(audit(file, MASTER).problems[0]).toMatch(/signature is wrong/)
  })
})

test('whatever is asked, in whatever order, the ledger adds up (100 histories)', async () => {
  const { store, clock, file } = await openLedger({ calls: null })
  const step = fc.oneof(
    fc.record({
      do: fc.constant('charge' as const),
      isNoRecord: fc.boolean(),
      key: fc.option(fc.constantFrom('a', 'b')),
    }),
    fc.record({ do: fc.constant('reserve' as const), key: fc.option(fc.constantFrom('a', 'b')) }),
    fc.record({ do: fc.constant('settle' as const), isNoRecord: fc.boolean() }),
    fc.record({ do: fc.constant('release' as const) }),
    fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 0, max: 30 }) }),
    fc.record({
      do: fc.constant('grant' as const),
      calls: fc.integer({ min: 1, max: 3 }),
      validDays: fc.option(fc.integer({ min: 1, max: 3 })),
    }),
    fc.record({ do: fc.constant('expire' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, isNoRecordFree) => {
      const application = await newApplication(store, { calls: 2, validDays: 1, isNoRecordFree })
      let charged = 0
      const held: ReturnType<typeof callOf>[] = []
      for (const each of steps) {
        const key = 'key' in each && each.key !== null ? { repeat: { keyDigest: each.key, fingerprint: 'f' } } : {}
        const call = callOf(application, clock.now, key)
        if (
          each.do === 'charge' &&
          (await store.charge(call, { ...MATCH, isNoRecord: each.isNoRecord })).kind === 'charged'
        )
          charged++
        if (each.do === 'reserve' && (await store.reserve(call, null)).kind === 'reserved') held.push(call)
        const next = each.do === 'settle' || each.do === 'release' ? held.shift() : undefined
        if (
          next &&
          each.do === 'settle' &&
          (await store.settle(next, { ...MATCH, isNoRecord: each.isNoRecord })).kind === 'charged'
        )
          charged++
        if (next && each.do === 'release') await store.release(next, 'source_unavailable')
        if (each.do === 'wait') clock.now += each.hours * 3_600_000
        if (each.do === 'grant') {
          const { calls, validDays } = each
          await store.run('grantToApplication', {
            actor: 'operator',
            appId: application.appId,
            calls,
            validDays,
            isNoRecordFree,
            orderRef: null,
          })
        }
        if (each.do === 'expire') await store.expireLapsed(100)
      }
      const usage = await store.run('readUsage', application.appId)
      expect(usage).toMatchObject({ used: charged, charged })
      if (usage) expect(usage.granted).toBe(usage.reserved + usage.used + usage.expired + usage.remaining)
    }),
    { numRuns: 100 },
  )
  expect(audit(file, MASTER).problems).toEqual([])
})
