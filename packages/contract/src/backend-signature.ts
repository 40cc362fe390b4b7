import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { contentMd5, ECHO_MAX_BYTES, headerText } from './signature.js'
import type { SignedParts } from './string-to-sign.js'

/** How an API gateway in front proves itself to the service behind it: the vendor's published backend signature. */
export const BACKEND_SIGNATURE_HEADERS = {
  signature: 'x-ca-proxy-signature',
  /** The names of the headers that are signed. */
  listed: 'x-ca-proxy-signature-headers',
  /** Names the pair of key and secret that signed. */
  secretKey: 'x-ca-proxy-signature-secret-key',
} as const

/** What the vendor's pages and its sample leave open. */
export interface BackendSigning {
  /** Of a client's own header; else of the body, or none at all. */
  readonly contentMd5: string
  /** `a` instead of `a=` for a parameter without a value. */
  readonly areEmptyBare: boolean
}

/** `METHOD \n Content-MD5 \n Headers PathAndParameters`: header names sorted as listed and written in lower case. */
export function backendStringToSign(
  { method, header, path, parameters }: SignedParts,
  { contentMd5, areEmptyBare }: BackendSigning,
): string {
  const names = (header(BACKEND_SIGNATURE_HEADERS.listed) ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .sort()
  let headers = ''
  for (const name of names) {
    const value = header(name.toLowerCase())
    if (value !== undefined) headers += `${name.toLowerCase()}:${Buffer.from(value, 'latin1').toString('utf8')}\n`
  }
  const pairs = [...parameters.keys()].sort().map((name) => {
    const value = parameters.get(name) ?? ''
    return value === '' && areEmptyBare ? name : `${name}=${value}`
  })
  return `${method}\n${contentMd5}\n${headers}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`
}

/** Base64 of HMAC-SHA256. */
export function backendSignature(text: string, secret: string | KeyObject): string {
  return createHmac('sha256', secret).update(text, 'utf8').digest('base64')
}

/**
 * Whether the gateway that holds `secret` signed this request. `body`: its bytes where it is no form. The pages and the sample
 * differ in what stands for a body whose client sent no Content-MD5, and for an empty parameter: each reading is tried.
 */
export function isBackendSigned(parts: SignedParts, body: Uint8Array | null, secret: KeyObject): boolean {
  const given = Buffer.from(parts.header(BACKEND_SIGNATURE_HEADERS.signature) ?? '', 'latin1')
  const sent = parts.header('content-md5') ?? ''
  const hasEmpty = [...parts.parameters.values()].includes('')
  let isSigned = false
  for (const md5 of sent !== '' || body === null ? [sent] : ['', contentMd5(body)]) {
    for (const areEmptyBare of hasEmpty ? [true, false] : [true]) {
      const text = backendStringToSign(parts, { contentMd5: md5, areEmptyBare })
      const expected = Buffer.from(backendSignature(text, secret), 'latin1')
      if (given.length === expected.length && timingSafeEqual(given, expected)) isSigned = true
    }
  }
  return isSigned
}

/** The StringToSign as an error may show it to whoever sets the gateway up: LF as `#`, the given values masked. */
export function echoBackendString(parts: SignedParts, masks: ReadonlyMap<string, (value: string) => string>): string {
  const parameters = new Map(parts.parameters)
  for (const [name, mask] of masks) {
    const value = parameters.get(name)
    if (value) parameters.set(name, mask(value))
  }
  const signing = { contentMd5: parts.header('content-md5') ?? '', areEmptyBare: true }
  return headerText(backendStringToSign({ ...parts, parameters }, signing).replaceAll('\n', '#'), ECHO_MAX_BYTES)
}
