import { randomUUID } from 'node:crypto'
import {
  type GatewayErrorCode,
  type GatewayProfile,
  gatewayError,
  MARKET_HEADERS,
  NAME_PARAMETER,
  NUMBER_PARAMETER,
  PROBLEM_TEXTS,
  sign,
  stringToSign,
} from '@heyan/contract'
import { type SubjectQuestion, type UnavailableReason, type Verdict, verdictAnswer } from '@heyan/core'
import { type AnswerRules, checkAnswerRules, type JsonObject, readJsonObject, readVerdict } from './answer.js'
import { type ConfigurationReader, reader } from './configuration.js'
import type { EgressPolicy } from './egress.js'
import { type HttpAnswer, HttpClient, statusError } from './http-client.js'
import { type Upstream, type UpstreamCall, UpstreamError } from './upstream.js'

/** How a supplier's callers prove who they are. */
export type MarketCredential =
  | { readonly kind: 'app_code'; readonly appCode: string }
  | { readonly kind: 'app_key'; readonly appKey: string; readonly appSecret: string }

/** How a supplier calls the two parameters, and how its answer is read. */
export interface MarketDialect {
  readonly nameField: string
  readonly numberField: string
  /** `ok` and `msg`, as this project's own market door answers; or a table of results. */
  readonly answer: 'ok_msg' | AnswerRules
}

/**
 * Suppliers of the public marketplace differ in names and codes. A preset holds the codes that published samples agree
 * on: a result that is not listed is no verdict, and is not charged to anybody. Ask one question before going live.
 */
export const MARKET_DIALECTS = {
  'xm-sfz': { nameField: NAME_PARAMETER, numberField: NUMBER_PARAMETER, answer: 'ok_msg' },
  'name-idCard': {
    nameField: 'name',
    numberField: 'idCard',
    answer: { path: 'status', verdicts: { '01': 'match', '02': 'mismatch' } },
  },
  'name-idcard': {
    nameField: 'name',
    numberField: 'idcard',
    answer: {
      success: { path: 'code', values: ['0'] },
      path: 'result.res',
      verdicts: { '1': 'match', '2': 'mismatch', '3': 'no_record' },
      problems: { '400': 'refused', '20010': 'refused', '20310': 'refused', '604': 'credential' },
    },
  },
  'name-idNo': {
    nameField: 'name',
    numberField: 'idNo',
    answer: { path: 'respCode', verdicts: { '0000': 'match', '0008': 'mismatch' }, problems: { '0003': 'refused' } },
  },
  'realname-idcard': {
    nameField: 'realname',
    numberField: 'idcard',
    answer: {
      success: { path: 'error_code', values: ['0'] },
      path: 'result.res',
      verdicts: { '1': 'match', '2': 'mismatch' },
      problems: {
        '210304': 'refused',
        '210306': 'refused',
        '10001': 'credential',
        '10002': 'credential',
        '10003': 'credential',
        '10011': 'throttled',
        '10012': 'exhausted',
      },
    },
  },
  'realName-cardNo': {
    nameField: 'realName',
    numberField: 'cardNo',
    answer: {
      success: { path: 'error_code', values: ['0'] },
      path: 'result.isok',
      verdicts: { true: 'match', false: 'mismatch' },
    },
  },
} as const satisfies Record<string, MarketDialect>
export type MarketDialectName = keyof typeof MARKET_DIALECTS

export interface AliyunMarketOptions {
  readonly name: string
  /** With its path: `https://supplier.example/idcard`. */
  readonly url: string
  readonly credential: MarketCredential
  /** Default `GET`, with the parameters in the query; `POST` sends a form. */
  readonly method?: 'GET' | 'POST'
  /** Default `xm-sfz`. */
  readonly dialect?: MarketDialectName | MarketDialect
  /** PEM of the one authority to trust, instead of the public ones. */
  readonly ca?: string
  readonly egress?: EgressPolicy
  /** Epoch milliseconds, for signatures. */
  readonly now?: () => number
}

const FORM = 'application/x-www-form-urlencoded; charset=UTF-8'
const JSON_ONLY = 'application/json'
const SIGNATURE_METHOD = 'HmacSHA256'

/** Any supplier that speaks the marketplace's protocol, this project's own server included. */
export function aliyunMarket(options: AliyunMarketOptions): Upstream {
  check(options)
  const { name, url, credential, method = 'GET', dialect = 'xm-sfz', now = Date.now } = options
  const { origin, pathname } = new URL(url)
  const { nameField, numberField, answer } = typeof dialect === 'string' ? MARKET_DIALECTS[dialect] : dialect
  const client = new HttpClient({
    origin,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.egress === undefined ? {} : { egress: options.egress }),
  })

  return {
    name,
    async ask(subject: SubjectQuestion, { signal, refer }: UpstreamCall) {
      const parameters = new Map([
        [nameField, subject.name.text],
        [numberField, subject.number.text],
      ])
      const encoded = [...parameters].map(([key, value]) => `${encode(key)}=${encode(value)}`).join('&')
      const response = await client.request({
        method,
        path: method === 'GET' ? `${pathname}?${encoded}` : pathname,
        headers: headersFor(credential, method, pathname, parameters, now),
        signal,
        ...(method === 'POST' ? { body: encoded } : {}),
      })
      refer(response.header(MARKET_HEADERS.requestId.toLowerCase()))
      return verdictAnswer(readResponse(response, answer, subject))
    },
    close: () => client.close(),
  }
}

function check(options: AliyunMarketOptions): void {
  const read = reader('source', options)
  read.text('name')
  read.url('url', options.egress)
  read.oneOf('method', ['GET', 'POST'], 'optional')
  const credential = read.object('credential')
  const kind = credential.oneOf('kind', ['app_code', 'app_key'])
  for (const field of kind === 'app_code' ? ['appCode'] : ['appKey', 'appSecret']) credential.headerText(field)
  if (read.has('dialect')) checkDialect(read)
}

function checkDialect(read: ConfigurationReader): void {
  if (typeof read.value('dialect') === 'string') {
    read.oneOf('dialect', Object.keys(MARKET_DIALECTS))
    return
  }
  const dialect = read.object('dialect')
  for (const field of ['nameField', 'numberField']) dialect.headerText(field)
  if (dialect.value('answer') !== 'ok_msg') checkAnswerRules(dialect.object('answer'))
}

/** A lone half of a character becomes U+FFFD instead of an exception. */
function encode(value: string): string {
  return encodeURIComponent(
    value.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD'),
  )
}

function headersFor(
  credential: MarketCredential,
  method: 'GET' | 'POST',
  path: string,
  parameters: ReadonlyMap<string, string>,
  now: () => number,
): Record<string, string> {
  const headers: Record<string, string> = { accept: JSON_ONLY, ...(method === 'POST' ? { 'content-type': FORM } : {}) }
  if (credential.kind === 'app_code') return { ...headers, authorization: `APPCODE ${credential.appCode}` }
  const signed: Record<string, string> = {
    'x-ca-key': credential.appKey,
    'x-ca-nonce': randomUUID(),
    'x-ca-stage': 'RELEASE',
    'x-ca-timestamp': String(now()),
  }
  Object.assign(headers, signed, {
    'x-ca-signature-method': SIGNATURE_METHOD,
    'x-ca-signature-headers': Object.keys(signed).join(','),
  })
  const text = stringToSign({ method, header: (name) => headers[name], path, parameters: new Map(parameters) })
  return { ...headers, 'x-ca-signature': sign(text, credential.appSecret, SIGNATURE_METHOD) }
}

function readResponse(response: HttpAnswer, rules: MarketDialect['answer'], subject: SubjectQuestion): Verdict {
  const { status } = response
  const message = response.header(MARKET_HEADERS.errorMessage.toLowerCase())
  if (message !== '') throw gatewayRefusal(message)
  if (status === 200 || status === 666) {
    const json = readJsonObject(response.text)
    return rules === 'ok_msg' ? readOkMsg(json, status, subject) : readVerdict(json, rules)
  }
  throw statusError(status)
}

/** Problems of the other side's callers that say that we, not the question, are at fault. */
const CREDENTIAL_MESSAGES = /^非法来源$|^签名校验失败$|接口已停用$/
/** Problems of the question itself. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  PROBLEM_TEXTS.name_missing,
  PROBLEM_TEXTS.number_missing,
  PROBLEM_TEXTS.name_too_long,
  PROBLEM_TEXTS.number_too_long,
  PROBLEM_TEXTS.name_invalid,
  PROBLEM_TEXTS.number_invalid,
])

/** `ok`, `msg`, `match`: they must say the same thing, and about the person who was asked for. */
function readOkMsg({ ok, msg, match, sfz }: JsonObject, status: number, subject: SubjectQuestion): Verdict {
  if (typeof msg !== 'string') throw new UpstreamError('malformed', 'msg')
  if (ok === 0) {
    if (REFUSALS.has(msg)) throw new UpstreamError('refused')
    throw new UpstreamError(CREDENTIAL_MESSAGES.test(msg) ? 'credential' : 'upstream_fault')
  }
  if (ok !== 1 || status !== 200 || typeof match !== 'boolean') throw new UpstreamError('malformed', 'ok')
  if (!isSameNumber(sfz, subject.number.text)) throw new UpstreamError('malformed', 'another_subject')
  const isFailure = msg.includes('失败')
  if (match && !isFailure) return 'match'
  if (!match && msg.includes('查无记录')) return 'no_record'
  if (!match && /不匹配|不一致/.test(msg)) return 'mismatch'
  throw new UpstreamError('malformed', 'contradiction')
}

/** Whole, or masked in the middle. An answer that got under another question is not taken for this one's. */
function isSameNumber(echoed: unknown, number: string): boolean {
  if (typeof echoed !== 'string') return false
  const [head = '', tail = ''] = echoed.toUpperCase().split(/\*+/)
  return echoed.includes('*') ? number.startsWith(head) && number.endsWith(tail) : echoed.toUpperCase() === number
}

/** What the gateway before a supplier says, in either profile, and what it means for us. */
const GATEWAY_REASONS: Readonly<Partial<Record<GatewayErrorCode, UnavailableReason>>> = {
  no_credential: 'credential',
  unknown_app_code: 'credential',
  unknown_app_key: 'credential',
  signature_missing: 'credential',
  signature_wrong: 'credential',
  timestamp_expired: 'credential',
  suspended: 'credential',
  quota_expired: 'exhausted',
  quota_exhausted: 'exhausted',
  throttled: 'throttled',
  overloaded: 'upstream_fault',
  nonce_used: 'upstream_fault',
  content_md5_wrong: 'fault',
  path_unknown: 'fault',
  method_wrong: 'fault',
  body_too_large: 'fault',
  url_too_large: 'fault',
}

/** The beginnings of the messages, without what follows a quotation mark. */
const GATEWAY_MESSAGES: readonly (readonly [string, GatewayErrorCode])[] = (
  Object.keys(GATEWAY_REASONS) as GatewayErrorCode[]
).flatMap((code) =>
  (['classic', 'vpc'] satisfies GatewayProfile[]).map(
    (profile) => [gatewayError(code, profile).message.split('`')[0] ?? '', code] as const,
  ),
)

/** The message itself may quote the request: only our code for it goes on. */
function gatewayRefusal(message: string): UpstreamError {
  const code = GATEWAY_MESSAGES.find(([beginning]) => message.startsWith(beginning))?.[1]
  return code === undefined
    ? new UpstreamError('upstream_fault', 'gateway')
    : new UpstreamError(GATEWAY_REASONS[code] ?? 'upstream_fault', code)
}
