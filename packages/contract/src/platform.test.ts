import { createSecretKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isSameSign, platformSign, platformStringToSign, readPlatformClaim } from './platform.js'

const NOW = 1_768_449_600_000
const parameters = new Map([
  ['xm', '李三'],
  ['sign', 'not signed'],
  ['sfz', '11010519491231002X'],
  ['appid', 'app_1'],
  ['sendtime', '1768449600'],
])
const secret = createSecretKey(Buffer.from('secret'))

describe('the sign of the platform door', () => {
  test('is made over every parameter but itself, decoded and sorted', () => {
    expect(platformStringToSign(parameters)).toBe('appid=app_1&sendtime=1768449600&sfz=11010519491231002X&xm=李三')
  })

  // The vectors come from OpenSSL's command: printf %s "$TEXT" | openssl dgst -sha256 -hmac secret
  test('agrees with OpenSSL for each algorithm', () => {
    const text = platformStringToSign(parameters)
    const claim = { appId: 'app_1', sendtime: '1768449600' }
    expect(platformSign('hmac-sha256', secret, text, claim)).toBe(
      'd1b4b4d9e74d87afcfe108c481f6c3d168711f28926b8bcca44aab68ab67efcb',
    )
    expect(platformSign('hmac-sm3', secret, text, claim)).toBe(
      'fb45c3ace309ca045ac6437f9a5381cabf826dda83f8258fadeceb58aabc2179',
    )
    expect(platformSign('md5', secret, text, claim)).toBe('3c808de7cb71b8a01d17dbfa649bd240')
  })

  test('is compared whole: a prefix, another case and other characters are not it', () => {
    expect(isSameSign('abc1', 'abc1')).toBe(true)
    for (const other of ['abc', 'ABC1', 'abc12', '', '李三四五']) expect(isSameSign(other, 'abc1')).toBe(false)
  })
})

describe('the claim of a request', () => {
  test('holds what came, and an empty nonce is none', () => {
    const sent = new Map([...parameters, ['nonce', '']])
    const claim = { appId: 'app_1', sendtime: '1768449600', sign: 'not signed', nonce: null }
    expect(readPlatformClaim(sent, new Set(), NOW)).toEqual(claim)
  })

  test('counts characters, not their halves', () => {
    const rare = new Map([...parameters, ['appid', '𠮷'.repeat(32)]])
    expect(readPlatformClaim(rare, new Set(), NOW)).toMatchObject({ appId: '𠮷'.repeat(32) })
    expect(readPlatformClaim(new Map([...rare, ['appid', '𠮷'.repeat(33)]]), new Set(), NOW)).toBe('appid_too_long')
  })

  test('refuses a JSON value that is no text by its length, not as missing', () => {
    const bare = new Map([...parameters].filter(([name]) => name !== 'sign'))
    expect(readPlatformClaim(bare, new Set(['sign']), NOW)).toBe('sign_too_long')
    expect(readPlatformClaim(parameters, new Set(['nonce']), NOW)).toBe('nonce_too_long')
  })
})
