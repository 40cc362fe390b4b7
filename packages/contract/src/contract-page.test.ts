import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type GatewayErrorCode, gatewayError } from './gateway-errors.js'
import { ADVICE_TEXTS, PROBLEM_TEXTS, VERDICT_TEXTS } from './market.js'
import { ANSWER_FIELDS, PARAMETER_FIELDS } from './market-fields.js'
import { suspendedText } from './platform.js'
import { PLATFORM_ADVICE_TEXTS, PLATFORM_TEXTS } from './platform-texts.js'

/** The page that the texts were agreed on. It stands beside the repository where that was made, and nowhere else. */
const PAGE = new URL('../../../../shared/CONTRACT.md', import.meta.url)

/** Ours: the page says what they are for, not how they are worded. */
const OWN_WORDS = new Set(['nonce_too_long', 'nonce_used'])

describe.skipIf(!existsSync(PAGE))('the agreed page (skipped where ../shared/CONTRACT.md is not)', () => {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : ''
  const agreed = Object.entries({ ...PLATFORM_TEXTS, ...PROBLEM_TEXTS, ...VERDICT_TEXTS })
    .filter(([code]) => !OWN_WORDS.has(code))
    .map(([, text]) => text)

  test.each(agreed)('has the text %s', (text) => {
    expect(page.includes(`\`${text}\``) || page.includes(`"${text}"`)).toBe(true)
  })

  test.each(
    Object.entries({ ...ADVICE_TEXTS, ...PLATFORM_ADVICE_TEXTS })
      .filter(([code]) => !OWN_WORDS.has(code))
      .map(([, text]) => text),
  )('has the advice %s', (advice) => {
    expect(page).toContain(`| ${advice} |`)
  })

  test('has the text of a suspended application, and every field', () => {
    expect(page).toContain(`\`${suspendedText('XXXXXXX')}\``)
    for (const { name, type, description } of ANSWER_FIELDS)
      expect(page).toContain(`| ${name} | ${type} | ${description} |`)
    for (const { label, name, type, example, description } of PARAMETER_FIELDS) {
      expect(page).toContain(`| ${label} | ${name} | 是 | ${type} | ${example} | ${description} |`)
    }
  })

  const REFUSALS: GatewayErrorCode[] = [
    'no_credential',
    'unknown_app_code',
    'unknown_app_key',
    'signature_missing',
    'timestamp_expired',
    'signature_wrong',
    'content_md5_wrong',
    'nonce_used',
    'suspended',
    'address_not_allowed',
    'quota_expired',
    'quota_exhausted',
    'throttled',
    'path_unknown',
    'method_wrong',
    'body_too_large',
    'url_too_large',
    'overloaded',
  ]

  test.each(REFUSALS)('has the refusal %s in both profiles', (code) => {
    const details = { stringToSign: '…', method: code === 'path_unknown' ? 'GET' : 'HEAD', path: '/x' }
    const classic = gatewayError(code, 'classic', details)
    const vpc = gatewayError(code, 'vpc', details)
    const rows = page.split('\n').filter((row) => row.startsWith('|') && row.includes(`\`${vpc.errorCode ?? ''}\``))
    expect(rows).toHaveLength(1)
    const [, , ours = '', theirs = ''] = (rows[0] ?? '').split('|')
    expect(ours).toContain(String(classic.status))
    expect(ours).toContain(classic.message)
    expect(theirs).toContain(String(vpc.status))
    expect(`${ours} ${theirs}`).toContain(vpc.message)
  })
})
