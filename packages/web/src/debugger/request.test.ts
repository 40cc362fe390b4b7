import { stringToSign } from '@heyan/contract/browser'
import { expect, test } from 'vitest'
import { type Question, requestOf } from './request.js'
import { hmac, newNonce, sign } from './signing.js'

const MOMENT = { timestamp: 1_525_872_629_832, nonce: 'c9f15cbf' }
const SIGNED: Question['credential'] = {
  kind: 'signature',
  appKey: '203753385',
  appSecret: 'secret',
  algorithm: 'HmacSHA256',
}
const LI_SAN = { name: '李三', number: '11010519491231002X' }

test('an AppCode goes into the Authorization header of a GET, what is asked into its query', () => {
  const { target, headers, body } = requestOf(
    { method: 'GET', ...LI_SAN, credential: { kind: 'appCode', appCode: 'abc' } },
    MOMENT,
  )
  expect(target).toBe('/idcard?xm=%E6%9D%8E%E4%B8%89&sfz=11010519491231002X')
  expect(headers).toEqual([
    ['Accept', 'application/json'],
    ['Authorization', 'APPCODE abc'],
  ])
  expect(body).toBeNull()
})

test('what is signed is what is sent: the headers in their own letter case, sorted, and the parameters decoded', () => {
  const { parts, headers } = requestOf({ method: 'GET', ...LI_SAN, credential: SIGNED }, MOMENT)
  expect(stringToSign(parts)).toBe(
    'GET\napplication/json\n\n\n\nX-Ca-Key:203753385\nX-Ca-Nonce:c9f15cbf\nX-Ca-Timestamp:1525872629832\n/idcard?sfz=11010519491231002X&xm=李三',
  )
  expect(headers).toContainEqual(['X-Ca-Signature-Headers', 'X-Ca-Key,X-Ca-Nonce,X-Ca-Timestamp'])
})

test('the form of a POST is signed like a query, under its own content type; what is empty by its name alone', () => {
  const { target, body, parts } = requestOf({ method: 'POST', name: '', number: 'a b&c', credential: SIGNED }, MOMENT)
  expect([target, body]).toEqual(['/idcard', 'xm=&sfz=a%20b%26c'])
  expect(stringToSign(parts)).toContain('\napplication/x-www-form-urlencoded; charset=UTF-8\n')
  expect(stringToSign(parts).endsWith('/idcard?sfz=a b&c&xm')).toBe(true)
})

test('signatures made by the browser’s own functions are the contract’s', async () => {
  const text = `GET\napplication/json\n\n\n\nx-ca-key:203753385\nx-ca-nonce:c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44\nx-ca-stage:RELEASE\nx-ca-timestamp:1525872629832\n/idcard?sfz=11010519491231002X&xm=李三`
  expect(await hmac(text, 'secret', 'HmacSHA256')).toBe('Hq0V9md1ieiFyHTvK4uZD7xzqQcBuXz+RjMJ8KsftI8=')
  expect(await hmac(text, 'secret', 'HmacSHA1')).toBe('GBntLgK1oVhOQvTLAp/8BCc6Oag=')
  const request = await sign(
    requestOf({ method: 'GET', ...LI_SAN, credential: SIGNED }, MOMENT),
    'secret',
    'HmacSHA256',
  )
  expect(request.headers.at(-1)?.[0]).toBe('X-Ca-Signature')
  expect(JSON.stringify(request.headers)).not.toContain('secret')
  // An empty secret is refused by the server, not by the page.
  expect(await hmac('x', '', 'HmacSHA256')).toMatch(/=$/)
})

test('no nonce comes twice', () => {
  expect(new Set(Array.from({ length: 100 }, newNonce)).size).toBe(100)
})
