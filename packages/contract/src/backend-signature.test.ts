import { createSecretKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { backendSignature, backendStringToSign, isBackendSigned } from './backend-signature.js'
import { contentMd5 } from './signature.js'
import type { SignedParts } from './string-to-sign.js'

const secret = createSecretKey(Buffer.from('DemoSecret1'))
const parts = (headers: Record<string, string>, parameters: Record<string, string>, method = 'POST'): SignedParts => ({
  method,
  header: (name) => headers[name],
  path: '/demo/uri',
  parameters: new Map(Object.entries(parameters)),
})
const PLAIN = { contentMd5: '', areEmptyBare: true }

describe('the backend signature of a gateway in front', () => {
  test("agrees with the vendor's published sample", () => {
    const sample = parts(
      {
        'x-ca-proxy-signature': 'C7Lqfn8Spz0DxQTfUJq0NrkEbwNUuTNtC9p3SzRWgv0=',
        'x-ca-proxy-signature-headers': 'HeaderKey1,HeaderKey2',
        headerkey1: 'HeaderValue1',
        headerkey2: 'HeaderValue2',
      },
      { QueryKey1: 'QueryValue1', QueryKey2: 'QueryValue2', FormKey1: 'FormValue1', FormKey2: 'FormValue2' },
    )
    expect(backendStringToSign(sample, PLAIN)).toBe(
      'POST\n\nheaderkey1:HeaderValue1\nheaderkey2:HeaderValue2\n/demo/uri?FormKey1=FormValue1&FormKey2=FormValue2&QueryKey1=QueryValue1&QueryKey2=QueryValue2',
    )
    expect(isBackendSigned(sample, null, secret)).toBe(true)
    expect(isBackendSigned({ ...sample, path: '/demo/other' }, null, secret)).toBe(false)
  })

  test('takes a body by its Content-MD5, whether the client sent one or not', () => {
    const body = Buffer.from('{}')
    for (const md5 of ['', contentMd5(body)]) {
      const text = backendStringToSign(parts({}, {}), { ...PLAIN, contentMd5: md5 })
      const signed = parts({ 'x-ca-proxy-signature': backendSignature(text, secret) }, {})
      expect(isBackendSigned(signed, body, secret)).toBe(true)
    }
    const sent = { 'content-md5': contentMd5(body) }
    const unsigned = backendSignature(backendStringToSign(parts(sent, {}), PLAIN), secret)
    expect(isBackendSigned(parts({ ...sent, 'x-ca-proxy-signature': unsigned }, {}), body, secret)).toBe(false)
  })

  test('takes an empty parameter with its = or without', () => {
    for (const areEmptyBare of [true, false]) {
      const text = backendStringToSign(parts({}, { a: '', b: '1' }), { ...PLAIN, areEmptyBare })
      expect(text.endsWith(areEmptyBare ? '?a&b=1' : '?a=&b=1')).toBe(true)
      expect(
        isBackendSigned(
          parts({ 'x-ca-proxy-signature': backendSignature(text, secret) }, { a: '', b: '1' }),
          null,
          secret,
        ),
      ).toBe(true)
    }
  })

  test('signs a header that was not sent as if it were not listed, and Chinese as UTF-8', () => {
    const latin1 = Buffer.from('李三', 'utf8').toString('latin1')
    const sent = parts({ 'x-ca-proxy-signature-headers': 'X-Name, X-None', 'x-name': latin1 }, {}, 'GET')
    expect(backendStringToSign(sent, PLAIN)).toBe('GET\n\nx-name:李三\n/demo/uri')
  })
})
