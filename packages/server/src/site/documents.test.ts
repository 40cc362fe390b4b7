import { expect, test } from 'vitest'
import { chooseEncoding } from './documents.js'

test.each([
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['*', 'br'],
  ['GZIP;q=0.5', 'gzip'],
  ['identity', null],
  ['', null],
  [undefined, null],
])('Accept-Encoding %s is answered in %s', (accepted, encoding) => {
  expect(chooseEncoding(accepted)).toBe(encoding)
})
