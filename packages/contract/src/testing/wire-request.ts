import type { KeyObject } from 'node:crypto'
import { mergeParameters, NO_BODY, parseParameters, readBody, splitTarget } from '../parameters.js'
import { contentMd5, signatureMatches, signatureMethod } from '../signature.js'
import { type SignedParts, stringToSign } from '../string-to-sign.js'

/** A request as it stands on the wire. */
export interface WireRequest {
  readonly method: string
  readonly target: string
  /** In the client's letter case; values one byte a character. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** What of a request is signed, as the market door reads it, and the bytes that count by their Content-MD5. */
export function signedParts({
  method,
  target,
  headers,
  body,
}: WireRequest): SignedParts & { opaque: Uint8Array | null } {
  const byName = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]))
  const { path, query: queryText } = splitTarget(target)
  const query = parseParameters(queryText)
  const read = method === 'POST' && body.length > 0 ? readBody(body, byName.get('content-type') ?? '') : NO_BODY
  return {
    method,
    header: (name) => byName.get(name),
    path,
    parameters: read.isForm ? mergeParameters(query, read.values) : query,
    opaque: method === 'POST' && body.length > 0 && !read.isForm ? body : null,
  }
}

/** Whether the request bears the signature of the secret. */
export function isAccepted(request: WireRequest, secret: string | KeyObject): boolean {
  const parts = signedParts(request)
  const method = signatureMethod(parts.header('x-ca-signature-method'))
  const signature = parts.header('x-ca-signature') ?? ''
  if (method === null || !signatureMatches(signature, stringToSign(parts), secret, method)) return false
  return parts.opaque === null || parts.header('content-md5') === contentMd5(parts.opaque)
}
