import { type SignatureMethod, stringToSign } from '@heyan/contract/browser'
import type { Request } from './request.js'

const HASHES: Readonly<Record<SignatureMethod, string>> = { HmacSHA256: 'SHA-256', HmacSHA1: 'SHA-1' }
const NONCE_BYTES = 16

/** Browsers sign on https and on this machine only. */
export function canSign(): boolean {
  return globalThis.crypto?.subtle !== undefined
}

/** The request with its signature, made here: the AppSecret goes nowhere. */
export async function sign(request: Request, appSecret: string, algorithm: SignatureMethod): Promise<Request> {
  const signature = await hmac(stringToSign(request.parts), appSecret, algorithm)
  return { ...request, headers: [...request.headers, ['X-Ca-Signature', signature]] }
}

/** Base64. A secret of no length is one that nobody has; WebCrypto refuses it, and a zero byte is the same key to an HMAC. */
export async function hmac(text: string, secret: string, algorithm: SignatureMethod): Promise<string> {
  const encoder = new TextEncoder()
  const hash = { name: 'HMAC', hash: HASHES[algorithm] }
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret === '' ? '\0' : secret), hash, false, ['sign'])
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)))
  return btoa(String.fromCharCode(...bytes))
}

export function newNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
