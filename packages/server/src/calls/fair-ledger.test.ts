import type { Call, Charged, Ledger, Refused, Reserved } from '@heyan/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FairLedger } from './fair-ledger.js'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

const TERMS = { source: 'roster', isNoRecord: false, free: null }

/** A ledger whose charges end when they are told to. */
function slowLedger() {
  const underWay: { accountId: string; end(): void }[] = []
  const ledger: Ledger = {
    charge: (call) =>
      new Promise<Charged>((resolve) =>
        underWay.push({ accountId: call.accountId, end: () => resolve({ kind: 'charged' }) }),
      ),
    reserve: async () => ({ kind: 'reserved' }) satisfies Reserved,
    settle: async () => ({ kind: 'charged' }) satisfies Charged,
    release: async () => undefined,
  }
  return { ledger, underWay }
}

const callOf = (accountId: string) => ({ accountId }) as Call

/** Lets every promise that can go on, go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

async function crowd({ turns = 2, waitMaxMs = 100, waitingMax = 100 } = {}) {
  const hadTurns: string[] = []
  const clock = { now: 0 }
  const { ledger, underWay } = slowLedger()
  const fair = new FairLedger(ledger, {
    turns,
    waitMaxMs,
    waitingMax,
    onTurnEnd: (accountId) => hadTurns.push(accountId),
    now: () => clock.now,
  })
  const answers: { accountId: string; answer: Charged | Refused }[] = []
  const ask = (accountId: string) =>
    void fair.charge(callOf(accountId), TERMS).then((answer) => answers.push({ accountId, answer }))
  const endOne = async () => {
    underWay.shift()?.end()
    await settled()
  }
  return { hadTurns, clock, fair, underWay, answers, ask, endOne }
}

describe('who asks the ledger', () => {
  test('is under way at once while there is room, and waits when there is none', async () => {
    const { fair, ask, underWay, endOne } = await crowd()
    for (let call = 0; call < 5; call++) ask('a')
    expect(underWay).toHaveLength(2)
    expect(fair.pressure).toEqual({ underWay: 2, waiting: 3 })
    await endOne()
    expect(fair.pressure).toEqual({ underWay: 2, waiting: 2 })
  })

  test('has a line of their own account, and everybody hears whose turn has ended', async () => {
    const { fair, ask, endOne, hadTurns } = await crowd({ turns: 1 })
    for (const accountId of ['a', 'a', 'a', 'b']) ask(accountId)
    expect([fair.lineOf('a'), fair.lineOf('b'), fair.lineOf('c')]).toEqual([2, 1, 0])
    await endOne()
    await endOne()
    expect(hadTurns).toEqual(['a', 'a'])
    expect(fair.lineOf('a')).toBe(1)
  })

  test('has a turn as often as every other account, however many calls each has waiting', async () => {
    const { ask, underWay, endOne } = await crowd({ turns: 1 })
    for (let call = 0; call < 50; call++) ask('noisy')
    ask('quiet')
    ask('other')
    const order: string[] = []
    for (let turn = 0; turn < 6; turn++) {
      order.push(underWay[0]?.accountId ?? '')
      await endOne()
    }
    expect(order).toEqual(['noisy', 'noisy', 'quiet', 'other', 'noisy', 'noisy'])
  })

  test('is told that it is too much after waiting too long, and is not charged', async () => {
    const { clock, ask, answers, fair } = await crowd({ turns: 1, waitMaxMs: 100 })
    ask('a')
    ask('a')
    clock.now = 60
    ask('b')
    clock.now = 100
    vi.advanceTimersByTime(50)
    await settled()
    expect(answers).toEqual([{ accountId: 'a', answer: { kind: 'refused', problem: 'overloaded', callId: null } }])
    expect(fair.pressure).toEqual({ underWay: 1, waiting: 1 })
  })

  test('is told so at once where too many wait', async () => {
    const { ask, answers } = await crowd({ turns: 1, waitingMax: 1 })
    for (const account of ['a', 'a', 'b']) ask(account)
    await settled()
    expect(answers).toMatchObject([{ accountId: 'b', answer: { problem: 'overloaded' } }])
  })

  test('ends a call without waiting', async () => {
    const { ask, fair } = await crowd({ turns: 1 })
    ask('a')
    expect(await fair.settle(callOf('a'), TERMS, [])).toEqual({ kind: 'charged' })
  })

  test('in the background leaves turns to others, comes after them, and is never refused', async () => {
    const { clock, fair, ask, answers, underWay, endOne } = await crowd({ turns: 4, waitingMax: 1 })
    const inBackground = (accountId: string) =>
      void fair.background.charge(callOf(accountId), TERMS).then((answer) => answers.push({ accountId, answer }))
    for (let row = 0; row < 5; row++) inBackground('rows')
    inBackground('other rows')
    expect(underWay.map(({ accountId }) => accountId)).toEqual(['rows', 'rows', 'rows'])
    ask('live')
    ask('live')
    expect(fair.pressure).toEqual({ underWay: 4, waiting: 1 })
    clock.now = 1_000_000
    const order: (string | undefined)[] = []
    for (let turn = 0; turn < 8; turn++) {
      await endOne()
      order.push(underWay.at(-1)?.accountId)
    }
    expect(order.slice(0, 4)).toEqual(['live', 'live', 'rows', 'other rows'])
    expect(underWay).toHaveLength(0)
    expect(answers.filter(({ answer }) => answer.kind === 'charged')).toHaveLength(8)
  })
})
