import {
  type GatewayErrorCode,
  gatewayError,
  MARKET_HEADERS,
  PROBLEM_TEXTS,
  VERDICT_TEXTS,
} from '@heyan/contract/browser'
import type { Answer } from './send.js'

export type VerdictCode = keyof typeof VERDICT_TEXTS
export type ProblemText = keyof typeof PROBLEM_TEXTS

/** What an answer of the market door says. */
export type Reading =
  | { readonly kind: 'verdict'; readonly verdict: VerdictCode; readonly fields: Fields }
  | { readonly kind: 'problem'; readonly problem: ProblemText | null; readonly fields: Fields }
  | { readonly kind: 'refusal'; readonly code: GatewayErrorCode | null; readonly message: string }
  /** Nothing that this API says. */
  | { readonly kind: 'unknown' }

export type Fields = Readonly<Record<string, unknown>>

export function readAnswer({ headers, body }: Pick<Answer, 'headers' | 'body'>): Reading {
  const message = headers.get(MARKET_HEADERS.errorMessage.toLowerCase())
  if (message !== undefined) return { kind: 'refusal', code: refusalOf(message), message }
  const fields = objectIn(body)
  if (fields === null || typeof fields.msg !== 'string') return { kind: 'unknown' }
  const verdict = codeOf(VERDICT_TEXTS, fields.msg)
  if (fields.ok === 1 && verdict !== null) return { kind: 'verdict', verdict, fields }
  if (fields.ok === 0) return { kind: 'problem', problem: codeOf(PROBLEM_TEXTS, fields.msg), fields }
  return { kind: 'unknown' }
}

/** Whether it cost a call: the answer's own word for it. */
export function isCharged({ headers }: Pick<Answer, 'headers'>): boolean {
  return headers.get(MARKET_HEADERS.billing.toLowerCase()) === '1'
}

function objectIn(body: string): Fields | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
  } catch {
    return null
  }
}

function codeOf<Code extends string>(texts: Readonly<Record<Code, string>>, text: string): Code | null {
  return (Object.keys(texts) as Code[]).find((code) => texts[code] === text) ?? null
}

/** Refusals with a text of their own; those that share one are told apart by nobody. */
const REFUSALS: readonly GatewayErrorCode[] = [
  'no_credential',
  'unknown_app_code',
  'unknown_app_key',
  'signature_missing',
  'timestamp_expired',
  'content_md5_wrong',
  'nonce_used',
  'quota_expired',
  'quota_exhausted',
  'throttled',
  'body_too_large',
  'url_too_large',
  'overloaded',
  'bad_request',
]
const SIGNATURE_WRONG = 'Invalid Signature'

function refusalOf(message: string): GatewayErrorCode | null {
  if (message.startsWith(SIGNATURE_WRONG)) return 'signature_wrong'
  const isWorded = (code: GatewayErrorCode) =>
    gatewayError(code, 'classic').message === message || gatewayError(code, 'vpc').message === message
  return REFUSALS.find(isWorded) ?? null
}

/** The StringToSign that a refusal tells, LF as `#`; null where it tells none. */
export function echoedStringToSign(message: string): string | null {
  return /Server StringToSign:`([\s\S]*)`$/.exec(message)?.[1] ?? null
}
