import type { ProblemCode, Verdict } from '@heyan/core'

/** The market door, as callers of the public marketplace know it. */
export const MARKET_PATH = '/idcard'
/** The real name, and the identity number. */
export const NAME_PARAMETER = 'xm'
export const NUMBER_PARAMETER = 'sfz'

/** The status of a problem: not charged. Frameworks above Node refuse it; it goes on the connection as it is. */
export const PROBLEM_STATUS = 666

export const MARKET_HEADERS = {
  requestId: 'X-Ca-Request-Id',
  errorMessage: 'X-Ca-Error-Message',
  errorCode: 'X-Ca-Error-Code',
  /** `1` on a charged verdict, `0` on an uncharged one; a problem carries none. */
  billing: 'X-Ca-Market-Billing-Result',
  /** `1` on every answer to a sandbox application: nobody was asked. Others never carry it. */
  sandbox: 'X-Heyan-Sandbox',
} as const

export const JSON_TYPE = 'application/json; charset=utf-8'

export const VERDICT_TEXTS: Readonly<Record<Verdict, string>> = {
  match: '实名信息正确',
  mismatch: '实名校验失败:身份证与姓名不匹配',
  no_record: '实名校验失败:查无记录',
}

/** Problems that are answered with 666 and these texts; every other is a refusal of the gateway. */
export const PROBLEM_TEXTS = {
  name_missing: '未传入真实姓名xm',
  number_missing: '未传入身份证号码sfz',
  name_too_long: '传入真实姓名xm字符串长度超限',
  number_too_long: '传入身份证号码sfz字符串长度超限',
  name_invalid: '姓名有误',
  number_invalid: '身份证号码有误',
  caller_blocked: '非法来源',
  source_unavailable: '核验服务暂不可用，请稍后重试',
} as const satisfies Partial<Record<ProblemCode, string>>

export type MarketProblem = keyof typeof PROBLEM_TEXTS

export function isMarketProblem(problem: ProblemCode): problem is MarketProblem {
  return problem in PROBLEM_TEXTS
}

/** 解决方式: what people are told to do about it. */
export const ADVICE_TEXTS: Readonly<Record<string, string>> = {
  name_missing: '请传入xm真实姓名。',
  number_missing: '请传入sfz身份证号码。',
  name_too_long: 'xm参数长度不得超过50个字符。',
  number_too_long: 'sfz参数长度不得超过18个字符。',
  name_invalid: 'xm参数传入不符合真实姓名，请检查。',
  number_invalid: 'sfz参数传入不符合身份证标准，请检查。',
  mismatch: '核验结果不一致。',
  no_record: '无记录，无法核验。',
  caller_blocked: '禁止将API用于任何形式的攻击行为，请注意。',
}

/** What a verdict's body says, masked or in full as the application has it. */
export interface VerdictFields {
  readonly verdict: Verdict
  readonly name: string
  readonly number: string
  readonly birthday: string
  readonly sex: 'male' | 'female'
  readonly address: string
}

const SEX_TEXTS = { male: '男', female: '女' } as const

const HEADS: Readonly<Record<Verdict, string>> = {
  match: `{"ok":1,"msg":"${VERDICT_TEXTS.match}","xm":`,
  mismatch: `{"ok":1,"msg":"${VERDICT_TEXTS.mismatch}","xm":`,
  no_record: `{"ok":1,"msg":"${VERDICT_TEXTS.no_record}","xm":`,
}

/** The body of a verdict: its fields in their order, never one left out. Only the name is free text; the rest is ours. */
export function verdictBody({ verdict, name, number, birthday, sex, address }: VerdictFields): string {
  return `${HEADS[verdict]}${JSON.stringify(name)},"sfz":"${number}","match":${verdict === 'match'},"birthday":"${birthday}","sex":"${SEX_TEXTS[sex]}","address":"${address}"}`
}

const PROBLEM_BODIES = Object.fromEntries(
  Object.entries(PROBLEM_TEXTS).map(([problem, msg]) => [problem, JSON.stringify({ ok: 0, msg })]),
)

/** The body of a problem: `ok` and `msg`, and nothing else. */
export function problemBody(problem: MarketProblem): string {
  return PROBLEM_BODIES[problem] ?? ''
}
