import { expect, test } from 'vitest'
import { count, countOrNone, oneOf } from './arguments.js'

test('a count is a whole number, at least one, in plain digits', () => {
  expect([count('1'), count('0042'), count('999999999999999')]).toEqual([1, 42, 999_999_999_999_999])
  for (const text of ['0', '-1', '1.5', '1e3', '', ' 1', '0x10', '１', '9'.repeat(16), 'many']) {
    expect(() => count(text)).toThrow('a whole number, at least 1')
  }
})

test('one of several words is that word, and no other', () => {
  expect(oneOf('masked', 'full')('full')).toBe('full')
  for (const text of ['', 'Full', 'constructor']) expect(() => oneOf('masked', 'full')(text)).toThrow('masked, full')
})

test('none lifts a limit', () => {
  expect([countOrNone('none'), countOrNone('7')]).toEqual(['none', 7])
  expect(() => countOrNone('None')).toThrow('a whole number')
})
