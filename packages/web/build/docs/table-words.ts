import type {
  ANSWER_FIELDS,
  GatewayErrorCode,
  MARKET_HEADERS,
  MarketProblem,
  PARAMETER_FIELDS,
  PlatformProblem,
} from '@heyan/contract'
import type { Verdict } from '@heyan/core'

/** What tables of the documents say beside the code's own texts. The compiler asks for every code, in both languages. */
interface Said {
  readonly zh: string
  readonly en: string
}

export const COLUMNS = {
  parameters: {
    zh: ['字段名', '变量名', '必填', '类型', '示例值', '描述'],
    en: ['Field', 'Name', 'Required', 'Type', 'Example', 'Description'],
  },
  answer: {
    zh: ['字段名', '类型', '字段描述', '示例（默认脱敏）', '示例（完整）'],
    en: ['Field', 'Type', 'Description', 'Example (masked, the default)', 'Example (in full)'],
  },
  verdicts: { zh: ['msg', 'match', '含义', '解决方式'], en: ['msg', 'match', 'Meaning', 'What to do'] },
  problems: { zh: ['状态', 'msg', '解决方式'], en: ['Status', 'msg', 'What to do'] },
  refusals: {
    zh: ['状态', 'X-Ca-Error-Message', '何时', '解决方式'],
    en: ['Status', 'X-Ca-Error-Message', 'When', 'What to do'],
  },
  profiles: { zh: ['何时', 'classic', 'vpc'], en: ['When', 'classic', 'vpc'] },
  platform: { zh: ['msg', '解决方式'], en: ['msg', 'What to do'] },
  http: { zh: ['状态', 'code', '解决方式'], en: ['Status', 'code', 'What to do'] },
  masks: { zh: ['内容', '完整', '脱敏'], en: ['What', 'In full', 'Masked'] },
  addresses: { zh: ['完整', '脱敏'], en: ['In full', 'Masked'] },
  headers: { zh: ['返回头', '意思'], en: ['Header', 'Meaning'] },
} as const

export const PARAMETER_MEANINGS: Readonly<
  Record<(typeof PARAMETER_FIELDS)[number]['name'], readonly [label: string, meaning: string]>
> = {
  xm: ['Real name', 'The person’s real name, without spaces'],
  sfz: ['Identity number', 'The resident identity number'],
}

export const ANSWER_MEANINGS: Readonly<Record<(typeof ANSWER_FIELDS)[number]['name'], string>> = {
  ok: '1: there is a verdict; 0: there is none',
  msg: 'What happened, word for word the same each time',
  xm: 'The real name',
  sfz: 'The identity number',
  match: 'true: they belong together; false: they do not',
  birthday: 'The birthday that the number tells',
  sex: 'The sex that the number tells: 男 male, 女 female',
  address: 'The division that the number tells',
}

export const HEADER_MEANINGS: Readonly<Record<keyof typeof MARKET_HEADERS, Said>> = {
  requestId: {
    zh: '每个返回都有：这次调用的编号，大写 UUID。报障时请提供它，不要提供姓名和号码',
    en: 'On every answer: the id of the call, an upper-case UUID. Quote it when you ask for help, never a name or a number',
  },
  errorMessage: { zh: '只在网关拒绝时有：原因', en: 'On refusals of the gateway only: the reason' },
  errorCode: {
    zh: '只在 `vpc` 写法的网关拒绝时有：错误码',
    en: 'On refusals of the gateway in the `vpc` profile only: a code',
  },
  billing: { zh: '只在有结果时有：`1` 计费，`0` 不计费', en: 'On verdicts only: `1` charged, `0` not charged' },
  sandbox: {
    zh: '只在沙箱应用的结果里有，总是 `1`：没有问过任何人。正式应用从不带',
    en: 'On answers to sandbox applications only, always `1`: nobody was asked. Others never carry it',
  },
}

export const VERDICT_MEANINGS: Readonly<Record<Verdict, Said>> = {
  match: { zh: '姓名与号码一致', en: 'Name and number belong together' },
  mismatch: { zh: '号码在记录里，姓名是另一个', en: 'The number is on record under another name' },
  no_record: { zh: '数据源里没有这个号码', en: 'The source has no such number' },
}

export const PROBLEM_EN: Readonly<Record<MarketProblem, string>> = {
  name_missing: 'Send xm, the real name.',
  number_missing: 'Send sfz, the identity number.',
  name_too_long: 'xm has at most 50 characters.',
  number_too_long: 'sfz has at most 18 characters.',
  name_invalid: 'xm is no possible real name: check it.',
  number_invalid: 'sfz is no valid identity number: check it.',
  caller_blocked: 'Do not use the API for attacks of any kind. If this is a mistake, ask the operator.',
  source_unavailable: 'No source can answer at the moment. This was free: try again later.',
}

/** In the order in which they are looked for; then those of `Idempotency-Key`, and what any request can meet. */
export const CLASSIC_WHEN: Readonly<Record<GatewayErrorCode, Said>> = {
  path_unknown: { zh: '没有这个路径', en: 'No such path' },
  method_wrong: { zh: '方法不对（如 HEAD、PUT）', en: 'Wrong method (HEAD, PUT…)' },
  overloaded: { zh: '过载', en: 'Overloaded' },
  url_too_large: { zh: '地址或请求头超过 16 KB', en: 'A URL or headers over 16 KB' },
  body_too_large: { zh: '正文超过 64 KB', en: 'A body over 64 KB' },
  no_credential: { zh: '没有凭证', en: 'No credential' },
  unknown_app_code: { zh: 'AppCode 不存在', en: 'Unknown AppCode' },
  unknown_app_key: { zh: 'AppKey 不存在', en: 'Unknown AppKey' },
  signature_missing: { zh: '有 X-Ca-Key 而没有签名', en: 'X-Ca-Key without a signature' },
  timestamp_expired: { zh: '时间相差超过 15 分钟', en: 'The time is more than 15 minutes off' },
  signature_wrong: { zh: '签名不对', en: 'The signature is wrong' },
  content_md5_wrong: { zh: 'Content-MD5 不对或缺少', en: 'Content-MD5 is wrong or lacking' },
  nonce_used: { zh: 'X-Ca-Nonce 用过了', en: 'The nonce was used before' },
  suspended: { zh: '应用已停用', en: 'The application is suspended' },
  address_not_allowed: { zh: '来源地址不在白名单内', en: 'The address is not on the allow list' },
  quota_expired: { zh: '订购全部到期', en: 'All subscriptions have expired' },
  quota_exhausted: {
    zh: '次数用完，或到了应用的上限',
    en: 'No calls are left, or a cap of the application is reached',
  },
  throttled: { zh: '太快', en: 'Too fast' },
  idempotency_key_invalid: { zh: '幂等键为空或超过 255 字节', en: 'Idempotency-Key is empty or over 255 bytes' },
  repeat_in_flight: { zh: '幂等键：同一请求还在进行', en: 'Idempotency-Key: the same request is under way' },
  repeat_differs: { zh: '幂等键：换了请求内容', en: 'Idempotency-Key: another request' },
  replay_limit: { zh: '幂等键：免费重问已用完', en: 'Idempotency-Key: repeated too often or too late' },
  bad_request: { zh: '请求头不成样子', en: 'Headers that cannot be read' },
}

export const REFUSAL_ADVICE: Readonly<Record<GatewayErrorCode, Said>> = {
  path_unknown: { zh: '路径是 `/idcard`。', en: 'The path is `/idcard`.' },
  method_wrong: { zh: '用 GET 或 POST。', en: 'Use GET or POST.' },
  body_too_large: { zh: '只传 xm 与 sfz。', en: 'Send xm and sfz only.' },
  url_too_large: { zh: '只传 xm 与 sfz；去掉多余的请求头。', en: 'Send xm and sfz only, and fewer headers.' },
  overloaded: {
    zh: '等 `Retry-After` 所说的秒数再试，并逐次加长间隔。',
    en: 'Wait as `Retry-After` says, and longer each time.',
  },
  no_credential: {
    zh: '带上 `Authorization: APPCODE …`，或签名。',
    en: 'Send `Authorization: APPCODE …`, or sign the request.',
  },
  unknown_app_code: {
    zh: '检查是否抄全；`APPCODE` 与代码之间有空格。',
    en: 'Check that it is whole, with a space after `APPCODE`.',
  },
  unknown_app_key: { zh: '检查 `X-Ca-Key`。', en: 'Check `X-Ca-Key`.' },
  signature_missing: { zh: '带上 `X-Ca-Signature`。', en: 'Send `X-Ca-Signature`.' },
  timestamp_expired: {
    zh: '校准时钟；`X-Ca-Timestamp` 是毫秒。',
    en: 'Set the clock right; `X-Ca-Timestamp` is in milliseconds.',
  },
  signature_wrong: {
    zh: '与返回头里服务器拼出的文字逐字比较，`#` 代表换行。',
    en: 'Compare your text with the server’s in the header, character by character; `#` is a line feed.',
  },
  content_md5_wrong: {
    zh: '签名的 JSON 正文必须带 `Content-MD5`：正文的 MD5 的 Base64。',
    en: 'A signed JSON body needs `Content-MD5`: its MD5 in Base64.',
  },
  nonce_used: { zh: '每个请求换一个随机数。', en: 'Make a new one for each request.' },
  suspended: { zh: '联系运营方。', en: 'Ask the operator.' },
  address_not_allowed: {
    zh: '请运营方把您的出口地址加入白名单。',
    en: 'Have the operator put your address on the list.',
  },
  quota_expired: { zh: '续购；下一次调用即可用。', en: 'Renew; the next call works.' },
  quota_exhausted: {
    zh: '续购，下一次调用即可用；或请运营方放宽上限。',
    en: 'Renew, and the next call works; or have the cap raised.',
  },
  throttled: { zh: '等 `Retry-After` 所说的秒数再试。', en: 'Wait as `Retry-After` says.' },
  idempotency_key_invalid: { zh: '用 1 至 255 字节的键。', en: 'Use a key of 1 to 255 bytes.' },
  repeat_in_flight: { zh: '稍等，再用同一个键。', en: 'Wait a moment, then use the same key.' },
  repeat_differs: { zh: '新的请求用新的键。', en: 'Use a new key for a new request.' },
  replay_limit: { zh: '换一个新的键；那是一次新的调用。', en: 'Use a new key; that is a new call.' },
  bad_request: { zh: '检查您的 HTTP 客户端。', en: 'Check your HTTP client.' },
}

/** In the order in which they are looked for. */
export const PLATFORM_EN: Readonly<Record<PlatformProblem | 'suspended', string>> = {
  appid_missing: 'Send appid.',
  appid_too_long: 'appid has at most 32 characters.',
  sendtime_missing: 'Send sendtime.',
  sendtime_malformed: 'sendtime has 10 digits (seconds) or 13 (milliseconds).',
  sendtime_expired: 'sendtime may be 5 minutes off at most.',
  sign_missing: 'Send sign.',
  sign_too_long: 'Check the length of sign.',
  nonce_too_long: 'nonce has at most 128 characters.',
  sign_wrong: 'Compare your steps with those below. An unknown appid is answered alike.',
  address_not_allowed: 'The address is not on the allow list, or the caller is blocked. Ask the operator.',
  suspended: 'The application is suspended; XXXXXXX is its own appid.',
  debug: 'There is a * in a value: the signature is right, and nothing more was asked.',
  nonce_used: 'Make a new nonce for each request.',
}
