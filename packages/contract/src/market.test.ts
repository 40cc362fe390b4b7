import type { ProblemCode } from '@heyan/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ADVICE_TEXTS,
  isMarketProblem,
  JSON_TYPE,
  MARKET_HEADERS,
  MARKET_PATH,
  type MarketProblem,
  NAME_PARAMETER,
  NUMBER_PARAMETER,
  PROBLEM_STATUS,
  problemBody,
  type VerdictFields,
  verdictBody,
} from './market.js'

const MASKED: VerdictFields = {
  verdict: 'match',
  name: '庆**',
  number: '3505*****12',
  birthday: '19****16',
  sex: 'male',
  address: '福建省泉州市**县',
}

describe('the body of a verdict', () => {
  test('has its fields in their order, byte for byte', () => {
    expect(verdictBody(MASKED)).toBe(
      '{"ok":1,"msg":"实名信息正确","xm":"庆**","sfz":"3505*****12","match":true,"birthday":"19****16","sex":"男","address":"福建省泉州市**县"}',
    )
    expect(verdictBody({ ...MASKED, verdict: 'mismatch', sex: 'female' })).toBe(
      '{"ok":1,"msg":"实名校验失败:身份证与姓名不匹配","xm":"庆**","sfz":"3505*****12","match":false,"birthday":"19****16","sex":"女","address":"福建省泉州市**县"}',
    )
    expect(verdictBody({ ...MASKED, verdict: 'no_record' })).toBe(
      '{"ok":1,"msg":"实名校验失败:查无记录","xm":"庆**","sfz":"3505*****12","match":false,"birthday":"19****16","sex":"男","address":"福建省泉州市**县"}',
    )
  })

  test('in full is the same shape', () => {
    const full = {
      ...MASKED,
      name: '李三',
      number: '11010519491231002X',
      birthday: '19491231',
      address: '北京市朝阳区',
    }
    expect(verdictBody(full)).toBe(
      '{"ok":1,"msg":"实名信息正确","xm":"李三","sfz":"11010519491231002X","match":true,"birthday":"19491231","sex":"男","address":"北京市朝阳区"}',
    )
  })

  test('is what JSON.stringify would write, whatever the name holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const { number, birthday, address } = MASKED
        expect(verdictBody({ ...MASKED, name })).toBe(
          JSON.stringify({
            ok: 1,
            msg: '实名信息正确',
            xm: name,
            sfz: number,
            match: true,
            birthday,
            sex: '男',
            address,
          }),
        )
      }),
    )
  })
})

describe('the body of a problem', () => {
  const BODIES: Readonly<Record<MarketProblem, string>> = {
    name_missing: '{"ok":0,"msg":"未传入真实姓名xm"}',
    number_missing: '{"ok":0,"msg":"未传入身份证号码sfz"}',
    name_too_long: '{"ok":0,"msg":"传入真实姓名xm字符串长度超限"}',
    number_too_long: '{"ok":0,"msg":"传入身份证号码sfz字符串长度超限"}',
    name_invalid: '{"ok":0,"msg":"姓名有误"}',
    number_invalid: '{"ok":0,"msg":"身份证号码有误"}',
    caller_blocked: '{"ok":0,"msg":"非法来源"}',
    source_unavailable: '{"ok":0,"msg":"核验服务暂不可用，请稍后重试"}',
  }

  test.each(Object.entries(BODIES))('%s is ok and msg, and nothing else', (problem, body) => {
    expect(problemBody(problem as MarketProblem)).toBe(body)
    expect(isMarketProblem(problem as MarketProblem)).toBe(true)
  })

  test('is had by no refusal of the gateway', () => {
    const refusals: ProblemCode[] = [
      'quota_exhausted',
      'quota_expired',
      'nonce_used',
      'repeat_in_flight',
      'replay_limit',
    ]
    for (const problem of refusals) expect(isMarketProblem(problem)).toBe(false)
  })
})

test('people are told what to do about each', () => {
  expect(ADVICE_TEXTS).toEqual({
    name_missing: '请传入xm真实姓名。',
    number_missing: '请传入sfz身份证号码。',
    name_too_long: 'xm参数长度不得超过50个字符。',
    number_too_long: 'sfz参数长度不得超过18个字符。',
    name_invalid: 'xm参数传入不符合真实姓名，请检查。',
    number_invalid: 'sfz参数传入不符合身份证标准，请检查。',
    mismatch: '核验结果不一致。',
    no_record: '无记录，无法核验。',
    caller_blocked: '禁止将API用于任何形式的攻击行为，请注意。',
  })
})

test('the door and its headers have the names that callers know', () => {
  expect([MARKET_PATH, NAME_PARAMETER, NUMBER_PARAMETER, PROBLEM_STATUS]).toEqual(['/idcard', 'xm', 'sfz', 666])
  expect(JSON_TYPE).toBe('application/json; charset=utf-8')
  expect(MARKET_HEADERS).toEqual({
    requestId: 'X-Ca-Request-Id',
    errorMessage: 'X-Ca-Error-Message',
    errorCode: 'X-Ca-Error-Code',
    billing: 'X-Ca-Market-Billing-Result',
    sandbox: 'X-Heyan-Sandbox',
  })
})
