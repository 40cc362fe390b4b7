import type { zh } from './zh.js'

type Shape<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends readonly unknown[]
      ? readonly (readonly [string, string])[]
      : never
}

export const en: Shape<typeof zh> = {
  language: 'en',
  title: 'Heyan 核验',
  lead: 'Identity two-element verification: given a real name and a resident identity number, says whether the authoritative record has them together.',
  howTitle: 'How to call it',
  how: 'It speaks the marketplace protocol exactly; change one host name:',
  yourCode: 'your AppCode',
  parametersTitle: 'Parameters',
  parameters: [
    ['xm', 'real name, without spaces, at most 50 characters'],
    ['sfz', 'identity number, 18 characters'],
  ],
  answersTitle: 'How it ends',
  answers: [
    ['200 实名信息正确', 'a match; charged'],
    ['200 实名校验失败:身份证与姓名不匹配', 'a mismatch; charged'],
    ['200 实名校验失败:查无记录', 'no record; charged by default'],
    ['666', 'something is wrong with the input or the service; free'],
    ['403 Quota Exhausted', 'no calls are left; free'],
  ],
  promise:
    'Every call asks a source afresh and no result is ever cached; only a verdict is charged, once; no log holds anything of a person.',
  other: '中文',
}
