import { createSecretKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  isDebug,
  isSameSign,
  PLATFORM_STATUS,
  platformProblemBody,
  platformSign,
  platformStringToSign,
  readPlatformClaim,
  SENDTIME_TOLERANCE_MS,
  suspendedText,
} from './platform.js'
import { PLATFORM_ADVICE_TEXTS, PLATFORM_PATH, PLATFORM_TEXTS } from './platform-texts.js'

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

describe('the order of what is wrong', () => {
  const ask = (changes: Readonly<Record<string, string | null>>) => {
    const sent = new Map(parameters)
    for (const [name, value] of Object.entries(changes)) value === null ? sent.delete(name) : sent.set(name, value)
    return readPlatformClaim(sent, new Set(), NOW)
  }

  test('each answers before those that come after it', () => {
    const steps: [problem: string, name: string, values: (string | null)[]][] = [
      ['appid_missing', 'appid', [null, '', '  ', '\t']],
      ['appid_too_long', 'appid', ['a'.repeat(33), 'a'.repeat(20_000)]],
      ['sendtime_missing', 'sendtime', [null, '', ' ']],
      [
        'sendtime_malformed',
        'sendtime',
        [
          '1',
          '123456789',
          '12345678901',
          '17684496000000',
          '-768449600',
          '17684496.0',
          '１７６８４４９６００',
          ' 1768449600',
          '0x68449600',
        ],
      ],
      ['sendtime_expired', 'sendtime', ['0000000000', '9999999999', '9999999999999']],
      ['sign_missing', 'sign', [null, '', ' ']],
      ['sign_too_long', 'sign', ['f'.repeat(129)]],
    ]
    const wrongSoFar: Record<string, string | null> = {}
    for (const [problem, name, values] of steps.toReversed()) {
      for (const value of values) {
        wrongSoFar[name] = value
        expect(ask(wrongSoFar)).toBe(problem)
      }
    }
  })

  test('the longest that is taken', () => {
    expect(ask({ appid: 'a'.repeat(32), sign: 'f'.repeat(128) })).toMatchObject({ appId: 'a'.repeat(32) })
  })

  test('sendtime is seconds or milliseconds, five minutes off at most', () => {
    for (const off of [0, SENDTIME_TOLERANCE_MS, -SENDTIME_TOLERANCE_MS]) {
      expect(ask({ sendtime: String(NOW + off) })).toMatchObject({ sendtime: String(NOW + off) })
      expect(ask({ sendtime: String((NOW + off) / 1000) })).toMatchObject({ sendtime: String((NOW + off) / 1000) })
    }
    for (const off of [SENDTIME_TOLERANCE_MS + 1, -SENDTIME_TOLERANCE_MS - 1]) {
      expect(ask({ sendtime: String(NOW + off) })).toBe('sendtime_expired')
    }
    expect(ask({ sendtime: String(NOW / 1000 + 301) })).toBe('sendtime_expired')
  })
})

describe('the words of the platform door', () => {
  test('are these, in this order', () => {
    expect(Object.entries(PLATFORM_TEXTS)).toEqual([
      ['appid_missing', '未传入开发者账号appid'],
      ['appid_too_long', '传入开发者账号appid字符串长度超限'],
      ['sendtime_missing', '未传入查询时间sendtime'],
      ['sendtime_malformed', '传入查询时间sendtime字符串长度超限'],
      ['sendtime_expired', '时间戳超时，请重新请求'],
      ['sign_missing', '未传入签名sign'],
      ['sign_too_long', '传入签名sign字符串长度超限'],
      ['sign_wrong', '签名校验失败'],
      ['address_not_allowed', '非法来源'],
      ['debug', '存在*字符，视为调试数据。止于当前结果。'],
      ['nonce_too_long', '传入随机数nonce字符串长度超限'],
      ['nonce_used', '随机数nonce已使用，请重新请求'],
    ])
    expect(suspendedText('app_1')).toBe('appid:app_1接口已停用')
    expect(platformProblemBody(PLATFORM_TEXTS.sign_wrong)).toBe('{"ok":0,"msg":"签名校验失败"}')
    expect([PLATFORM_PATH, PLATFORM_STATUS]).toEqual(['/open/idcard', 666])
  })

  test('come with what to do', () => {
    expect(PLATFORM_ADVICE_TEXTS).toEqual({
      appid_missing: '请传入appid开发者账号。',
      appid_too_long: 'appid字符串长度不得超过32个字符。',
      sendtime_missing: '请传入sendtime时间戳。',
      sendtime_malformed: '请检查传入sendtime时间戳的长度。',
      sendtime_expired: '传入sendtime时间戳误差不得超过5分钟。',
      sign_missing: '请传入sign签名结果。',
      sign_too_long: '请检查传入sign签名的长度。',
      sign_wrong: '请参照平台签名校验流程进行对比调试。',
      address_not_allowed: '禁止将API用于任何形式的攻击行为，请注意。',
      suspended: 'XXXXXXX开发者已被停止调用。',
      debug: '传入的参数值包含*字符，都将视为测试数据，仅用于调试。',
      nonce_too_long: 'nonce字符串长度不得超过128个字符。',
      nonce_used: '每次请求请传入不同的nonce。',
    })
  })
})

test('a * in the name or the number marks an attempt at signing only', () => {
  expect(isDebug(parameters)).toBe(false)
  expect(isDebug(new Map([...parameters, ['xm', '李*']]))).toBe(true)
  expect(isDebug(new Map([...parameters, ['sfz', '36020319*****']]))).toBe(true)
  expect(isDebug(new Map([...parameters, ['nonce', '*']]))).toBe(false)
})
