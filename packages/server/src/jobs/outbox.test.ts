import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CreatedApplication, newCallId, type OutboxEvent, Store } from '@heyan/store'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { quietLog } from '../log.js'
import { type OutboxConsumer, OutboxWorker } from './outbox.js'

const NOON = Date.UTC(2026, 0, 15, 4)
const DAY_MS = 86_400_000
const MASTER = Buffer.alloc(32, 7)

let directory: string
let store: Store
let clock: { now: number }

const open = () =>
  Store.open({
    file: join(directory, 'heyan.sqlite'),
    lockFile: join(directory, 'heyan.lock'),
    master: MASTER,
    now: () => clock.now,
  })

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'heyan-outbox-'))
  clock = { now: NOON }
  store = await open()
})
afterEach(async () => {
  await store.close().catch(() => undefined)
  rmSync(directory, { recursive: true, force: true })
})

/** Keeps what it gets; fails as often as it is told to. */
function consumer(name: string, { failures = 0, kinds = null as readonly string[] | null } = {}) {
  const taken: OutboxEvent[] = []
  let left = failures
  const made: OutboxConsumer = {
    name,
    wants: (kind) => kinds === null || kinds.includes(kind),
    async consume(event) {
      if (left-- > 0) throw new Error('not now')
      taken.push(event)
    },
  }
  return { ...made, taken }
}

const worker = (...consumers: OutboxConsumer[]) =>
  new OutboxWorker({ store, log: quietLog(), now: () => clock.now, consumers, random: () => 0.5 })
const happen = (kind = 'quota.low') => store.run('enqueue', { accountId: null, kind, payload: { remaining: 1 } })

async function application(calls: number, validDays = 365): Promise<CreatedApplication> {
  const created = await store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'A hospital',
    mode: 'live',
    fields: 'masked',
    calls,
    validDays,
    isNoRecordFree: false,
  })
  if (typeof created === 'string') throw new Error(created)
  return created
}

async function charge({ accountId, appId }: CreatedApplication, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    const call = { id: newCallId(clock.now), at: clock.now, accountId, applicationId: appId, credentialId: 'c' }
    await store.charge({ ...call, nonce: null, repeat: null }, { source: 'record', isNoRecord: false, free: null })
  }
}

describe('the outbox', () => {
  test('brings an event to each consumer that wants its kind, once', async () => {
    const [all, low, other] = [
      consumer('all'),
      consumer('low', { kinds: ['quota.low'] }),
      consumer('other', { kinds: [] }),
    ]
    const outbox = worker(all, low, other)
    await happen()
    await outbox.deliverDue()
    await outbox.deliverDue()
    expect([all.taken.length, low.taken.length, other.taken.length]).toEqual([1, 1, 0])
    expect(all.taken[0]).toEqual({
      id: expect.stringMatching(/^evt_/),
      accountId: null,
      kind: 'quota.low',
      payload: { remaining: 1 },
      at: NOON,
    })
    expect(low.taken[0]?.id).toBe(all.taken[0]?.id)
  })

  test('tries again later, longer each time, and only who failed', async () => {
    const [good, bad] = [consumer('good'), consumer('bad', { failures: 2 })]
    const outbox = worker(good, bad)
    await happen()
    const takenAfter = async (ms: number) => {
      clock.now += ms
      await outbox.deliverDue()
      return bad.taken.length
    }
    expect(await takenAfter(0)).toBe(0)
    expect(await takenAfter(999)).toBe(0)
    expect(await takenAfter(1)).toBe(0)
    expect(await takenAfter(3_999)).toBe(0)
    expect(await takenAfter(1)).toBe(1)
    expect(good.taken).toHaveLength(1)
  })

  test('gives up after three days, and the audit log keeps that', async () => {
    const bad = consumer('bad', { failures: Number.POSITIVE_INFINITY })
    const outbox = worker(bad)
    await happen()
    for (let hours = 0; hours < 80; hours++) {
      await outbox.deliverDue()
      clock.now += 3_600_000
    }
    clock.now += 30 * DAY_MS
    expect(await store.run('isOutboxDue', undefined)).toBe(false)
    expect(await store.run('purgeOutbox', { limit: 10 })).toBe(2)
  })

  test('survives the death of the process: what was leased is delivered when the lease has ended', async () => {
    await happen()
    expect(await store.run('leaseOutbox', { limit: 10, leaseMs: 60_000 })).toHaveLength(1)
    await store.close()
    store = await open()
    const late = consumer('late')
    await worker(late).deliverDue()
    expect(late.taken).toHaveLength(0)
    clock.now += 60_001
    await worker(late).deliverDue()
    expect(late.taken).toHaveLength(1)
  })

  test('two workers never have one delivery at a time', async () => {
    await Promise.all(Array.from({ length: 50 }, () => happen()))
    const one = consumer('one')
    const [first, second] = [worker(one), worker(one)]
    await Promise.all([first.deliverDue(), second.deliverDue()])
    expect(new Set(one.taken.map(({ id }) => id)).size).toBe(50)
    expect(one.taken).toHaveLength(50)
  })

  test('a delivery to a consumer that is no more is ended', async () => {
    await happen()
    await worker(consumer('gone', { failures: 1 })).deliverDue()
    clock.now += 1_000
    await worker().deliverDue()
    expect(await store.run('isOutboxDue', undefined)).toBe(false)
  })
})

describe('what is told about a quota', () => {
  test('that it is low and that it is used up: once each, and again after something was bought', async () => {
    const all = consumer('all')
    const outbox = worker(all)
    const bought = await application(20)
    const kinds = async () => {
      await outbox.deliverDue()
      return all.taken.splice(0).map(({ kind, payload }) => `${kind} ${payload.remaining}/${payload.granted}`)
    }
    await charge(bought, 17)
    expect(await kinds()).toEqual([])
    await charge(bought, 2)
    expect(await kinds()).toEqual(['quota.low 2/20'])
    await charge(bought, 3)
    expect(await kinds()).toEqual(['quota.exhausted 0/20'])
    const again = { actor: 'operator', appId: bought.appId, validDays: 30, isNoRecordFree: false, orderRef: null }
    await store.run('grantToApplication', { ...again, calls: 1 })
    await charge(bought, 1)
    expect(await kinds()).toEqual(['quota.exhausted 0/21'])
  })

  test('that a subscription with calls left will end: at thirty days, at seven and at one', async () => {
    const all = consumer('all')
    const outbox = worker(all)
    await application(5, 60)
    const used = await application(1, 60)
    await charge(used, 1)
    await outbox.deliverDue()
    all.taken.splice(0)
    const days: unknown[] = []
    for (let day = 0; day < 62; day++) {
      await store.run('announceExpiring', undefined)
      await outbox.deliverDue()
      for (const { kind, payload } of all.taken.splice(0)) days.push([day, kind, payload.days])
      clock.now += DAY_MS
    }
    expect(days).toEqual([
      [30, 'subscription.expiring', 30],
      [53, 'subscription.expiring', 7],
      [59, 'subscription.expiring', 1],
    ])
  })
})
