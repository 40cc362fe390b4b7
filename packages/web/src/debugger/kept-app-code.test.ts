import { expect, test } from 'vitest'
import { forget, KEPT_MS, keep, readKept } from './kept-app-code.js'

const NOON = 1_800_000_000_000

function storage(text?: string) {
  const kept = new Map(text === undefined ? [] : [['heyan.appcode', text]])
  return {
    kept,
    place: () => ({
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    }),
  }
}

test('an AppCode is kept for a day, and gone from the storage after it', () => {
  const { kept, place } = storage()
  keep('abc', NOON, place)
  expect(readKept(NOON + KEPT_MS - 1, place)).toEqual({ appCode: 'abc', until: NOON + KEPT_MS })
  expect(readKept(NOON + KEPT_MS, place)).toBeNull()
  expect(kept.size).toBe(0)
})

test('what is forgotten is gone at once', () => {
  const { kept, place } = storage()
  keep('abc', NOON, place)
  forget(place)
  expect(kept.size).toBe(0)
})

test.each([
  '',
  '{',
  '1',
  '"x"',
  '{"appCode":"a"}',
  `{"appCode":1,"until":${NOON + 1}}`,
  `{"appCode":"a","until":${NOON * 2}}`,
])('what nobody here has written (%s) is not taken, and thrown away', (text) => {
  const { kept, place } = storage(text)
  expect(readKept(NOON, place)).toBeNull()
  expect(kept.size).toBe(0)
})

test('a browser that keeps nothing is no fault', () => {
  const place = () => {
    throw new Error('SecurityError')
  }
  keep('abc', NOON, place)
  forget(place)
  expect(readKept(NOON, place)).toBeNull()
})
