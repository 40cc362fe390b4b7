import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareTexts, compareWithEcho } from './compare.js'
import { requestOf } from './request.js'

const { parts } = requestOf(
  {
    method: 'GET',
    name: '李三',
    number: '11010519491231002X',
    credential: { kind: 'signature', appKey: '1', appSecret: 's', algorithm: 'HmacSHA256' },
  },
  { timestamp: 2, nonce: '3' },
)
const MASKED = 'GET#application/json####X-Ca-Key:1#X-Ca-Nonce:3#X-Ca-Timestamp:2#/idcard?sfz=1101*****2X&xm=李**'

describe('two StringToSign', () => {
  test('that are the same have no difference, masked or in full as the server told it', () => {
    expect(compareWithEcho(parts, MASKED)).toMatchObject({ ours: MASKED, firstDifference: null })
    const full = MASKED.replace('1101*****2X', '11010519491231002X').replace('李**', '李三')
    expect(compareWithEcho(parts, full)).toMatchObject({ ours: full, firstDifference: null })
  })

  test('differ where the server read another header; ours is masked as its own', () => {
    const compared = compareWithEcho(parts, MASKED.replace('application/json', '*/*'))
    expect(compared).toMatchObject({ ours: MASKED, firstDifference: 4 })
  })

  test('differ at the end of the shorter one', () => {
    expect(compareTexts('GET\n', 'GET##').firstDifference).toBe(4)
    expect(compareTexts('', '').firstDifference).toBeNull()
  })

  test('lines of either system are lines', () => {
    expect(compareTexts('a\r\nb\nc', 'a#b#c').firstDifference).toBeNull()
  })

  test('never differ in half of a character', () => {
    const place = compareTexts('x𠮷', 'x𠮸').firstDifference
    expect(place).toBe(1)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        const line = one.replace(/\r?\n/g, '#')
        const first = compareTexts(one, other).firstDifference
        if (first === null) expect(line).toBe(other)
        else expect(line.slice(0, first)).toBe(other.slice(0, first))
      }),
    )
  })
})
