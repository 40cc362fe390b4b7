import { describe, expect, test } from 'vitest'
import { check, ZEROS } from './check.mjs'

/** Two people, the first of them twice, and one mistyped; a kill had the second asked twice. */
const sound = () => ({
  sheet: [
    { name: '李安', number: '1', expected: '一致' },
    { name: '李宝', number: '2', expected: '不一致' },
    { name: '李安', number: '1', expected: '一致' },
    { name: '李昌', number: '3', expected: '信息有误' },
  ],
  results: [
    { name: '李安', number: '1', result: '一致', charged: '是', callId: 'A' },
    { name: '李宝', number: '2', result: '不一致', charged: '是', callId: 'B' },
    { name: '李安', number: '1', result: '一致', charged: '否', callId: '' },
    { name: '李昌', number: '3', result: '信息有误', charged: '否', callId: '' },
  ],
  said: [
    { id: 'A', name: '李安' },
    { id: 'B', name: '李宝' },
    { id: 'C', name: '李宝' },
  ],
  calls: [
    { id: 'A', state: 'settled', charged: 1 },
    { id: 'B', state: 'settled', charged: 1 },
    { id: 'C', state: 'settled', charged: 0 },
  ],
  entries: ['A', 'B'],
  lots: { used: 2, reserved: 0 },
  told: 2,
})

/** What is found besides zeros once the sound records have been tampered with. */
function found(tamper) {
  const records = sound()
  tamper(records)
  const result = check(records)
  return ZEROS.filter((name) => name in result && result[name] !== 0).sort()
}

describe('records of a batch that was killed', () => {
  test('that are sound hold, a question asked again included', () => {
    expect(found(() => {})).toEqual([])
    expect(check(sound())).toMatchObject({ billed: 2, charged: 2, askedAgain: 1 })
  })

  test.each([
    [
      'a person charged twice',
      (r) => {
        r.calls[2].charged = 1
      },
      ['double', 'untold'],
    ],
    ['a call entered twice', (r) => r.entries.push('A'), ['double', 'unbalanced']],
    [
      'one call on the bill of two rows',
      (r) => {
        r.results[2].charged = '是'
        r.results[2].callId = 'A'
      },
      ['double', 'unbalanced'],
    ],
    ['a row that did not come back', (r) => r.results.pop(), ['skipped']],
    [
      'a row without an answer',
      (r) => {
        r.results[0].result = '未核验'
      },
      ['skipped'],
    ],
    ['a row with another answer than was given', (r) => Object.assign(r.results[1], { result: '一致' }), ['skipped']],
    ['rows in another order', (r) => r.results.reverse(), ['skipped']],
    ['a row that nobody sent', (r) => r.results.push({ ...r.results[3] }), ['added']],
    [
      'a row told as charged that is not',
      (r) => {
        r.calls[0].charged = 0
      },
      ['lost'],
    ],
    [
      'a row with the call of somebody else',
      (r) => {
        r.said[0].name = '李昌'
      },
      ['lost'],
    ],
    [
      'a charge that no row tells of',
      (r) => {
        r.results[1].charged = '否'
      },
      ['unbalanced', 'untold'],
    ],
    [
      'a batch that tells of fewer charges',
      (r) => {
        r.told = 1
      },
      ['unbalanced'],
    ],
    [
      'a call held for ever',
      (r) => {
        r.calls[2].state = 'reserved'
      },
      ['stuck'],
    ],
    [
      'a balance that is short',
      (r) => {
        r.lots.used = 1
      },
      ['unbalanced'],
    ],
  ])('%s is found', (_what, tamper, names) => {
    expect(found(tamper)).toEqual(names)
  })
})
