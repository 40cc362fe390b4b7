import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { type Masks, maskedStringToSign } from './masked-string-to-sign.js'
import type { SignatureMethod, SignedParts } from './string-to-sign.js'

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
 * The StringToSign as an error may show it, fit for a header (UTF-8 one byte a character, no control character).
 */
export function echoStringToSign(parts: SignedParts, masks: Masks): string {
  return headerText(maskedStringToSign(parts, masks), ECHO_MAX_BYTES)
}

/** Text as a header's value: its UTF-8 bytes, one a character, cut between two characters; control characters become spaces. */
export function headerText(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8')
  let end = Math.min(bytes.length, maxBytes)
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('latin1', 0, end).replace(/[\u0000-\u001f\u007f]/g, ' ')
}
