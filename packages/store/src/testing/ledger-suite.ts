import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { type CreatedApplication, newCallId, Store } from '../index.js'
import type { TestEngine, TestPlace } from './engines.js'

const NOON = Date.UTC(2026, 0, 15, 4)
const DAY_MS = 86_400_000
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

/** What the ledger does, on whatever engine: the manual's page on charging. */
export function ledgerSuite(engine: TestEngine): void {
  const opened: Store[] = []
  const places: TestPlace[] = []
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close().catch(() => undefined)
    for (const place of places.splice(0)) await place.remove()
  })

  const reopen = async (options: Parameters<typeof Store.open>[0]) => {
    const store = await Store.open(options)
    opened.push(store)
    return store
  }

  async function openLedger({
    calls = 5 as number | null,
    validDays = 30 as number | null,
    isNoRecordFree = false,
  } = {}) {
    const place = await engine.place()
    places.push(place)
    const clock = { now: NOON }
    const options = place.options(() => clock.now)
    const store = await reopen(options)
    const application = await newApplication(store, { calls, validDays, isNoRecordFree })
    const call = (more: Partial<Parameters<Store['charge']>[0]> = {}) => callOf(application, clock.now, more)
    const usage = async () => {
      const read = await store.run('readUsage', application.appId)
      if (read === null) throw new Error('no such application')
      return read
    }
    return { store, options, clock, application, call, usage, place }
  }

  describe('the ledger', () => {
    test('a charge takes one call, and says so to everyone who looks', async () => {
      const { store, call, usage, place } = await openLedger({ calls: 5 })
      expect(await store.charge(call(), MATCH)).toEqual({ kind: 'charged' })
      expect(await usage()).toEqual({ granted: 5, reserved: 0, used: 1, expired: 0, remaining: 4, charged: 1, free: 0 })
      expect(await place.audit()).toMatchObject({ ok: true, entries: 2, lots: 1, problems: [] })
    })

    test('the last call is taken once, however many ask for it', async () => {
      const { store, call, usage, place } = await openLedger({ calls: 1 })
      const taken = await Promise.all(Array.from({ length: 10_000 }, () => store.charge(call(), MATCH)))
      expect(taken.filter(({ kind }) => kind === 'charged')).toHaveLength(1)
      expect(taken.filter((each) => each.kind === 'refused' && each.problem === 'quota_exhausted')).toHaveLength(9_999)
      expect(await usage()).toMatchObject({ used: 1, remaining: 0, charged: 1 })
      expect((await place.audit()).ok).toBe(true)
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
      const { store, call, place } = await openLedger()
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
      const kept = await place.query<object>(
        'SELECT call_id, ordinal, outcome, duration_ms, cost_centifen, may_be_billed FROM attempts',
      )
      expect(kept.map((row) => Object.values(row))).toEqual(
        expect.arrayContaining([
          [silent.id, 1, 'timeout', 13, 0, 1],
          [answered.id, 1, 'timeout', 13, 0, 1],
          [answered.id, 2, 'verdict', 13, 325, 0],
        ]),
      )
      expect(await place.query("SELECT source FROM calls WHERE state = 'settled'")).toEqual([{ source: 'supplier-2' }])
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
      await expect(store.charge(once, MATCH)).rejects.toThrow(/UNIQUE|duplicate key/)
      expect(await usage()).toMatchObject({ used: 1 })
    })

    test('a fault of one call leaves the others of its batch charged', async () => {
      const { store, call, usage, place } = await openLedger()
      const once = call()
      await store.charge(once, MATCH)
      const [good, bad, alsoGood] = await Promise.allSettled([
        store.charge(call(), MATCH),
        store.charge(once, MATCH),
        store.charge(call(), MATCH),
      ])
      expect([good.status, bad.status, alsoGood.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(await usage()).toMatchObject({ used: 3 })
      expect((await place.audit()).problems).toEqual([])
    })

    test('the lot that expires first is used first', async () => {
      const { store, application, call, place } = await openLedger({ calls: 2, validDays: 30 })
      const { appId } = application
      const lot = { actor: 'operator', appId, calls: 2, isNoRecordFree: false, orderRef: null }
      const soon = await store.run('grantToApplication', { ...lot, validDays: 1 })
      await store.run('grantToApplication', { ...lot, validDays: null })
      await store.charge(call(), MATCH)
      await store.charge(call(), MATCH)
      expect(await place.query('SELECT id FROM lots WHERE used = 2')).toEqual([{ id: soon?.lotId }])
    })

    test('a lapsed lot gives no call; when all have lapsed the quota is expired, not exhausted', async () => {
      const { store, call, clock, usage, place } = await openLedger({ calls: 3, validDays: 1 })
      clock.now += DAY_MS
      expect(await store.charge(call(), MATCH)).toMatchObject({ kind: 'refused', problem: 'quota_expired' })
      expect(await store.expireLapsed(100)).toBe(1)
      expect(await usage()).toMatchObject({ expired: 3, remaining: 0 })
      expect(await store.charge(call(), MATCH)).toMatchObject({ kind: 'refused', problem: 'quota_expired' })
      expect((await place.audit()).ok).toBe(true)
    })

    test('a clock set back brings no lapsed lot to life', async () => {
      const { store, call, clock } = await openLedger({ calls: 3, validDays: 1 })
      clock.now += DAY_MS
      await store.charge(call(), MATCH)
      clock.now -= DAY_MS
      expect(await store.charge(call(), MATCH)).toMatchObject({ problem: 'quota_expired' })
    })

    test('a call given back to a lot that has lapsed meanwhile expires with it', async () => {
      const { store, call, clock, usage, place } = await openLedger({ calls: 1, validDays: 1 })
      const held = call()
      await store.reserve(held, null)
      clock.now += DAY_MS
      await store.release(held, 'source_unavailable')
      expect(await usage()).toMatchObject({ reserved: 0, used: 0, expired: 1, remaining: 0 })
      expect((await place.audit()).problems).toEqual([])
    })

    test('a lot may make a no-record free: by a local source, and by one that was asked', async () => {
      const { store, call, usage, place } = await openLedger({ calls: 5, isNoRecordFree: true })
      expect(await store.charge(call(), NO_RECORD)).toEqual({ kind: 'free', reason: 'no_record' })
      const held = call()
      await store.reserve(held, null)
      expect(await store.settle(held, NO_RECORD)).toEqual({ kind: 'free', reason: 'no_record' })
      expect(await usage()).toMatchObject({ used: 0, reserved: 0, remaining: 5, charged: 0, free: 2 })
      expect((await place.audit()).problems).toEqual([])
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
      const again = await reopen(options)
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
      const { store, call, usage, place } = await openLedger({ calls: 5 })
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
      expect((await place.audit()).problems).toEqual([])
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
    test('with another master key is refused', async () => {
      const { store, options } = await openLedger()
      await store.close()
      await expect(Store.open({ ...options, master: Buffer.alloc(32, 8) })).rejects.toThrow(/master key/)
    })

    test('a ledger that does not add up is refused, and the audit says where', async () => {
      const { store, call, options, place } = await openLedger()
      await store.charge(call(), MATCH)
      await store.close()
      await place.query('UPDATE lots SET used = used + 1')
      expect((await place.audit()).problems).toEqual([expect.stringMatching(/used is 2, its entries say 1/)])
      await expect(Store.open(options)).rejects.toThrow(/does not add up/)
    })

    test('a changed entry, a missing one, and a changed line of the audit log are found', async () => {
      const { store, call, place } = await openLedger()
      await store.charge(call(), MATCH)
      await store.charge(call(), MATCH)
      await store.close()
      await place.disarm()
      const tamper = async (change: string) => {
        await place.query(change)
        return (await place.audit()).problems.join('\n')
      }
      expect(await tamper("UPDATE audit_log SET actor = 'nobody' WHERE seq = 1")).toMatch(
        /audit log .* line 1 was changed/,
      )
      expect(await tamper("UPDATE entries SET at = at + 1 WHERE kind = 'charge' AND seq <= 2")).toMatch(
        /entry \d was changed/,
      )
      expect(
        await tamper(
          "DELETE FROM entries WHERE kind = 'charge' AND seq = (SELECT min(seq) FROM entries WHERE kind = 'charge')",
        ),
      ).toMatch(/entry \d is missing/)
    })

    test('entries can be neither changed nor removed', async () => {
      const { store, place } = await openLedger()
      await store.close()
      await expect(place.query('UPDATE entries SET quantity = 9')).rejects.toThrow(/append-only/)
      await expect(place.query('DELETE FROM entries')).rejects.toThrow(/append-only/)
    })

    test('a checkpoint is signed, and the next check begins from it', async () => {
      const { store, call, place } = await openLedger()
      await store.charge(call(), MATCH)
      expect(await store.check()).toEqual([])
      await store.charge(call(), MATCH)
      expect(await store.check()).toEqual([])
      expect(await store.check()).toEqual([])
      expect(await place.query('SELECT count(*) AS count FROM checkpoints')).toEqual([{ count: 2 }])
      expect((await place.audit()).ok).toBe(true)
      await place.query('UPDATE checkpoints SET at = at + 1')
      expect((await place.audit()).problems[0]).toMatch(/signature is wrong/)
    })
  })

  test('whatever is asked, in whatever order, the ledger adds up (100 histories)', async () => {
    const { store, clock, place } = await openLedger({ calls: null })
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
    expect((await place.audit()).problems).toEqual([])
  })
}
