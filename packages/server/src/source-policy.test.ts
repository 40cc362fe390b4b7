import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SettingError } from './config.js'
import { readSourcePolicy } from './source-policy.js'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'heyan-policy-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const policyOf = (text: string) => {
  writeFileSync(join(directory, 'sources.json'), text)
  return readSourcePolicy(directory)
}

test('without the file, no source may be at a private address, and a call costs two sources at most', () => {
  expect(readSourcePolicy(join(directory, 'none'))).toEqual({ allowPrivate: false, maxAttempts: 2 })
})

test('what the file says is allowed', () => {
  expect(policyOf('{}')).toEqual({ allowPrivate: false, maxAttempts: 2 })
  expect(policyOf('{"allowPrivate":true,"maxAttempts":3}')).toEqual({ allowPrivate: true, maxAttempts: 3 })
})

test.each([
  ['nothing', 'sources.json is not an object'],
  ['[]', 'sources.json is not an object'],
  ['{"allowPrivate":"yes"}', 'sources.json: allowPrivate'],
  ['{"maxAttempts":0}', 'sources.json: maxAttempts'],
  ['{"maxAttempts":1.5}', 'sources.json: maxAttempts'],
  ['{"allowprivate":true}', 'sources.json: there is no allowprivate'],
])('a file that says %s stops the start by its name', (text, message) => {
  expect(() => policyOf(text)).toThrow(SettingError)
  expect(() => policyOf(text)).toThrow(message)
})
