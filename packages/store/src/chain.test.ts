import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GENESIS, link } from './chain.js'

/** What could be taken for the marks between fields is as likely as anything. */
const field = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.string({ unit: fc.constantFrom('|', '-', ':', '0', '1', '2', 'a', '甲') }),
)
const lines = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 })

function chain(rows: readonly (readonly (string | number | null)[])[]): string {
  return rows.reduce((previous, fields) => link(previous, fields), GENESIS)
}

test('a link is 64 hexadecimal digits, and the same for the same line', () => {
  expect(GENESIS).toMatch(/^0{64}$/)
  expect(link(GENESIS, ['a', 1, null])).toMatch(/^[0-9a-f]{64}$/)
  expect(link(GENESIS, ['a', 1, null])).toBe(link(GENESIS, ['a', 1, null]))
})

test('a log that differs in any line, or in their order or number, ends in another hash', () => {
  const spelled = (rows: readonly (readonly (string | number | null)[])[]) =>
    JSON.stringify(rows.map((fields) => fields.map((each) => (each === null ? null : String(each)))))
  fc.assert(
    fc.property(lines, lines, (one, other) => {
      expect(chain(one) === chain(other)).toBe(spelled(one) === spelled(other))
    }),
    { numRuns: 2_000 },
  )
})

test('fields that run together are told apart', () => {
  const lists = [
    ['ab', 'c'],
    ['a', 'bc'],
    ['abc'],
    ['abc', ''],
    ['abc', null],
    ['a|1:b'],
    ['a', 'b'],
    ['-'],
    [null],
    [''],
  ]
  expect(new Set(lists.map((fields) => link(GENESIS, fields))).size).toBe(lists.length)
})
