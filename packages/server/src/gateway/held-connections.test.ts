import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { HELD_LATE_MAX, HELD_LET_IN_BESIDE_OTHERS, HELD_LET_IN_MAX, HELD_SWEEP_MS } from '../limits.js'
import { HeldConnections } from './held-connections.js'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

function crowd() {
  const clock = { now: 0 }
  const lines: Record<string, number> = {}
  const soon: (() => void)[] = []
  const hearEverybody = () => {
    for (const work of soon.splice(0)) work()
  }
  const door = new HeldConnections({
    lineOf: (accountId) => lines[accountId] ?? 0,
    lineMax: 2,
    waitMaxMs: 100,
    now: () => clock.now,
    soon: (work) => soon.push(work),
  })
  const letIn: string[] = []
  const come = (accountId: string, name: string) =>
    door.holds(accountId, { letIn: (isLate) => letIn.push(isLate ? `${name} late` : name) })
  return { clock, lines, door, letIn, come, hearEverybody, sweep: () => vi.advanceTimersByTime(HELD_SWEEP_MS) }
}

describe('a connection', () => {
  test('is let in at once while its account has no long line at the ledger', () => {
    const { come, lines } = crowd()
    lines.a = 1
    expect(come('a', 'one')).toBe(false)
  })

  test('waits where its account has a long line, and no other account waits for that', () => {
    const { come, lines } = crowd()
    lines.a = 2
    expect(come('a', 'one')).toBe(true)
    expect(come('b', 'two')).toBe(false)
  })

  test('does not pass those of its account that came before, also where the line is short again', () => {
    const { come, lines, door, letIn, hearEverybody } = crowd()
    lines.a = 2
    come('a', 'one')
    lines.a = 0
    expect(come('a', 'two')).toBe(true)
    door.inviteOne('a')
    door.inviteOne('a')
    hearEverybody()
    expect(letIn).toEqual(['one', 'two'])
    expect(come('a', 'three')).toBe(false)
  })

  test('is let in when one of its account has its turn, one for one, and only into a line that has room', () => {
    const { come, lines, door, letIn, hearEverybody } = crowd()
    lines.a = 2
    come('a', 'one')
    come('a', 'two')
    door.inviteOne('a')
    hearEverybody()
    expect(letIn).toEqual([])
    lines.a = 1
    door.inviteOne('a')
    expect(letIn, 'not before everybody was heard').toEqual([])
    hearEverybody()
    expect(letIn).toEqual(['one'])
  })

  test('is one of few that are let in before others are heard, however many had their turn', () => {
    const { come, lines, door, letIn, hearEverybody } = crowd()
    lines.a = 2
    for (let name = 0; name < HELD_LET_IN_MAX + 1; name++) come('a', String(name))
    lines.a = 0
    for (let turn = 0; turn < HELD_LET_IN_MAX + 1; turn++) door.inviteOne('a')
    hearEverybody()
    expect(letIn).toHaveLength(HELD_LET_IN_MAX)
    hearEverybody()
    expect(letIn).toHaveLength(HELD_LET_IN_MAX + 1)
  })

  test('is one of fewer where somebody without a long line came meanwhile, and only then', () => {
    const { come, lines, door, letIn, hearEverybody } = crowd()
    lines.a = 2
    const all = HELD_LET_IN_BESIDE_OTHERS + HELD_LET_IN_MAX
    for (let name = 0; name < all; name++) come('a', String(name))
    lines.a = 0
    come('b', 'somebody else')
    for (let turn = 0; turn < all; turn++) door.inviteOne('a')
    hearEverybody()
    expect(letIn).toHaveLength(HELD_LET_IN_BESIDE_OTHERS)
    hearEverybody()
    expect(letIn).toHaveLength(all)
  })

  test('is let in too where the line ran out without anybody having a turn', () => {
    const { come, lines, letIn, sweep } = crowd()
    lines.a = 2
    for (const name of ['one', 'two', 'three']) come('a', name)
    lines.a = 0
    sweep()
    expect(letIn).toEqual(['one', 'two'])
    sweep()
    expect(letIn).toEqual(['one', 'two', 'three'])
  })

  test('is let in as late after waiting too long, so that it is told so; few at a time', () => {
    const { clock, come, lines, letIn, sweep } = crowd()
    lines.a = 2
    for (let name = 0; name < HELD_LATE_MAX + 1; name++) come('a', String(name))
    clock.now = 99
    come('a', 'in time')
    sweep()
    expect(letIn).toEqual([])
    clock.now = 100
    sweep()
    expect(letIn).toHaveLength(HELD_LATE_MAX)
    sweep()
    expect(letIn).toHaveLength(HELD_LATE_MAX + 1)
    expect(letIn.every((name) => name.endsWith(' late'))).toBe(true)
  })

  test('is held no more when the process ends: who waits is let in, and who comes does not wait', () => {
    const { come, lines, door, letIn } = crowd()
    lines.a = 2
    come('a', 'one')
    come('a', 'two')
    door.open()
    expect(letIn).toEqual(['one', 'two'])
    expect(come('a', 'three')).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })
})
