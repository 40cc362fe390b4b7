import { afterEach, describe, expect, test } from 'vitest'
import { newCallId, type SharedStoreOptions, Store } from './index.js'
import { postgresEngine, TEST_MASTER, type TestPlace } from './testing/engines.js'
import { testServer } from './testing/test-server.js'

const NOON = Date.UTC(2026, 0, 15, 4)
const MATCH = { source: 'roster', isNoRecord: false, free: null }
/** Every account that is asked for at all is leased, on every node. */
const EAGER = { fromPerSecond: 0, fromNodes: 1, windowMs: 0 }

const opened: Store[] = []
const places: TestPlace[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close().catch(() => undefined)))
  for (const place of places.splice(0)) await place.remove()
})

/** Nodes on one new database, with one application of so many calls. */
async function openNodes(
  count: number,
  { calls = 5, leaseTerms }: { calls?: number } & Partial<SharedStoreOptions> = {},
) {
  const place = await postgresEngine(testServer()).place()
  places.push(place)
  const join = async () => {
    const options = place.options(() => NOON) as SharedStoreOptions
    const store = await Store.open({ ...options, ...(leaseTerms ? { leaseTerms } : {}) })
    opened.push(store)
    return store
  }
  // At once, as a rolled out installation starts.
  const nodes = await Promise.all(Array.from({ length: count }, join))
  const node = (place: number): Store => {
    const found = nodes[place % count]
    if (found === undefined) throw new Error('no such node')
    return found
  }
  const application = await node(0).run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'A hospital',
    mode: 'live',
    fields: 'masked',
    validDays: 30,
    isNoRecordFree: false,
    calls,
  })
  if (typeof application === 'string') throw new Error(application)
  const call = (more: Partial<Parameters<Store['charge']>[0]> = {}) => ({
    id: newCallId(NOON),
    at: NOON,
    accountId: application.accountId,
    applicationId: application.appId,
    credentialId: 'cred_1',
    nonce: null,
    repeat: null,
    ...more,
  })
  const usage = () => node(0).run('readUsage', application.appId)
  return { place, join, nodes, node, application, call, usage }
}

describe('several nodes', () => {
  test.each([
    ['deciding on the lots', undefined],
    ['with leases', EAGER],
  ])('sell the last call once, %s', async (_name, leaseTerms) => {
    const { node, call, usage, place } = await openNodes(3, { calls: 500, ...(leaseTerms ? { leaseTerms } : {}) })
    const taken = await Promise.all(
      Array.from({ length: 3_000 }, async (_, turn) => {
        // Half of them in two steps; each call stays with its node, as a request does.
        if (turn % 2 === 0) return node(turn).charge(call(), MATCH)
        const held = call()
        const reserved = await node(turn).reserve(held, null)
        return reserved.kind === 'reserved' ? node(turn).settle(held, MATCH) : reserved
      }),
    )
    expect(taken.filter(({ kind }) => kind === 'charged')).toHaveLength(500)
    expect(taken.filter((each) => each.kind === 'refused' && each.problem === 'quota_exhausted')).toHaveLength(2_500)
    expect(await usage()).toMatchObject({ used: 500, reserved: 0, remaining: 0, charged: 500 })
    expect((await place.audit()).problems).toEqual([])
  })

  test('never refuse a call that lies in the lease of another', async () => {
    const { node, call, place, usage } = await openNodes(2, { calls: 100, leaseTerms: EAGER })
    // The first one takes leases; what is left goes to the second, to the last call.
    for (let turn = 0; turn < 10; turn++) expect(await node(0).charge(call(), MATCH)).toEqual({ kind: 'charged' })
    expect(await place.query(`SELECT 1 AS one FROM leases WHERE state = 'active'`)).not.toEqual([])
    for (let turn = 0; turn < 90; turn++) expect(await node(1).charge(call(), MATCH)).toEqual({ kind: 'charged' })
    expect(await node(1).charge(call(), MATCH)).toMatchObject({ problem: 'quota_exhausted' })
    expect(await node(0).charge(call(), MATCH)).toMatchObject({ problem: 'quota_exhausted' })
    expect(await usage()).toMatchObject({ used: 100, remaining: 0 })
    expect((await place.audit()).problems).toEqual([])
  })

  test('count what is used under leases as used, at once', async () => {
    const { node, call, usage, application, place } = await openNodes(1, { calls: 1_000, leaseTerms: EAGER })
    for (let turn = 0; turn < 20; turn++) await node(0).charge(call(), MATCH)
    expect(await usage()).toMatchObject({ granted: 1_000, used: 20, remaining: 980, charged: 20 })
    const quota = await node(0).quota(application.accountId, application.appId)
    expect(quota.account.left).toBe(980)
    expect((await place.audit()).problems).toEqual([])
  })

  test('spend a nonce once, raced over all of them', async () => {
    const { node, call } = await openNodes(3, { calls: 1_000 })
    const raced = await Promise.all(
      Array.from({ length: 600 }, (_, turn) => node(turn).charge(call({ nonce: 'n' }), MATCH)),
    )
    expect(raced.filter(({ kind }) => kind === 'charged')).toHaveLength(1)
    expect(raced.filter((each) => each.kind === 'refused' && each.problem === 'nonce_used')).toHaveLength(599)
  })

  test('charge one Idempotency-Key once, raced over all of them', async () => {
    const { node, call, usage } = await openNodes(3, { calls: 1_000 })
    const repeat = { keyDigest: 'key-1', fingerprint: 'request-1' }
    const raced = await Promise.all(
      Array.from({ length: 600 }, (_, turn) => node(turn).charge(call({ repeat }), MATCH)),
    )
    expect(raced.filter(({ kind }) => kind === 'charged')).toHaveLength(1)
    expect(await usage()).toMatchObject({ used: 1 })
  })

  test('keep an application to its caps together', async () => {
    const { node, call, application, usage } = await openNodes(3, { calls: 1_000, leaseTerms: EAGER })
    await node(0).run('changeApplication', { actor: 'operator', appId: application.appId, set: { cap_total: 100 } })
    const taken = await Promise.all(Array.from({ length: 600 }, (_, turn) => node(turn).charge(call(), MATCH)))
    expect(taken.filter(({ kind }) => kind === 'charged')).toHaveLength(100)
    expect(await usage()).toMatchObject({ used: 100 })
  })

  test('hear of each other’s changes', async () => {
    const { node, application } = await openNodes(2)
    const heard = new Promise((resolve) => node(1).once('change', () => resolve('heard')))
    await node(0).run('changeApplication', {
      actor: 'operator',
      appId: application.appId,
      set: { status: 'suspended' },
    })
    expect(await heard).toBe('heard')
    const sources = new Promise((resolve) => node(0).once('sources', () => resolve('heard')))
    await node(1)
      .run('removeSource', { actor: 'operator', id: 'src_none' } as never)
      .catch(() => undefined)
    expect(await sources).toBe('heard')
  })

  test('do a shared job once', async () => {
    const { nodes } = await openNodes(3)
    const claims = await Promise.all(nodes.map((node) => node.claim('a job', 60_000)))
    expect(claims.filter(Boolean)).toHaveLength(1)
  })

  test('share a rate limit by how often each is asked; alone, one has all of it', async () => {
    const { node, application } = await openNodes(2)
    const ask = async (place: number, demand: number) => {
      const of = { accountId: application.accountId, applicationId: application.appId, demand }
      return (await node(place).shareRates([of]))[0]?.share
    }
    expect(await ask(0, 9)).toBe(1)
    expect(await ask(1, 29)).toBeCloseTo(30 / 39)
    expect(await ask(0, 9)).toBeCloseTo(10 / 39)
  })

  test('deliver an event once, however many ask for it', async () => {
    const { node } = await openNodes(3)
    await node(0).run('enqueue', { accountId: null, kind: 'test', payload: {} })
    const leased = await Promise.all(
      [0, 1, 2].map((each) => node(each).run('leaseOutbox', { limit: 9, leaseMs: 60_000 })),
    )
    expect(leased.flat()).toHaveLength(1)
  })
})

describe('a node that was taken for dead', () => {
  test('has its calls given back, cannot settle them any more, and goes on under a new epoch', async () => {
    const { place, join, node, call, usage } = await openNodes(1, { calls: 2 })
    const held = call()
    await node(0).reserve(held, null)
    await place.query('UPDATE writers SET heartbeat_at = 0')
    const other = await join()
    expect(other.opened.recovered).toBe(1)
    expect(await usage()).toMatchObject({ reserved: 0, remaining: 2 })
    expect(await node(0).settle(held, MATCH)).toEqual({ kind: 'fenced' })
    expect(await node(0).charge(call(), MATCH)).toEqual({ kind: 'charged' })
    expect(await other.charge(call(), MATCH)).toEqual({ kind: 'charged' })
    expect((await place.audit()).problems).toEqual([])
  })

  test('loses its leases, and what was used under them stays used', async () => {
    const { place, join, node, call, usage } = await openNodes(1, { calls: 100, leaseTerms: EAGER })
    for (let turn = 0; turn < 5; turn++) await node(0).charge(call(), MATCH)
    const held = call()
    await node(0).reserve(held, null)
    await place.query('UPDATE writers SET heartbeat_at = 0')
    await join()
    expect(await place.query(`SELECT 1 AS one FROM leases WHERE state = 'active'`)).toEqual([])
    expect(await usage()).toMatchObject({ used: 5, reserved: 0, remaining: 95 })
    expect(await node(0).settle(held, MATCH)).toEqual({ kind: 'fenced' })
    expect(await node(0).charge(call(), MATCH)).toEqual({ kind: 'charged' })
    expect((await place.audit()).problems).toEqual([])
  })
})

describe('opening', () => {
  test('a server with synchronous_commit=off is refused by name', async () => {
    const place = await postgresEngine(testServer()).place()
    places.push(place)
    const { url } = place.options(() => NOON) as SharedStoreOptions
    await place.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`)
    await expect(Store.open({ url, master: TEST_MASTER, now: () => NOON })).rejects.toThrow(/synchronous_commit=off/)
  })
})
