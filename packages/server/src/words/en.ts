import type { zh } from './zh.js'

/** The same texts under the same names; rows of a table have as many cells. */
type Shape<T> = T extends string
  ? string
  : T extends readonly unknown[]
    ? { readonly [K in keyof T]: Shape<T[K]> }
    : { readonly [K in keyof T]: Shape<T[K]> }

export const en: Shape<typeof zh> = {
  language: 'en',
  title: 'Heyan 核验',
  lead: 'Identity two-element verification: given a real name and a resident identity number, answers whether the authoritative record has them together.',
  howTitle: 'Calling it',
  how: 'The call is the one that identity APIs on public marketplaces take; change the host name to this one. The operator gives out AppCodes; one for a first try is printed on the terminal at the start.',
  yourCode: 'your AppCode',
  answer: 'The answer:',
  parametersTitle: 'Parameters',
  parameters: [
    ['xm', 'real name, without spaces, at most 50 characters; percent-encoded UTF-8'],
    ['sfz', 'identity number, 18 characters'],
  ],
  endingsTitle: 'How it ends, and what it costs',
  endingsLead: 'A verdict is charged, once. What ends without one is free.',
  columns: ['Status', 'Answer', 'Meaning', 'Charge'],
  endings: [
    ['200', '实名信息正确', 'a match', 'charged'],
    ['200', '实名校验失败:身份证与姓名不匹配', 'a mismatch', 'charged'],
    ['200', '实名校验失败:查无记录', 'no record', 'by_default'],
    ['666', 'ok is 0, the reason in msg', 'something is wrong with the input, or no source can answer now', 'free'],
    ['403', 'Quota Exhausted', 'no calls are left', 'free'],
    ['4xx, 503', 'the reason in X-Ca-Error-Message', 'a credential, a signature, the speed', 'free'],
  ],
  charges: { charged: 'charged', by_default: 'by default', free: 'free' },
  promise:
    'Every call asks a source afresh; no result is cached, and none is kept. No log holds the name or the number of anyone.',
  texts: 'All documents as plain text',
  other: '中文',
}
