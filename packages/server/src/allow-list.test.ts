import { expect, test } from 'vitest'
import { allowListOf, isAddressBlock, isAllowed } from './allow-list.js'

test('an address or a CIDR block of either family can be listed, and nothing else', () => {
  for (const block of ['192.0.2.1', '192.0.2.0/24', '0.0.0.0/0', '2001:db8::1', '2001:db8::/32', '::/0']) {
    expect(isAddressBlock(block)).toBe(true)
  }
  for (const block of [
    '',
    'localhost',
    '192.0.2',
    '192.0.2.1/33',
    '192.0.2.1/',
    '192.0.2.1/8/8',
    '2001:db8::/129',
    'fe80::1%eth0',
  ]) {
    expect(isAddressBlock(block)).toBe(false)
  }
})

test('an empty list is no list', () => {
  expect(allowListOf([])).toBeNull()
})

test.each([
  ['192.0.2.7', true],
  ['::ffff:192.0.2.7', true],
  ['192.0.3.7', false],
  ['198.51.100.1', true],
  ['198.51.100.2', false],
  ['2001:db8:1::5', true],
  ['2001:db9::5', false],
])('%s is inside: %s', (address, isInside) => {
  const list = allowListOf(['192.0.2.0/24', '198.51.100.1', '2001:db8::/32'])
  expect(list !== null && isAllowed(list, address)).toBe(isInside)
})
