import { describe, expect, test } from 'vitest'
import { BREAKER_LIMITS, Breaker } from './breaker.js'

function call(breaker: Breaker, nowMs: number, outcome: 'succeed' | 'fail'): void {
  const admission = breaker.admit(nowMs)
  if (admission === null) throw new Error('not let in')
  breaker[outcome](admission, nowMs)
}

/** A breaker that has just opened for the first time, at `nowMs`. */
function opened(nowMs = 0, random = () => 0): Breaker {
  const breaker = new Breaker(BREAKER_LIMITS, random)
  for (let time = 0; time < 5; time += 1) call(breaker, nowMs, 'fail')
  return breaker
}

describe('the breaker', () => {
  test('opens after five failures in a row, and not after four', () => {
    const breaker = new Breaker()
    for (let time = 0; time < 4; time += 1) call(breaker, 0, 'fail')
    call(breaker, 0, 'succeed')
    for (let time = 0; time < 4; time += 1) call(breaker, 0, 'fail')
    expect(breaker.state(0)).toBe('closed')
    call(breaker, 0, 'fail')
    expect(breaker.state(0)).toBe('resting')
    expect(breaker.admit(0)).toBeNull()
  })

  test('opens when half of at least twenty calls in ten seconds fail', () => {
    const breaker = new Breaker()
    for (let time = 0; time < 19; time += 1) call(breaker, time * 100, time % 2 === 0 ? 'succeed' : 'fail')
    expect(breaker.state(1_900)).toBe('closed')
    call(breaker, 2_000, 'fail')
    expect(breaker.state(2_000)).toBe('resting')
  })

  test('forgets what is older than ten seconds', () => {
    const breaker = new Breaker()
    for (let time = 0; time < 18; time += 1) call(breaker, 0, time % 2 === 0 ? 'succeed' : 'fail')
    for (let time = 0; time < 18; time += 1) call(breaker, 10_000, time % 2 === 0 ? 'succeed' : 'fail')
    expect(breaker.state(10_000)).toBe('closed')
  })

  test('opens at once where trying again soon is of no use', () => {
    const breaker = new Breaker()
    const admission = breaker.admit(0)
    if (admission === null) throw new Error('closed at first')
    breaker.fail(admission, 0, true)
    expect(breaker.state(0)).toBe('resting')
  })

  test('rests 30 seconds, then lets exactly one probe through', () => {
    const breaker = opened()
    expect(breaker.admit(29_999)).toBeNull()
    expect(breaker.state(30_000)).toBe('due')
    expect(breaker.admit(30_000)).toMatchObject({ kind: 'probe' })
    expect(breaker.state(30_000)).toBe('probing')
    expect(breaker.admit(30_000)).toBeNull()
  })

  test('closes on a good probe, and rests longer after each bad one, up to 300 seconds', () => {
    const breaker = opened()
    let nowMs = 0
    for (let rest = 1; rest <= 12; rest += 1) {
      const expectedMs = Math.min(30_000 * rest, 300_000)
      expect(breaker.state(nowMs + expectedMs - 1)).toBe('resting')
      nowMs += expectedMs
      call(breaker, nowMs, 'fail')
    }
    nowMs += 300_000
    call(breaker, nowMs, 'succeed')
    expect(breaker.state(nowMs)).toBe('closed')
  })

  test('adds up to a tenth by chance, never beyond the maximum', () => {
    const breaker = opened(0, () => 0.999)
    expect(breaker.state(32_900)).toBe('resting')
    expect(breaker.state(33_000)).toBe('due')
  })

  test('remembers its rests while the source keeps falling ill again, and forgets them once it has been well', () => {
    const flapping = opened()
    call(flapping, 30_000, 'succeed')
    for (let time = 0; time < 5; time += 1) call(flapping, 31_000, 'fail')
    expect(flapping.state(31_000 + 59_999)).toBe('resting')

    const recovered = opened()
    call(recovered, 30_000, 'succeed')
    for (let time = 0; time < 5; time += 1) call(recovered, 90_000, 'fail')
    expect(recovered.state(90_000 + 30_000)).toBe('due')
  })

  test('a probe that says nothing of the source leaves room for another', () => {
    const breaker = opened()
    const probe = breaker.admit(30_000)
    if (probe === null) throw new Error('due')
    breaker.disregard(probe)
    expect(breaker.admit(30_000)).toMatchObject({ kind: 'probe' })
  })

  test('a forced call is let in while it rests, closes it if it goes well, and prolongs nothing if not', () => {
    const breaker = opened()
    const first = breaker.admit(10, true)
    if (first === null) throw new Error('forced')
    breaker.fail(first, 10)
    expect(breaker.state(30_000)).toBe('due')
    const second = breaker.admit(20, true)
    if (second === null) throw new Error('forced')
    breaker.succeed(second, 20)
    expect(breaker.state(20)).toBe('closed')
  })

  test('is not moved by calls that were let in before it opened', () => {
    const breaker = new Breaker(BREAKER_LIMITS, () => 0)
    const early = Array.from({ length: 7 }, () => breaker.admit(0))
    for (const admission of early.slice(0, 5)) if (admission) breaker.fail(admission, 0)
    const [good, bad] = early.slice(5)
    if (!good || !bad) throw new Error('let in')
    breaker.succeed(good, 1)
    breaker.fail(bad, 29_000)
    expect(breaker.state(29_999)).toBe('resting')
    expect(breaker.state(30_000)).toBe('due')
  })
})
