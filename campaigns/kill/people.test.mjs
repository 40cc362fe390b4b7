import { parseIdNumber, parseName } from '@heyan/core'
import { expect, test } from 'vitest'
import { mistyped, personOf } from './people.mjs'

const TODAY = { year: 2026, month: 1, day: 1 }
const TRIED = 100_000

test('invented people have names of their own, which the server hands on as they are, and possible numbers', () => {
  const names = new Set()
  for (let n = 1; n <= TRIED; n++) {
    const { name, number } = personOf(n)
    const read = parseName(name, { allowLatin: false })
    if (!read.ok || read.value.text !== name || !parseIdNumber(number, { today: TODAY }).ok) expect.unreachable(name)
    names.add(name)
  }
  expect(names.size).toBe(TRIED)
})

test('a mistyped number is no possible one', () => {
  for (let n = 1; n <= 1_000; n++) expect(parseIdNumber(mistyped(personOf(n)).number, { today: TODAY }).ok).toBe(false)
})
