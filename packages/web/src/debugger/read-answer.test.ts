import { type GatewayErrorCode, gatewayError, PROBLEM_TEXTS, VERDICT_TEXTS } from '@heyan/contract/browser'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { echoedStringToSign, isCharged, readAnswer } from './read-answer.js'

const bare = (body: string, headers: [string, string][] = []) => ({ body, headers: new Map(headers) })
const refused = (message: string) => readAnswer(bare('', [['x-ca-error-message', message]]))

describe('an answer', () => {
  test.each(Object.entries(VERDICT_TEXTS))('with a verdict is read as %s', (verdict, msg) => {
    expect(readAnswer(bare(JSON.stringify({ ok: 1, msg })))).toMatchObject({ kind: 'verdict', verdict })
  })

  test.each(Object.entries(PROBLEM_TEXTS))('with a problem is read as %s', (problem, msg) => {
    expect(readAnswer(bare(JSON.stringify({ ok: 0, msg })))).toMatchObject({ kind: 'problem', problem })
  })

  test('with a problem of another server is a problem all the same', () => {
    expect(readAnswer(bare('{"ok":0,"msg":"别的"}'))).toMatchObject({ kind: 'problem', problem: null })
  })

  test.each(['unknown_app_code', 'quota_exhausted', 'timestamp_expired', 'throttled', 'signature_wrong'] as const)(
    'that refuses is read as %s, in either profile',
    (code: GatewayErrorCode) => {
      for (const profile of ['classic', 'vpc'] as const)
        expect(refused(gatewayError(code, profile, { stringToSign: 'GET#' }).message)).toMatchObject({
          kind: 'refusal',
          code,
        })
    },
  )

  test.each(['', '[]', 'null', '<html>', '{"ok":1}', '{"ok":1,"msg":"?"}', '{"ok":2,"msg":"实名信息正确"}'])(
    'that is none of this API (%s) is not taken for one',
    (body) => {
      expect(readAnswer(bare(body))).toEqual({ kind: 'unknown' })
    },
  )

  test('of any content is read without a fault', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (body, message) => {
        readAnswer(bare(body))
        refused(message)
        readAnswer(bare(JSON.stringify({ ok: 0, msg: message })))
      }),
    )
  })
})

test('only the answer’s own header says that it was charged', () => {
  expect(isCharged(bare('{}', [['x-ca-market-billing-result', '1']]))).toBe(true)
  expect(isCharged(bare('{}', [['x-ca-market-billing-result', '0']]))).toBe(false)
  expect(isCharged(bare('{"ok":1}'))).toBe(false)
})

test('the StringToSign of a refusal is what stands between its marks, marks in it too', () => {
  expect(echoedStringToSign('Invalid Signature, Server StringToSign:`GET##/idcard?xm=`1``')).toBe('GET##/idcard?xm=`1`')
  expect(echoedStringToSign('Invalid AppKey')).toBeNull()
})
