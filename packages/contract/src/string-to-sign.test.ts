import { createHash, createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseParameters } from './parameters.js'
import { contentMd5, echoStringToSign, headerText, sign, signatureMatches, signatureMethod } from './signature.js'
import { type SignedParts, stringToSign } from './string-to-sign.js'

const NO_HEADERS: Readonly<Record<string, string>> = {}

function parts(query: string, headers = NO_HEADERS, method = 'GET'): SignedParts {
  return { method, header: (name) => headers[name], path: '/idcard', parameters: parseParameters(query) }
}

/** Text as it stands in a header on the wire. */
const onWire = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

const CALLER = {
  accept: 'application/json',
  'x-ca-key': '203753385',
  'x-ca-nonce': 'c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44',
  'x-ca-stage': 'RELEASE',
  'x-ca-timestamp': '1525872629832',
}
const LIST = 'x-ca-key,x-ca-nonce,x-ca-stage,x-ca-timestamp'
const LI_SAN = 'xm=%E6%9D%8E%E4%B8%89&sfz=11010519491231002X'

const FIRST =
  'GET\napplication/json\n\n\n\nx-ca-key:203753385\nx-ca-nonce:c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44\nx-ca-stage:RELEASE\nx-ca-timestamp:1525872629832\n/idcard?sfz=11010519491231002X&xm=李三'
const SECOND = 'GET\n\n\n\n\n/idcard?empty&sfz=1&xm=阿卜杜拉·买买提'

describe('the contract’s vectors', () => {
  const first = stringToSign(parts(LI_SAN, { ...CALLER, 'x-ca-signature-headers': LIST }))
  const second = stringToSign(parts(new URLSearchParams('empty&sfz=1&xm=阿卜杜拉·买买提').toString()))

  test('are the texts that are signed', () => {
    expect(first).toBe(FIRST)
    expect(second).toBe(SECOND)
  })

  test('give the contract’s signatures', () => {
    expect(sign(first, 'secret', 'HmacSHA256')).toBe('Hq0V9md1ieiFyHTvK4uZD7xzqQcBuXz+RjMJ8KsftI8=')
    expect(sign(first, 'secret', 'HmacSHA1')).toBe('GBntLgK1oVhOQvTLAp/8BCc6Oag=')
    expect(sign(second, 'secret', 'HmacSHA256')).toBe('QooEhXH+97Ec0mkjZ9B62H4oSM9yuRYIveIJS3nk+VU=')
    expect(sign(first, createSecretKey(Buffer.from('secret')), 'HmacSHA256')).toBe(sign(first, 'secret', 'HmacSHA256'))
  })

  test('give the contract’s Content-MD5', () => {
    expect(contentMd5(Buffer.from('{"xm":"李三","sfz":"1"}'))).toBe('PSPVS6tbrjPwlAMWEUB85A==')
    expect(contentMd5(new Uint8Array(0))).toBe('1B2M2Y8AsgTpgAmY7PhCfg==')
  })
})

describe('the text that is signed', () => {
  test('keeps its five lines, whether they say anything or not', () => {
    expect(stringToSign(parts(''))).toBe('GET\n\n\n\n\n/idcard')
    const five = { accept: '*/*', 'content-md5': 'm==', 'content-type': 'text/plain; charset=utf-8', date: 'today' }
    expect(stringToSign(parts('', five, 'POST'))).toBe('POST\n*/*\nm==\ntext/plain; charset=utf-8\ntoday\n/idcard')
  })

  test('has the listed headers in the client’s own letter case, sorted by code unit', () => {
    const list = ' x-ca-key , X-Ca-Nonce,a-header,X-CA-STAGE,,X-ca-Timestamp '
    expect(stringToSign(parts('', { ...CALLER, accept: '', 'x-ca-signature-headers': list }))).toBe(
      [
        'GET\n\n\n\n',
        'X-CA-STAGE:RELEASE',
        'X-Ca-Nonce:c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44',
        'X-ca-Timestamp:1525872629832',
        'a-header:',
        'x-ca-key:203753385',
        '/idcard',
      ].join('\n'),
    )
  })

  test('never has the signature, its list, or what has a line of its own among the listed', () => {
    const list =
      'X-Ca-Signature,x-ca-signature-headers,Accept,ACCEPT,Content-MD5,content-type,Date,X-Ca-Signature-Method'
    const headers = { ...CALLER, 'x-ca-signature': 's', 'x-ca-signature-method': 'HmacSHA1', date: 'd' }
    expect(stringToSign(parts('', { ...headers, 'x-ca-signature-headers': list }))).toBe(
      'GET\napplication/json\n\n\nd\nX-Ca-Signature-Method:HmacSHA1\n/idcard',
    )
  })

  test('has no headers where none is listed', () => {
    expect(stringToSign(parts('', { ...CALLER, accept: '' }))).toBe('GET\n\n\n\n\n/idcard')
    for (const list of ['', ',', ' , ']) {
      expect(stringToSign(parts('', { ...CALLER, accept: '', 'x-ca-signature-headers': list }))).toBe(
        'GET\n\n\n\n\n/idcard',
      )
    }
  })

  test('takes a list as it is each time, a known one and one too long to be kept', () => {
    const names = Array.from({ length: 600 }, (_, place) => `x-${place}`)
    for (const list of [...names, names.join(), names.join()]) {
      const text = stringToSign(parts('', { [list]: 'v', 'x-ca-signature-headers': list }))
      expect(text).toBe(
        `GET\n\n\n\n\n${list
          .split(',')
          .sort()
          .map((name) => `${name}:${name === list ? 'v' : ''}\n`)
          .join('')}/idcard`,
      )
    }
  })

  test('reads header values as UTF-8, and what is none as it stands', () => {
    const headers = { 'x-ca-signature-headers': 'x-name', 'x-name': onWire('李三'), date: onWire('买买提') }
    expect(stringToSign(parts('', headers))).toBe('GET\n\n\n\n买买提\nx-name:李三\n/idcard')
    expect(stringToSign(parts('', { date: '\u00c0\u00ee' }))).toBe('GET\n\n\n\n\u00c0\u00ee\n/idcard')
  })

  test('has every parameter, decoded, sorted by code unit; of a repeated one the first; an empty one without =', () => {
    expect(stringToSign(parts('b=2&a=1&B=3&a=9&_=x&%E5%90%8D=%E6%9D%8E&e=&f'))).toBe(
      'GET\n\n\n\n\n/idcard?B=3&_=x&a=1&b=2&e&f&名=李',
    )
    expect(stringToSign(parts('xm=John+Smith&c=%26%3D%2B'))).toBe('GET\n\n\n\n\n/idcard?c=&=+&xm=John Smith')
    expect(stringToSign(parts('=nameless'))).toBe('GET\n\n\n\n\n/idcard?=nameless')
    expect(stringToSign(parts('=&a=1'))).toBe('GET\n\n\n\n\n/idcard?&a=1')
  })
})

describe('a signature', () => {
  test('names its method, and HmacSHA256 where it names none', () => {
    expect(signatureMethod(undefined)).toBe('HmacSHA256')
    expect(signatureMethod('')).toBe('HmacSHA256')
    expect(signatureMethod('HmacSHA256')).toBe('HmacSHA256')
    expect(signatureMethod('HmacSHA1')).toBe('HmacSHA1')
    for (const unknown of ['hmacsha256', 'HMACSHA1', 'HmacSHA512', 'md5', '__proto__']) {
      expect(signatureMethod(unknown)).toBeNull()
    }
  })

  test('is right only as a whole', () => {
    for (const method of ['HmacSHA256', 'HmacSHA1'] as const) {
      const right = sign(FIRST, 'secret', method)
      expect(signatureMatches(right, FIRST, 'secret', method)).toBe(true)
      for (const wrong of ['', right.slice(1), `${right}=`, ` ${right}`, right.toLowerCase(), right.replace('=', '')]) {
        expect(signatureMatches(wrong, FIRST, 'secret', method)).toBe(false)
      }
      expect(signatureMatches(right, FIRST, 'Secret', method)).toBe(false)
      expect(signatureMatches(right, `${FIRST} `, 'secret', method)).toBe(false)
    }
  })

  test('is wrong with any one of its characters changed, even where base64 would mean the same bytes', () => {
    const right = sign(FIRST, 'secret', 'HmacSHA256')
    for (let place = 0; place < right.length; place++) {
      for (const other of [
        'A',
        'B',
        'a',
        '0',
        '+',
        '/',
        '-',
        '_',
        '=',
        ' ',
        '\u00ff',
        String.fromCharCode(256 + right.charCodeAt(place)),
      ]) {
        if (other === right[place]) continue
        const changed = right.slice(0, place) + other + right.slice(place + 1)
        expect(signatureMatches(changed, FIRST, 'secret', 'HmacSHA256')).toBe(false)
      }
    }
  })

  test('agrees with RFC 2104 worked by hand, for any text and secret', () => {
    const sha256 = (...pieces: Uint8Array[]) => createHash('sha256').update(Buffer.concat(pieces)).digest()
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array({ minLength: 1, maxLength: 64 }), (text, secret) => {
        const pad = (value: number) => Uint8Array.from({ length: 64 }, (_, place) => (secret[place] ?? 0) ^ value)
        const byHand = sha256(pad(0x5c), sha256(pad(0x36), Buffer.from(text, 'utf8'))).toString('base64')
        expect(sign(text, createSecretKey(secret), 'HmacSHA256')).toBe(byHand)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the echo of what the server signed', () => {
  const masks = new Map([
    ['xm', () => '李**'],
    ['sfz', () => '1101*****2X'],
  ])
  const echo = (signed: SignedParts, by: ReadonlyMap<string, (value: string) => string> = masks) =>
    Buffer.from(echoStringToSign(signed, by), 'latin1').toString('utf8')

  test('shows line feeds as # and hides the name and the number', () => {
    expect(echo(parts(LI_SAN, { ...CALLER, 'x-ca-signature-headers': LIST }))).toBe(
      'GET#application/json####x-ca-key:203753385#x-ca-nonce:c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44#x-ca-stage:RELEASE#x-ca-timestamp:1525872629832#/idcard?sfz=1101*****2X&xm=李**',
    )
  })

  test('hides them wherever else they stand', () => {
    const headers = { date: '11010519491231002X', 'x-ca-signature-headers': 'x-a', 'x-a': onWire('name 李三') }
    expect(echo(parts(`${LI_SAN}&copy=%E6%9D%8E%E4%B8%89`, headers))).toBe(
      'GET####1101*****2X#x-a:name 李**#/idcard?copy=李**&sfz=1101*****2X&xm=李**',
    )
  })

  test('hides a value that looks like a pattern of replacement', () => {
    const value = '$&$`$1abcdefgh'
    const shown = echo(
      parts(new URLSearchParams({ sfz: value, copy: value }).toString()),
      new Map([['sfz', () => '$&$&']]),
    )
    expect(shown).toBe('GET#####/idcard?copy=$&$&&sfz=$&$&')
  })

  test('shows both where the application asked for it', () => {
    expect(echo(parts(LI_SAN), new Map())).toBe('GET#####/idcard?sfz=11010519491231002X&xm=李三')
  })

  test('shows an empty value as empty', () => {
    expect(echo(parts('xm=&sfz'))).toBe('GET#####/idcard?sfz&xm')
  })

  test('is fit for a header, whatever was sent', () => {
    const value = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\r', '\n', '\u0000', '\u0085', '\u2028', '李', '𠮷', '`'),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
    })
    fc.assert(
      fc.property(value, value, (xm, other) => {
        const query = new URLSearchParams({ xm, [other]: other, ['x'.repeat(3_000)]: '长'.repeat(2_000) }).toString()
        const shown = echoStringToSign(parts(query, { date: onWire(other) }), new Map())
        expect(shown.length).toBeLessThanOrEqual(4_096)
        expect(shown).toMatch(/^[\u0020-\u007e\u0080-\u00ff]*$/)
      }),
      { numRuns: 1_000 },
    )
  })
})

test('text in a header is cut between two characters, never inside one', () => {
  expect(headerText('a李三', 7)).toBe(onWire('a李三'))
  for (const maxBytes of [4, 5, 6]) expect(headerText('a李三', maxBytes)).toBe(onWire('a李'))
  for (const maxBytes of [1, 2, 3]) expect(headerText('a李三', maxBytes)).toBe('a')
  expect(headerText('李', 2)).toBe('')
  expect(headerText('a\r\n\u0000\u007fb', 100)).toBe('a    b')
})
