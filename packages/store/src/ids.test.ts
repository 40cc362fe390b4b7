import fc from 'fast-check'
import { expect, test } from 'vitest'
import { momentOfCallId, newCallId, newId, randomText } from './ids.js'

const NOON = Date.UTC(2026, 0, 15, 4)
/** The last one that 48 bits can hold. */
const LAST_MOMENT = 2 ** 48 - 1
const moment = fc.integer({ min: 0, max: LAST_MOMENT })

test("a call's id is an upper-case UUIDv7 (RFC 9562), out of which its moment is read again", () => {
  fc.assert(
    fc.property(moment, (at) => {
      const id = newCallId(at)
      expect(id).toMatch(/^[0-9A-F]{8}-[0-9A-F]{4}-7[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/)
      expect(momentOfCallId(id)).toBe(at)
    }),
  )
})

test('an id is its prefix and 26 characters that are not mistaken for each other: it fits an appid of 32', () => {
  for (const at of [0, NOON, LAST_MOMENT]) expect(newId('app', at)).toMatch(/^app_[0-7][0-9a-hjkmnp-tv-z]{25}$/)
  expect(newId('app', NOON).length).toBeLessThanOrEqual(32)
})

test('ids sort by their time', () => {
  fc.assert(
    fc.property(moment, moment, (one, other) => {
      fc.pre(one !== other)
      const [earlier, later] = [Math.min(one, other), Math.max(one, other)]
      expect(newCallId(earlier) < newCallId(later)).toBe(true)
      expect(newId('lot', earlier) < newId('lot', later)).toBe(true)
    }),
  )
})

test('a hundred thousand ids of one millisecond differ, and their random parts use every bit', () => {
  const ids = Array.from({ length: 100_000 }, () => newCallId(NOON))
  expect(new Set(ids).size).toBe(ids.length)
  const random = ids.slice(0, 1_000).map((id) => BigInt(`0x${id.replaceAll('-', '')}`))
  const ones = random.reduce((seen, id) => seen | id, 0n)
  const zeros = random.reduce((seen, id) => seen & id, (1n << 128n) - 1n)
  // 74 bits of 80: the others are the version and the variant.
  expect((ones ^ zeros).toString(2).split('1').length - 1).toBe(74)
})

test('a secret has five random bits a character, each as likely as another', () => {
  const text = randomText(320_000)
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  expect([...counts.keys()].sort().join('')).toBe('0123456789abcdefghjkmnpqrstvwxyz')
  // Ten thousand each; seven standard deviations.
  for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(700)
  expect(randomText(32)).not.toBe(randomText(32))
})
