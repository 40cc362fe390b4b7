import { createHash, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { NAME_PARAMETER, NUMBER_PARAMETER, PROBLEM_STATUS } from './market.js'
import type { Parameters } from './parameters.js'
import type { PlatformProblem } from './platform-texts.js'

export const APPID_PARAMETER = 'appid'
export const SENDTIME_PARAMETER = 'sendtime'
export const SIGN_PARAMETER = 'sign'
export const NONCE_PARAMETER = 'nonce'

/** In code points. */
export const APPID_MAX_LENGTH = 32
export const SIGN_MAX_LENGTH = 128
export const PLATFORM_NONCE_MAX_LENGTH = 128
/** How far `sendtime` may be off. */
export const SENDTIME_TOLERANCE_MS = 5 * 60_000

const SECONDS_DIGITS = 10
const MILLISECONDS_DIGITS = 13

/** A suspended application is told by its own appid. */
export function suspendedText(appId: string): string {
  return `appid:${appId}接口已停用`
}

/** The body of a problem of this door. */
export function platformProblemBody(msg: string): string {
  return JSON.stringify({ ok: 0, msg })
}

export const PLATFORM_STATUS = PROBLEM_STATUS

/** What identifies and dates a signed request: each present and of a possible length. */
export interface PlatformClaim {
  readonly appId: string
  readonly sendtime: string
  readonly sign: string
  /** Null: none was sent. */
  readonly nonce: string | null
}

/**
 * The part of the order that needs no secret: appid, sendtime, sign; each missing → length → in time. `notText` names
 * parameters whose JSON value is no text: they have no length that could be right.
 */
export function readPlatformClaim(
  parameters: Parameters,
  notText: ReadonlySet<string>,
  now: number,
): PlatformClaim | PlatformProblem {
  const isAbsent = (name: string) => !notText.has(name) && (parameters.get(name) ?? '').trim() === ''
  const appId = parameters.get(APPID_PARAMETER) ?? ''
  if (isAbsent(APPID_PARAMETER)) return 'appid_missing'
  if (notText.has(APPID_PARAMETER) || isLonger(appId, APPID_MAX_LENGTH)) return 'appid_too_long'
  const sendtime = parameters.get(SENDTIME_PARAMETER) ?? ''
  if (isAbsent(SENDTIME_PARAMETER)) return 'sendtime_missing'
  const moment = momentOf(sendtime)
  if (moment === null) return 'sendtime_malformed'
  if (Math.abs(moment - now) > SENDTIME_TOLERANCE_MS) return 'sendtime_expired'
  const sign = parameters.get(SIGN_PARAMETER) ?? ''
  if (isAbsent(SIGN_PARAMETER)) return 'sign_missing'
  if (notText.has(SIGN_PARAMETER) || isLonger(sign, SIGN_MAX_LENGTH)) return 'sign_too_long'
  const nonce = parameters.get(NONCE_PARAMETER) ?? ''
  if (notText.has(NONCE_PARAMETER) || isLonger(nonce, PLATFORM_NONCE_MAX_LENGTH)) return 'nonce_too_long'
  return { appId, sendtime, sign, nonce: nonce === '' ? null : nonce }
}

/** Epoch ms of ten digits of seconds or thirteen of milliseconds; null for anything else. */
function momentOf(text: string): number | null {
  if (!/^\d+$/.test(text)) return null
  if (text.length === SECONDS_DIGITS) return Number(text) * 1_000
  return text.length === MILLISECONDS_DIGITS ? Number(text) : null
}

function isLonger(text: string, codePoints: number): boolean {
  return text.length > codePoints && [...text].length > codePoints
}

/** How an application signs here: its own choice, by default the first. `md5` is for callers of long standing. */
export const PLATFORM_ALGORITHMS = ['hmac-sha256', 'hmac-sm3', 'md5'] as const
export type PlatformAlgorithm = (typeof PLATFORM_ALGORITHMS)[number]

/** What is signed by an HMAC: all parameters but `sign`, as they were decoded, sorted by name, `k=v` joined by `&`. */
export function platformStringToSign(parameters: Parameters): string {
  return [...parameters.keys()]
    .filter((name) => name !== SIGN_PARAMETER)
    .sort()
    .map((name) => `${name}=${parameters.get(name) ?? ''}`)
    .join('&')
}

/**
 * Whether the StringToSign could be read in two ways: a `&` in a value hides the parameter after it, and so a nonce could be
 * taken out of a signed request. The name and the number come last in the order, so nothing that matters is behind them.
 */
export function isAmbiguous(parameters: Parameters): boolean {
  for (const [name, value] of parameters) {
    if (/[&=]/.test(name)) return true
    if (value.includes('&') && name !== NAME_PARAMETER && name !== NUMBER_PARAMETER && name !== SIGN_PARAMETER)
      return true
  }
  return false
}

/** Lower-case hexadecimal. `text` is the StringToSign; `md5` takes the appid and the sendtime alone. */
export function platformSign(
  algorithm: PlatformAlgorithm,
  secret: KeyObject,
  text: string,
  { appId, sendtime }: Pick<PlatformClaim, 'appId' | 'sendtime'>,
): string {
  if (algorithm === 'md5') {
    return createHash('md5').update(`${appId}${sendtime}`).update(secret.export()).digest('hex')
  }
  return createHmac(algorithm === 'hmac-sm3' ? 'sm3' : 'sha256', secret)
    .update(text, 'utf8')
    .digest('hex')
}

/** In constant time for signatures of one length. */
export function isSameSign(given: string, expected: string): boolean {
  const one = Buffer.from(given, 'utf8')
  const other = Buffer.from(expected, 'latin1')
  return one.length === other.length && timingSafeEqual(one, other)
}

/** Whether a name or a number marks a request as an attempt at signing only. */
export function isDebug(parameters: Parameters): boolean {
  return [NAME_PARAMETER, NUMBER_PARAMETER].some((name) => parameters.get(name)?.includes('*'))
}
