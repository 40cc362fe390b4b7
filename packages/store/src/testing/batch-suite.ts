import { afterEach, beforeEach, expect, test } from 'vitest'
import { BATCH_JOB, BATCH_KEPT_MAX_MS, BATCH_KEY_PREFIX, BATCHES_KEPT_MAX, newCallId, newId, Store } from '../index.js'
import type { TestEngine, TestPlace } from './engines.js'

const NOON = Date.UTC(2026, 0, 15, 4)
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LEASE_MS = 30_000
const NONE = { match: 0, mismatch: 0, no_record: 0, problem: 0, charged: 0, duplicates: 0 }

/** What a batch and its job promise, whatever keeps them. */
export function batchSuite(engine: TestEngine): void {
  let place: TestPlace
  let store: Store
  let clock: number
  let ids: { accountId: string; appId: string; credentialId: string }

  beforeEach(async () => {
    clock = NOON
    place = await engine.place()
    store = await Store.open(place.options(() => clock))
    const { accountId, appId } = await application(5)
    const [credential] = (await store.run('listCredentials', appId)) ?? []
    ids = { accountId, appId, credentialId: credential?.id ?? '' }
  })
  afterEach(async () => {
    await store.close()
    await place.remove()
  })

  async function application(calls: number) {
    const created = await store.run('createApplication', {
      actor: 'operator',
      accountId: null,
      name: 'A school',
      mode: 'live',
      fields: 'masked',
      calls,
      validDays: 30,
      isNoRecordFree: false,
    })
    if (typeof created === 'string') throw new Error(created)
    return created
  }

  const upload = async (of = ids) => {
    const batchId = newId('bat', clock)
    await send(of, batchId)
    return { accountId: of.accountId, batchId }
  }
  const send = (of = ids, batchId = newId('bat', clock), through = store) =>
    through.run('createBatch', {
      ...of,
      batchId,
      key: 'a key of the files',
      mapping: '{"sheet":"a title"}',
      format: 'csv',
      purpose: 'enrolment',
      legalBasis: 'consent',
      isDeduplicated: false,
      rows: 3,
      keepMs: DAY_MS,
    })
  const started = async (of = ids) => {
    const which = await upload(of)
    const start = { credentialId: of.credentialId, mapping: '{}', rows: 3, isDeduplicated: true, keepMs: DAY_MS }
    expect(await store.run('startBatch', { ...which, ...start })).toMatchObject({ status: 'queued', rows: 3 })
    return which
  }
  const lease = (name: string) => store.run('leaseJob', { kind: BATCH_JOB, lease: name, leaseMs: LEASE_MS })
  const change = (which: { accountId: string; batchId: string }, to: 'paused' | 'queued' | 'cancelled') =>
    store.run('changeBatch', { ...which, to, credentialId: ids.credentialId, keepMs: DAY_MS })
  const status = async (which: { accountId: string; batchId: string }) =>
    (await store.run('findBatch', which))?.status ?? null

  test('a batch is done by one, however many ask for it; who loses it writes nothing any more', async () => {
    const which = await started()
    const leased = await Promise.all([lease('one'), lease('two'), lease('three')])
    expect(leased.filter((job) => job !== null)).toHaveLength(1)
    const [first = ''] = ['one', 'two', 'three'].filter((_, index) => leased[index] !== null)
    expect(await store.run('beginBatch', { ...which, lease: first })).toMatchObject({ status: 'running' })
    const progress = { ...which, leaseMs: LEASE_MS, corrections: 0, rowsPerSecond: 10 }
    const one = { ...progress, lease: first, from: [], to: [{ file: 'a', bytes: 7 }], added: { ...NONE, match: 1 } }
    expect(await store.run('saveBatchProgress', one)).toBe('running')

    clock += LEASE_MS + 1
    expect(await lease('later')).toMatchObject({ key: which.batchId, attempts: 1 })
    const late = { ...one, from: one.to, to: [{ file: 'a', bytes: 9 }] }
    expect(await store.run('saveBatchProgress', late)).toBeNull()
    const end = { ...which, lease: first, status: 'completed', reason: null, keepMs: DAY_MS } as const
    expect(await store.run('endBatch', end)).toBe(false)
    expect(await store.run('findBatch', which)).toMatchObject({
      status: 'running',
      counts: { match: 1 },
      results: [{ file: 'a', bytes: 7 }],
    })
  })

  test('of one account one batch is done at a time; another account does not wait for it', async () => {
    const first = await started()
    clock += 1
    const second = await started()
    clock += 1
    const other = await application(5)
    const [credential] = (await store.run('listCredentials', other.appId)) ?? []
    const third = await started({
      accountId: other.accountId,
      appId: other.appId,
      credentialId: credential?.id ?? '',
    })
    expect([await lease('1'), await lease('2'), await lease('3')].map((job) => job?.key)).toEqual([
      first.batchId,
      third.batchId,
      undefined,
    ])
    await store.run('endBatch', { ...first, lease: '1', status: 'completed', reason: null, keepMs: DAY_MS })
    expect((await lease('4'))?.key).toBe(second.batchId)
  })

  test('its completion is told once, in the same transaction, with counts and without a person', async () => {
    const which = await started()
    await lease('one')
    await store.run('beginBatch', { ...which, lease: 'one' })
    const end = { ...which, lease: 'one', status: 'completed', reason: null, keepMs: DAY_MS } as const
    expect([await store.run('endBatch', end), await store.run('endBatch', end)]).toEqual([true, false])
    const events = await place.query<{ payload: string }>("SELECT payload FROM outbox WHERE kind = 'batch.completed'")
    expect(events.map(({ payload }) => JSON.parse(payload))).toEqual([
      { batchId: which.batchId, applicationId: ids.appId, rows: 3, ...NONE },
    ])
  })

  test('pause, resume and cancel: whoever is at it hears of it, and one that was resumed meanwhile is gone on with', async () => {
    const which = await started()
    await lease('one')
    await store.run('beginBatch', { ...which, lease: 'one' })
    expect(await change(which, 'paused')).toMatchObject({ status: 'paused' })
    expect(await change(which, 'paused')).toBeNull()
    const nothing = { ...which, lease: 'one', leaseMs: LEASE_MS, from: [], to: [], corrections: 0, rowsPerSecond: null }
    expect(await store.run('saveBatchProgress', { ...nothing, added: NONE })).toBe('paused')
    expect(await change(which, 'queued')).toMatchObject({ status: 'queued' })
    await store.run('leaveBatch', { ...which, lease: 'one' })
    expect((await lease('two'))?.key).toBe(which.batchId)
    await change(which, 'cancelled')
    await store.run('leaveBatch', { ...which, lease: 'two' })
    expect([await lease('three'), await status(which), await change(which, 'queued')]).toEqual([
      null,
      'cancelled',
      null,
    ])
  })

  test('a row of a batch that stands still is corrected by one at a time', async () => {
    const which = await started()
    const hold = (name: string) => store.run('holdBatch', { ...which, lease: name, leaseMs: LEASE_MS })
    expect(await hold('early')).toBe(false)
    await lease('one')
    await store.run('beginBatch', { ...which, lease: 'one' })
    await store.run('endBatch', { ...which, lease: 'one', status: 'completed', reason: null, keepMs: DAY_MS })
    expect([await hold('a'), await hold('b')]).toEqual([true, false])
    await store.run('leaveBatch', { ...which, lease: 'a' })
    expect(await hold('b')).toBe(true)
  })

  test('of one account so many are kept and no more, however many are sent at once; each that is destroyed makes room', async () => {
    const others = { ...(await application(5)), credentialId: ids.credentialId }
    const options = place.options(() => clock)
    // Of a database that several nodes share, through two of them.
    const second = 'url' in options ? await Store.open(options) : store
    const sent = await Promise.all(
      Array.from({ length: BATCHES_KEPT_MAX + 10 }, (_, turn) => send(ids, undefined, turn % 2 === 0 ? store : second)),
    )
    if (second !== store) await second.close()
    const kept = sent.filter((batch) => batch !== 'full')
    expect(kept).toHaveLength(BATCHES_KEPT_MAX)
    expect(await store.run('hasRoomForBatch', ids)).toBe(false)
    expect(await send(others)).toMatchObject({ status: 'uploaded' })
    expect(await send()).toBe('full')
    await store.run('destroyBatch', { accountId: ids.accountId, batchId: kept[0]?.id ?? '' })
    expect(await store.run('hasRoomForBatch', ids)).toBe(true)
    expect(await send()).toMatchObject({ status: 'uploaded' })
    expect(await send()).toBe('full')
  })

  test('a destroyed batch has no key any more, and keeps its purpose and its counts', async () => {
    const which = await upload()
    expect(await store.run('openBatch', which)).toEqual({ key: 'a key of the files', mapping: '{"sheet":"a title"}' })
    expect([await store.run('destroyBatch', which), await store.run('destroyBatch', which)]).toEqual([true, false])
    expect(await store.run('openBatch', which)).toBeNull()
    const [row] = await place.query<{ sealed_key: Uint8Array; sealed_mapping: Uint8Array }>('SELECT * FROM batches')
    expect([...(row?.sealed_key ?? [1]), ...(row?.sealed_mapping ?? [1])].every((byte) => byte === 0)).toBe(true)
    expect(await store.run('findBatch', which)).toMatchObject({
      status: 'cancelled',
      purpose: 'enrolment',
      legalBasis: 'consent',
      destroyedAt: NOON,
    })
  })

  test('it is destroyed a day after what was last done with it, and seven days after it was sent at the latest', async () => {
    const which = await started()
    const expire = () => store.run('destroyExpiredBatches', { limit: 10 })
    clock += DAY_MS - 1
    expect(await expire()).toEqual([])
    await change(which, 'paused')
    clock += DAY_MS - 1
    expect(await expire()).toEqual([])
    const week = { ...which, to: 'queued', credentialId: ids.credentialId, keepMs: 30 * DAY_MS } as const
    await store.run('changeBatch', week)
    expect((await store.run('findBatch', which))?.expiresAt).toBe(NOON + BATCH_KEPT_MAX_MS)
    clock = NOON + BATCH_KEPT_MAX_MS
    expect(await expire()).toEqual([which.batchId])
    expect(await store.run('livingBatches', { ids: [which.batchId] })).toEqual([])
  })

  test('a row that was charged is asked again free for as long as its batch can live; a caller’s key is not', async () => {
    const take = (keyDigest: string) => {
      const call = { id: newCallId(clock), at: clock, nonce: null, repeat: { keyDigest, fingerprint: 'f' } }
      const { accountId, appId: applicationId, credentialId } = ids
      const terms = { source: 'record', isNoRecord: false, free: null }
      return store.charge({ ...call, accountId, applicationId, credentialId }, terms).then((taken) => ({ taken, call }))
    }
    const keys = [`${BATCH_KEY_PREFIX}row`, 'caller']
    const [first] = await Promise.all(keys.map(take))
    expect(first?.taken).toEqual({ kind: 'charged' })
    for (let times = 0; times < 5; times++) {
      clock += DAY_MS
      await store.run('purge', { limit: 100 })
      expect((await take(keys[0] ?? '')).taken).toEqual({ kind: 'free', reason: 'replay' })
    }
    const found = { accountId: ids.accountId, appId: ids.appId, keyDigest: keys[0] ?? '' }
    expect(await store.run('findRepeated', found)).toEqual({ callId: first?.call.id, isCharged: true })
    // Forgotten after a day, a caller's key is a new one.
    expect((await take('caller')).taken).toEqual({ kind: 'charged' })
    clock += HOUR_MS
    expect((await take('caller')).taken).toMatchObject({ kind: 'refused', problem: 'replay_limit' })
    clock += BATCH_KEPT_MAX_MS
    await store.run('purge', { limit: 100 })
    expect(await store.run('findRepeated', found)).toBeNull()
  })
}
