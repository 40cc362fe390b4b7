import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateLimit } from './rate-limit.js'

test("a second's worth may come at once, and then as fast as the limit says", () => {
  const limit = new RateLimit(2)
  expect([limit.take(0), limit.take(0)]).toEqual([0, 0])
  expect(limit.take(0)).toBe(500)
  expect(limit.take(499)).toBeGreaterThan(0)
  expect(limit.take(500)).toBe(0)
})

test('what is not used is not saved beyond a second', () => {
  const limit = new RateLimit(3)
  limit.take(0)
  const taken = Array.from({ length: 10 }, () => limit.take(3_600_000)).filter((waitMs) => waitMs === 0)
  expect(taken).toHaveLength(3)
})

test('whenever calls come, no span of time lets more through than its length and one burst', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 200 }),
      (perSecond, gaps) => {
        const limit = new RateLimit(perSecond)
        let now = 0
        const passed: number[] = []
        for (const gap of gaps) {
          now += gap
          if (limit.take(now) === 0) passed.push(now)
        }
        for (const [first, from] of passed.entries()) {
          for (const [last, to] of passed.entries()) {
            if (last < first) continue
            expect(last - first + 1).toBeLessThanOrEqual(perSecond + ((to - from) * perSecond) / 1000 + 1e-6)
          }
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('a part of the rate is a part of everything: of the burst, and of how fast it goes on', () => {
  const limit = new RateLimit(10)
  limit.shareOf(0.2)
  const taken = (at: number) => Array.from({ length: 20 }, () => limit.take(at)).filter((waitMs) => waitMs === 0).length
  taken(0)
  expect(taken(1_000)).toBe(2)
  expect(taken(1_500)).toBe(1)
  expect(limit.demand()).toBe(60)
  expect(limit.demand()).toBe(0)
})

test('who leaves a share to others has none once only that is left, and has some again whatever part of the rate is here', () => {
  const limit = new RateLimit(5)
  expect([limit.take(0, 0.5), limit.take(0, 0.5), limit.take(0, 0.5)]).toEqual([0, 0, 0])
  expect(limit.take(0, 0.5)).toBe(200)
  expect([limit.take(0), limit.take(0)]).toEqual([0, 0])
  expect(limit.take(600, 0.5)).toBe(0)
  for (const share of [0.5, 0.2, 0.01]) {
    limit.shareOf(share)
    expect(limit.take(1_000_000 / share, 0.5)).toBe(0)
  }
})
