import type { IncomingMessage } from 'node:http'
import {
  type BodyParameters,
  mergeParameters,
  NO_BODY,
  type Parameters,
  parseParameters,
  readBody,
  type SignedParts,
  splitTarget,
} from '@heyan/contract'
import type { FastifyRequest } from 'fastify'
import { BODY_MAX_BYTES, HEADERS_MAX_BYTES, HEADERS_MAX_COUNT, REQUEST_TIMEOUT_MS, URL_MAX_BYTES } from '../limits.js'

/** A verifying request, read once: what it says, and what of it is signed. */
export interface CallRequest {
  readonly raw: IncomingMessage
  readonly id: string
  /** Epoch ms. */
  readonly at: number
  readonly address: string
  readonly query: Parameters
  readonly body: BodyParameters
  /** The bytes of a form. */
  readonly formBytes: Uint8Array | null
  /** The body's bytes where it is no form and there are any: they count by their Content-MD5. */
  readonly opaqueBody: Uint8Array | null
  /** Query and body; the body wins. */
  readonly parameters: Parameters
  readonly signed: SignedParts
}

/** The request, or why nothing of it is believed: its sizes come before who calls. */
export async function readCallRequest(
  request: FastifyRequest,
  at: number,
): Promise<CallRequest | 'url_too_large' | 'body_too_large' | 'bad_request'> {
  const { raw } = request
  const wrongHead = checkHead(raw)
  if (wrongHead !== null) return wrongHead
  const bytes = raw.method === 'POST' ? await readBytes(raw) : NO_BYTES
  return typeof bytes === 'string' ? bytes : callRequestOf(request, bytes, at)
}

/** A request whose head has been checked and whose body has been read. */
export function callRequestOf(request: FastifyRequest, bytes: Buffer, at: number): CallRequest {
  const { raw } = request
  const { path, query: queryText } = splitTarget(raw.url ?? '')
  const query = parseParameters(queryText)
  const body = bytes.length === 0 ? NO_BODY : readBody(bytes, raw.headers['content-type'] ?? '')
  const parameters = mergeParameters(query, body.values)
  return {
    raw,
    id: request.id,
    at,
    address: request.ip,
    query,
    body,
    formBytes: body.isForm ? bytes : null,
    opaqueBody: body.isForm || bytes.length === 0 ? null : bytes,
    parameters,
    signed: {
      method: raw.method ?? '',
      header: (name) => headerOf(raw, name),
      path,
      parameters: body.isForm ? parameters : query,
    },
  }
}

const NO_BYTES = Buffer.alloc(0)

/** A body within its limits of size and time. One that is announced too large is not even begun. */
async function readBytes(raw: IncomingMessage): Promise<Buffer | 'body_too_large' | 'bad_request'> {
  if (Number(raw.headers['content-length'] ?? 0) > BODY_MAX_BYTES) return 'body_too_large'
  const tooSlow = setTimeout(() => raw.destroy(), REQUEST_TIMEOUT_MS)
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
      length += (chunk as Buffer).length
      if (length > BODY_MAX_BYTES) return 'body_too_large'
      chunks.push(chunk as Buffer)
    }
  } catch {
    // The connection broke, or was too slow: there is nobody to answer, and nothing was done.
    return 'bad_request'
  } finally {
    clearTimeout(tooSlow)
  }
  return chunks.length === 1 ? (chunks[0] ?? NO_BYTES) : Buffer.concat(chunks)
}

export function headerOf(raw: IncomingMessage, name: string): string | undefined {
  const value = raw.headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** What is wrong with a request's head before anything of it is believed, or null. */
export function checkHead(raw: IncomingMessage): 'url_too_large' | 'bad_request' | null {
  if ((raw.url?.length ?? 0) > URL_MAX_BYTES) return 'url_too_large'
  const headers = raw.rawHeaders
  if (headers.length > HEADERS_MAX_COUNT * 2) return 'bad_request'
  let bytes = 0
  for (const text of headers) bytes += text.length
  return bytes > HEADERS_MAX_BYTES ? 'url_too_large' : null
}
