import { isUtf8 } from 'node:buffer'
import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Parameters } from './parameters.js'

/** What of a request is signed, as it was received. */
export interface SignedParts {
  /** Upper case. */
  readonly method: string
  /** The value of a header by its lower-case name, one byte a character; undefined where it was not sent. */
  header(name: string): string | undefined
  readonly path: string
  /** Query and form, merged and decoded. */
  readonly parameters: Parameters
}

/** Signed in their own lines, or not at all: never among the listed headers. */
const NEVER_LISTED: ReadonlySet<string> = new Set([
  'x-ca-signature',
  'x-ca-signature-headers',
  'accept',
  'content-md5',
  'content-type',
  'date',
])

/**
 * The text that a caller with an AppSecret signs, in the form of the public marketplace's gateway:
 * `METHOD \n Accept \n Content-MD5 \n Content-Type \n Date \n Headers PathAndParameters`.
 */
export function stringToSign({ method, header, path, parameters }: SignedParts): string {
  const line = (name: string) => textOf(header(name) ?? '')
  return `${method}\n${line('accept')}\n${line('content-md5')}\n${line('content-type')}\n${line('date')}\n${listedHeaders(header)}${path}${sortedParameters(parameters)}`
}

interface ListedHeader {
  /** In the client's own letter case. */
  readonly name: string
  readonly lowerCase: string
}

/** A caller sends the same list with every request; so many lists are kept read. */
const LISTS_MAX = 512
const LIST_KEPT_MAX_LENGTH = 1_024
const lists = new Map<string, readonly ListedHeader[]>()

/** In the client's own letter case, sorted by code unit. */
function listedHeaders(header: SignedParts['header']): string {
  const list = header('x-ca-signature-headers')
  if (list === undefined) return ''
  let text = ''
  for (const { name, lowerCase } of lists.get(list) ?? keepList(list))
    text += `${name}:${textOf(header(lowerCase) ?? '')}\n`
  return text
}

function keepList(list: string): readonly ListedHeader[] {
  const headers = list
    .split(',')
    .map((part) => part.trim())
    .sort()
    .map((name) => ({ name, lowerCase: name.toLowerCase() }))
    .filter(({ lowerCase }) => lowerCase !== '' && !NEVER_LISTED.has(lowerCase))
  if (list.length > LIST_KEPT_MAX_LENGTH) return headers
  if (lists.size >= LISTS_MAX) lists.clear()
  lists.set(list, headers)
  return headers
}

function sortedParameters(parameters: Parameters): string {
  let text = ''
  for (const name of [...parameters.keys()].sort()) {
    const value = parameters.get(name) ?? ''
    text += `${text === '' ? '?' : '&'}${name}${value === '' ? '' : `=${value}`}`
  }
  return text
}

const BEYOND_ASCII = /[\u0080-\u00ff]/

/** Header values are UTF-8 carried one byte a character. */
function textOf(value: string): string {
  if (!BEYOND_ASCII.test(value)) return value
  const bytes = Buffer.from(value, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : value
}

export type SignatureMethod = 'HmacSHA256' | 'HmacSHA1'
const HASHES: Readonly<Record<SignatureMethod, string>> = { HmacSHA256: 'sha256', HmacSHA1: 'sha1' }

/** The method a request names: HmacSHA256 where it names none; null where nobody knows it. */
export function signatureMethod(name: string | undefined): SignatureMethod | null {
  if (name === undefined || name === '') return 'HmacSHA256'
  return name === 'HmacSHA256' || name === 'HmacSHA1' ? name : null
}

/** Base64. */
export function sign(text: string, secret: string | KeyObject, method: SignatureMethod): string {
  return createHmac(HASHES[method], secret).update(text, 'utf8').digest('base64')
}

/** In constant time for signatures of the right length. The base64 is compared as text: another spelling of the same bytes is wrong. */
export function signatureMatches(
  given: string,
  text: string,
  secret: string | KeyObject,
  method: SignatureMethod,
): boolean {
  const expected = Buffer.from(sign(text, secret, method), 'latin1')
  const bytes = Buffer.from(given, 'utf8')
  return bytes.length === expected.length && timingSafeEqual(bytes, expected)
}

/** Base64 of the MD5 of a body, for `Content-MD5` (RFC 1864). */
export function contentMd5(body: Uint8Array): string {
  return hash('md5', body, 'base64')
}

/** The longest StringToSign that is shown, in bytes. */
export const ECHO_MAX_BYTES = 4_096

/**
 * The StringToSign as an error may show it: LF as `#`, the given values masked wherever they stand, fit for a header (UTF-8 one
 * byte a character, no control character).
 */
export function echoStringToSign(parts: SignedParts, masks: ReadonlyMap<string, (value: string) => string>): string {
  const parameters = new Map(parts.parameters)
  const secrets: [string, string][] = []
  for (const [name, mask] of masks) {
    const value = parameters.get(name)
    if (value === undefined || value === '') continue
    parameters.set(name, mask(value))
    secrets.push([value, mask(value)])
  }
  let text = stringToSign({ ...parts, parameters })
  for (const [value, masked] of secrets) if ([...value].length > 1) text = text.replaceAll(value, () => masked)
  return headerText(text.replaceAll('\n', '#'), ECHO_MAX_BYTES)
}

/** Text as a header's value: its UTF-8 bytes, one a character, cut between two characters; control characters become spaces. */
export function headerText(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8')
  let end = Math.min(bytes.length, maxBytes)
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('latin1', 0, end).replace(/[\u0000-\u001f\u007f]/g, ' ')
}
