import { createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringToSign } from './string-to-sign.js'
import { changeBytes } from './testing/changed-bytes.js'
import { type Asked, PUBLISHED_CLIENTS } from './testing/published-clients.js'
import { isAccepted, signedParts, type WireRequest } from './testing/wire-request.js'

const CREDENTIAL = { key: '203753385', secret: 'secret' }
const NAMES = Object.keys(PUBLISHED_CLIENTS)

const LI_SAN: Asked = {
  query: [
    ['xm', '李三'],
    ['sfz', '11010519491231002X'],
  ],
  headers: [],
  nonce: 'c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44',
  timestamp: 1_525_872_629_832,
}

function send(name: string, asked: Asked): WireRequest {
  const client = PUBLISHED_CLIENTS[name]
  if (client === undefined) throw new Error(name)
  return client(asked, CREDENTIAL)
}

const withHeader = (request: WireRequest, name: string, value: string): WireRequest => ({
  ...request,
  headers: [...request.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase()), [name, value]],
})

describe.each(NAMES)('the published %s client', (name) => {
  test.each([
    ['a query', LI_SAN],
    ['a form', { ...LI_SAN, query: [], form: LI_SAN.query }],
    [
      'a query and a form that wins',
      { ...LI_SAN, query: [...LI_SAN.query, ['a', '1']], form: [['xm', '阿卜杜拉·买买提']] },
    ],
    ['JSON', { ...LI_SAN, query: [], json: '{"xm":"李三","sfz":"11010519491231002X"}' }],
    ['JSON and a query', { ...LI_SAN, json: '{"xm":"李三"}' }],
    [
      'spaces, signs and an empty value',
      {
        ...LI_SAN,
        query: [
          ['xm', ' John  Smith+&=%E6~*'],
          ['empty', ''],
          ['A', '!()\'"'],
        ],
      },
    ],
    ['nothing', { ...LI_SAN, query: [] }],
    ['an Accept of its own', { ...LI_SAN, headers: [['Accept', 'text/html, image/gif, */*; q=.2']] }],
    ['a header in Chinese', { ...LI_SAN, headers: [['X-Ca-Note', '备注：李三']] }],
  ] satisfies [string, Asked][])('is accepted with %s', (_, asked) => {
    const request = send(name, asked)
    expect(request.target).toMatch(/^[\u0021-\u007e]+$/)
    expect(isAccepted(request, 'secret')).toBe(true)
    expect(isAccepted(request, createSecretKey(Buffer.from('secret')))).toBe(true)
    expect(isAccepted(request, 'Secret')).toBe(false)
  })

  test('means what its caller meant', () => {
    const { parameters } = signedParts(
      send(name, {
        ...LI_SAN,
        query: [
          ['a', " ~*'"],
          ['xm', 'no'],
        ],
        form: [['xm', '李 三+%']],
      }),
    )
    expect(Object.fromEntries(parameters)).toEqual({ a: " ~*'", xm: '李 三+%' })
  })

  test('is refused without its signature, and with a header that its library added unsigned', () => {
    const request = send(name, { ...LI_SAN, headers: [] })
    expect(isAccepted(withHeader(request, 'X-Ca-Signature', ''), 'secret')).toBe(false)
    expect(isAccepted(withHeader(request, 'Accept', 'image/png'), 'secret')).toBe(false)
  })

  test('is refused without the Content-MD5 of its JSON, and with another body', () => {
    const request = send(name, { ...LI_SAN, json: '{"xm":"李三"}' })
    expect(isAccepted({ ...request, body: Buffer.from('{"xm":"李四"}') }, 'secret')).toBe(false)
    expect(isAccepted(withHeader(request, 'Content-MD5', ''), 'secret')).toBe(false)
  })

  test('is accepted whatever it is asked', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 }).filter((value) => value.trim() !== '' || value === '')
    // Names are sorted by code unit or by byte; the clients agree up to U+D7FF.
    const word = fc.string({
      unit: fc.integer({ min: 0, max: 0xd7ff }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength: 4,
    })
    const pairs = fc.uniqueArray(fc.tuple(word, text), { selector: ([key]) => key, maxLength: 4 })
    const asked = fc.record(
      {
        query: pairs,
        form: pairs,
        nonce: fc.uuid(),
        timestamp: fc.integer({ min: 0, max: 2e12 }),
        headers: fc.constant([]),
      },
      { requiredKeys: ['query', 'nonce', 'timestamp', 'headers'] },
    )
    fc.assert(
      fc.property(asked, (each) => {
        expect(isAccepted(send(name, each), 'secret')).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

test('the contract’s first vector is what the Node client signs', () => {
  const request = send('node', LI_SAN)
  expect(stringToSign(signedParts(request))).toBe(
    'GET\napplication/json\n\n\n\nx-ca-key:203753385\nx-ca-nonce:c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44\nx-ca-stage:RELEASE\nx-ca-timestamp:1525872629832\n/idcard?sfz=11010519491231002X&xm=李三',
  )
  expect(Object.fromEntries(request.headers)['x-ca-signature']).toBe('Hq0V9md1ieiFyHTvK4uZD7xzqQcBuXz+RjMJ8KsftI8=')
})

test('a request of which any one byte of a signed part is changed is refused, unless it says the same', () => {
  const { wrong, changes, same } = changeBytes({ requests: 2_000, changesEach: 15, seed: 20_260_115 })
  expect(wrong).toEqual([])
  expect(changes).toBe(30_000)
  expect(same).toBeLessThan(changes / 20)
})
