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

test('a block begins and ends at its own bits', () => {
  const inside = (block: string, address: string) => {
    const list = allowListOf([block])
    return list !== null && isAllowed(list, address)
  }
  for (const [block, first, last, before, after] of [
    ['192.0.2.64/26', '192.0.2.64', '192.0.2.127', '192.0.2.63', '192.0.2.128'],
    ['192.0.2.77/26', '192.0.2.64', '192.0.2.127', '192.0.2.63', '192.0.2.128'],
    ['10.0.0.0/31', '10.0.0.0', '10.0.0.1', '9.255.255.255', '10.0.0.2'],
    ['2001:db8::/127', '2001:db8::', '2001:db8::1', '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db8::2'],
  ] as const) {
    expect([block, inside(block, first), inside(block, last)]).toEqual([block, true, true])
    expect([block, inside(block, before), inside(block, after)]).toEqual([block, false, false])
  }
  expect([inside('0.0.0.0/0', '203.0.113.9'), inside('0.0.0.0/0', '2001:db8::1')]).toEqual([true, false])
  expect(inside('::/0', '2001:db8::1')).toBe(true)
})

test('one address written in several ways is one address', () => {
  for (const block of ['192.0.2.0/24', '::ffff:192.0.2.0/120', '::ffff:c000:200/120']) {
    const list = allowListOf([block])
    for (const address of ['192.0.2.7', '::ffff:192.0.2.7', '::ffff:c000:207']) {
      expect([block, address, list !== null && isAllowed(list, address)]).toEqual([block, address, true])
    }
  }
})

test('what is no address is in no list: a proxy may forward anything', () => {
  const list = allowListOf(['0.0.0.0/0', '::/0'])
  for (const text of ['', 'unknown', '192.0.2.7:80', '[::1]', '192.0.2.7, 198.51.100.1', '\u0000']) {
    expect([text, list !== null && isAllowed(list, text)]).toEqual([text, false])
  }
})
