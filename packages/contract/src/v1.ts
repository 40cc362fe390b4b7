import type { CivilDate } from '@heyan/core'

/** The modern door. It only grows: nothing here changes its meaning. */
export const V1_PREFIX = '/v1'
/** Where the catalogue below can be read by people; a problem's `type` is this and its code. */
export const PROBLEMS_PATH = '/problems'

export interface HttpProblemText {
  readonly status: number
  /** One sentence, the same whenever the code is. */
  readonly title: string
  /** What to do about it. */
  readonly zh: string
  readonly en: string
}

/** Every problem of the doors that speak JSON (RFC 9457), by its code: `/v1`, and the operator's `/admin/v1`. */
export const HTTP_PROBLEMS = {
  credential_missing: {
    status: 401,
    title: 'No credential came with the request.',
    zh: '请在 Authorization 头中传入 Bearer 与 AppCode，或按签名方式传入 X-Ca-Key 与 X-Ca-Signature。',
    en: 'Send "Authorization: Bearer APPCODE", or sign with X-Ca-Key and X-Ca-Signature.',
  },
  credential_unknown: {
    status: 401,
    title: 'Nobody has this credential.',
    zh: '请检查 AppCode 或 AppKey 是否完整、是否已被吊销。',
    en: 'Check that the AppCode or AppKey is whole, and not revoked.',
  },
  signature_missing: {
    status: 401,
    title: 'X-Ca-Key came without a signature.',
    zh: '请传入 X-Ca-Signature。',
    en: 'Send X-Ca-Signature too.',
  },
  signature_wrong: {
    status: 401,
    title: 'The signature is wrong.',
    zh: '请将 stringToSign 与本地拼出的字符串逐行比较。',
    en: 'Compare stringToSign, line by line, with what was signed.',
  },
  timestamp_expired: {
    status: 401,
    title: 'The timestamp is more than 15 minutes off.',
    zh: '请校准本机时钟，X-Ca-Timestamp 为毫秒。',
    en: 'Set the clock right; X-Ca-Timestamp is in milliseconds.',
  },
  content_md5_wrong: {
    status: 400,
    title: 'Content-MD5 is missing or wrong.',
    zh: '签名请求带有 JSON 正文时，须传入正文的 Content-MD5。',
    en: 'A signed request with a JSON body needs the Content-MD5 of that body.',
  },
  nonce_used: {
    status: 409,
    title: 'This nonce was used before.',
    zh: '每次请求请生成新的 X-Ca-Nonce。',
    en: 'Make a new X-Ca-Nonce for every request.',
  },
  suspended: {
    status: 403,
    title: 'The application or its account is suspended.',
    zh: '请联系服务管理员。',
    en: 'Ask the operator of the service.',
  },
  address_not_allowed: {
    status: 403,
    title: 'The application may not be called from this address.',
    zh: '请将本机地址加入应用的白名单。',
    en: 'Have this address put on the application’s allow list.',
  },
  caller_blocked: {
    status: 403,
    title: 'The call was blocked as abuse.',
    zh: '禁止将API用于任何形式的攻击行为。如有误判，请联系服务管理员。',
    en: 'Ask the operator of the service where this is a mistake.',
  },
  quota_exhausted: {
    status: 403,
    title: 'No calls are left.',
    zh: '请续购套餐，或提高应用的调用上限。续购后立即生效。',
    en: 'Buy another plan or raise the application’s cap; the next call works.',
  },
  quota_expired: {
    status: 403,
    title: 'All subscriptions have expired.',
    zh: '请续购套餐。续购后立即生效。',
    en: 'Renew; the next call works.',
  },
  throttled: {
    status: 429,
    title: 'The calls come too fast.',
    zh: '请按 Retry-After 等待后重试。',
    en: 'Wait as Retry-After says.',
  },
  overloaded: {
    status: 503,
    title: 'The service is overloaded.',
    zh: '请按 Retry-After 等待后重试。',
    en: 'Wait as Retry-After says.',
  },
  source_unavailable: {
    status: 503,
    title: 'No source can answer now; nothing was charged.',
    zh: '核验服务暂不可用，本次不计费，请稍后重试。',
    en: 'Try again later.',
  },
  idempotency_key_invalid: {
    status: 400,
    title: 'The Idempotency-Key is empty or too long.',
    zh: 'Idempotency-Key 须为1至255字节。',
    en: 'It has 1 to 255 bytes.',
  },
  repeat_in_flight: {
    status: 409,
    title: 'The same request is under way.',
    zh: '请按 Retry-After 等待后以同一幂等键重试。',
    en: 'Wait as Retry-After says, then repeat it under the same key.',
  },
  repeat_differs: {
    status: 422,
    title: 'This Idempotency-Key was used for another request.',
    zh: '请为新的请求更换幂等键。',
    en: 'Use a new key for a new request.',
  },
  replay_limit: {
    status: 409,
    title: 'The request was repeated too often or too late.',
    zh: '同一幂等键在10分钟内至多免费重放3次；callId 为原调用。请更换幂等键。',
    en: 'A key repeats a call 3 times within 10 minutes; callId names that call. Use a new key.',
  },
  body_malformed: {
    status: 400,
    title: 'The body is not JSON.',
    zh: '正文须为 UTF-8 编码的一个 JSON 对象。',
    en: 'The body is one JSON object in UTF-8.',
  },
  body_too_deep: {
    status: 400,
    title: 'The body is nested too deeply.',
    zh: '嵌套不得超过8层；pointer 指出所在位置。',
    en: 'At most 8 levels; pointer names the place.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large.',
    zh: '正文不得超过16KB。',
    en: 'At most 16 KB.',
  },
  media_type_wrong: {
    status: 415,
    title: 'The content type is not application/json.',
    zh: '请传入 Content-Type: application/json。',
    en: 'Send Content-Type: application/json.',
  },
  field_unknown: {
    status: 400,
    title: 'There is no such field.',
    zh: '请删除 pointer 所指的字段。',
    en: 'Remove the field that pointer names.',
  },
  field_duplicate: {
    status: 400,
    title: 'A field is there twice.',
    zh: '请删除 pointer 所指的重复字段。',
    en: 'Remove the second field that pointer names.',
  },
  field_invalid: {
    status: 400,
    title: 'A field is not valid.',
    zh: '请按 detail 修改 pointer 所指的字段。',
    en: 'Change the field that pointer names as detail says.',
  },
  name_missing: { status: 422, title: 'The name is missing.', zh: '请传入 name。', en: 'Send name.' },
  number_missing: { status: 422, title: 'The number is missing.', zh: '请传入 number。', en: 'Send number.' },
  name_too_long: {
    status: 422,
    title: 'The name is too long.',
    zh: 'name 不得超过50个字符。',
    en: 'At most 50 characters.',
  },
  number_too_long: {
    status: 422,
    title: 'The number is too long.',
    zh: 'number 不得超过18个字符。',
    en: 'At most 18 characters.',
  },
  name_invalid: {
    status: 422,
    title: 'This is not a possible name.',
    zh: '请填写证件上的姓名，不含空格、数字和标点。',
    en: 'Write the name as on the card, without spaces, digits or punctuation.',
  },
  number_invalid: {
    status: 422,
    title: 'This is not a valid identity number.',
    zh: '请对照证件逐位核对号码。',
    en: 'Compare it with the card, digit by digit.',
  },
  consent_missing: {
    status: 422,
    title: 'The consent of the person asked about is not named.',
    zh: '按本服务的策略，须在 consent 中传入授权凭据的编号。',
    en: 'By the policy of this service, consent names the record of the person’s consent.',
  },
  batch_unknown: { status: 404, title: 'There is no such batch.', zh: '请检查批次编号。', en: 'Check the id.' },
  batch_row_unknown: {
    status: 404,
    title: 'The batch has no such row.',
    zh: '请检查行号；行号与表格软件里的一致。',
    en: 'Check the row; it is counted as a spreadsheet program does.',
  },
  batch_destroyed: {
    status: 410,
    title: 'The files of this batch were destroyed.',
    zh: '批次已删除或已到期，名单与结果不可恢复。',
    en: 'It was deleted or is past its time; neither sheet nor answers can be had back.',
  },
  batch_too_many: {
    status: 409,
    title: 'As many batches are kept as one account may have.',
    zh: '请先删除不再需要的批次，或等它们到期销毁。',
    en: 'Delete batches that are no longer needed, or wait until they are past their time.',
  },
  batch_state: {
    status: 409,
    title: 'The batch is not in a state for this.',
    zh: '请查看 status：已上传的才能开始，进行中的才能暂停，停下的才能继续或改行。',
    en: 'Look at its status: what was sent can be started, what runs can be paused, what stands still can be gone on with.',
  },
  batch_busy: {
    status: 409,
    title: 'Somebody is at this batch.',
    zh: '请按 Retry-After 等待后重试。',
    en: 'Wait as Retry-After says.',
  },
  batch_columns_unknown: {
    status: 422,
    title: 'Which columns are the name and the number cannot be told.',
    zh: '请传入 nameColumn 与 numberColumn。',
    en: 'Send nameColumn and numberColumn.',
  },
  batch_file_missing: {
    status: 422,
    title: 'No file came with the upload.',
    zh: '请在 multipart 字段 file 中传入一个 CSV 或 XLSX 文件。',
    en: 'Send one CSV or XLSX file in the field file.',
  },
  batch_file_refused: {
    status: 422,
    title: 'The file cannot be read.',
    zh: '请按 detail 修改文件后重新上传；detail 以原因代码开头。',
    en: 'Change the file as detail says, which begins with the code of the reason.',
  },
  operator_unproven: {
    status: 401,
    title: "The operator's token is missing or wrong.",
    zh: '请传入管理员令牌。',
    en: "Send the operator's token as Bearer.",
  },
  account_unknown: { status: 404, title: 'There is no such account.', zh: '请检查账户编号。', en: 'Check the id.' },
  application_unknown: {
    status: 404,
    title: 'There is no such application.',
    zh: '请检查应用编号。',
    en: 'Check the id.',
  },
  credential_absent: {
    status: 404,
    title: 'There is no such credential.',
    zh: '请检查凭证编号。',
    en: 'Check the id.',
  },
  plan_unknown: { status: 404, title: 'There is no such plan.', zh: '请检查套餐编号。', en: 'Check the id.' },
  plan_withdrawn: {
    status: 409,
    title: 'The plan is not on sale.',
    zh: '请选择在售的套餐。',
    en: 'Choose a plan that is on sale.',
  },
  plan_taken: {
    status: 409,
    title: 'The account has had this plan; it is sold once.',
    zh: '该套餐每个账户限购一次。',
    en: 'Choose another plan.',
  },
  order_filled: {
    status: 409,
    title: 'This order was filled before.',
    zh: '同一订单号只能发放一次。',
    en: 'An order is filled once.',
  },
  source_unknown: { status: 404, title: 'There is no such source.', zh: '请检查数据源编号。', en: 'Check the id.' },
  source_exists: {
    status: 409,
    title: 'There is a source of this name.',
    zh: '请更换数据源名称。',
    en: 'Choose another name.',
  },
  source_invalid: {
    status: 422,
    title: 'The source cannot work as it is described.',
    zh: '请按 detail 修改所指的设置。',
    en: 'Change the setting that detail names.',
  },
  setting_unknown: { status: 404, title: 'There is no such setting.', zh: '请检查设置名称。', en: 'Check its name.' },
  region_table_invalid: {
    status: 422,
    title: 'The table cannot be taken.',
    zh: '请按 detail 修改所指的行。',
    en: 'Change the line that detail names.',
  },
  path_unknown: { status: 404, title: 'There is nothing at this path.', zh: '请检查路径。', en: 'Check the path.' },
  request_invalid: {
    status: 400,
    title: 'The request cannot be read.',
    zh: '请检查请求的格式。',
    en: 'Check the form of the request.',
  },
  fault: {
    status: 500,
    title: 'Something is wrong on our side.',
    zh: '请稍后重试，或将 X-Ca-Request-Id 告知服务管理员。',
    en: 'Try again later, or tell the operator the X-Ca-Request-Id.',
  },
} as const satisfies Record<string, HttpProblemText>

export type HttpProblemCode = keyof typeof HTTP_PROBLEMS

/** `type` of a problem: a reference to its entry in the catalogue, the same at every address. */
export function problemType(code: HttpProblemCode): string {
  return `${PROBLEMS_PATH}#${code}`
}

/** What `include` may name; without it all of them are there. It only takes away: no name here shows more. */
export const INCLUDABLE = [
  'subject',
  'subject.name',
  'subject.number',
  'subject.birthday',
  'subject.sex',
  'subject.region',
  'warnings',
  'advice',
] as const
export type Includable = (typeof INCLUDABLE)[number]

/** Whether `include` leaves a part in. */
export function isIncluded(include: readonly Includable[] | undefined, part: Includable): boolean {
  return include === undefined || include.includes(part) || (part.startsWith('subject.') && include.includes('subject'))
}

/** `yyyy-MM-dd`. */
export function isoBirthday({ year, month, day }: CivilDate): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** `19**-**-31`: what `19****31` shows, in this form. */
export function maskedIsoBirthday(date: CivilDate): string {
  const text = isoBirthday(date)
  return `${text.slice(0, 2)}**-**-${text.slice(-2)}`
}

/** A county as `**` and its last character. */
export function maskCounty(county: string): string {
  return `**${county.slice(-1)}`
}

/** Whether the caller says which consent it holds: not looked at, warned about, or needed. */
export const CONSENT_POLICIES = ['off', 'warn', 'require'] as const
export type ConsentPolicy = (typeof CONSENT_POLICIES)[number]
