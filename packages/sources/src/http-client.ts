import { isIP } from 'node:net'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { UnavailableReason } from '@heyan/core'
import { buildConnector, Pool } from 'undici'
import { bareHost, EGRESS_REFUSED, EgressError, type EgressPolicy, egressLookup, isPrivateAddress } from './egress.js'
import { UpstreamError } from './upstream.js'

/** A verdict fits in a few hundred bytes; what is longer is something else. */
export const MAX_ANSWER_BYTES = 65_536
const MAX_HEADER_BYTES = 16_384
/** Connections to one upstream at a time. */
const CONNECTIONS = 64
/** Shorter than the minute after which most servers and balancers drop an idle connection. */
const KEEP_ALIVE_MS = 30_000
const CONNECT_TIMEOUT_MS = 3_000
/** The call's own signal ends it. */
const NO_TIMEOUT = 0

export interface HttpClientOptions {
  /** Scheme, host and port. */
  readonly origin: string
  /** PEM. With it, this authority is trusted and no other. */
  readonly ca?: string
  readonly egress?: EgressPolicy
  readonly connections?: number
  /** Of an answer that does not say. Default UTF-8. */
  readonly charset?: 'utf-8' | 'gbk'
  /** Resolves names, as `dns.lookup` does. */
  readonly resolve?: Parameters<typeof egressLookup>[1]
}

export interface HttpCall {
  readonly method: 'GET' | 'POST'
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  /** Lower-case names; a repeated header's first value. */
  header(name: string): string
  /** Decoded by the charset of its content type, UTF-8 without one. */
  readonly text: string
}

/**
 * HTTP to one upstream: TLS verified, no redirect followed, at most 64 KB of an answer read, unpacked or not, addresses
 * checked at every connection. Rejects with an `UpstreamError`, which never quotes what was sent or received.
 */
export class HttpClient {
  readonly #pool: Pool
  readonly #charset: string

  constructor({ origin, ca, egress = {}, connections = CONNECTIONS, charset = 'utf-8', resolve }: HttpClientOptions) {
    this.#charset = charset
    const connect = buildConnector({
      timeout: CONNECT_TIMEOUT_MS,
      lookup: egressLookup(egress, resolve),
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca }),
    })
    this.#pool = new Pool(origin, {
      connections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: NO_TIMEOUT,
      bodyTimeout: NO_TIMEOUT,
      maxHeaderSize: MAX_HEADER_BYTES,
      maxResponseSize: MAX_ANSWER_BYTES,
      connect: (options, callback) => {
        // An address written as such is connected to without a look-up.
        const address = bareHost(options.hostname)
        const isRefused = isIP(address) !== 0 && egress.allowPrivate !== true && isPrivateAddress(address)
        if (isRefused) callback(new EgressError(), null)
        else connect(options, callback)
      },
    })
  }

  async request({ method, path, headers, body, signal }: HttpCall): Promise<HttpAnswer> {
    try {
      const response = await this.#pool.request({
        method,
        path,
        headers: { 'accept-encoding': 'gzip', ...headers },
        signal,
        ...(body === undefined ? {} : { body }),
      })
      const bytes = Buffer.from(await response.body.arrayBuffer())
      const header = (name: string): string => {
        const value = response.headers[name]
        return (Array.isArray(value) ? value[0] : value) ?? ''
      }
      return {
        status: response.statusCode,
        header,
        text: decode(await unpack(bytes, header('content-encoding')), header('content-type'), this.#charset),
      }
    } catch (error) {
      throw error instanceof UpstreamError ? error : explain(error)
    }
  }

  /** Breaks off whatever is under way. */
  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}

const unzip = promisify(gunzip)

async function unpack(bytes: Buffer, encoding: string): Promise<Buffer> {
  if (encoding === '' || encoding === 'identity') return bytes
  if (encoding !== 'gzip') throw new UpstreamError('malformed', 'content_encoding')
  try {
    return await unzip(bytes, { maxOutputLength: MAX_ANSWER_BYTES })
  } catch {
    throw new UpstreamError('malformed', 'gzip')
  }
}

function decode(bytes: Buffer, contentType: string, usual: string): string {
  const charset = /charset="?([\w-]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? usual
  const encoding = /^(?:gbk|gb2312|gb18030)$/.test(charset) ? 'gb18030' : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    throw new UpstreamError('malformed', 'charset')
  }
}

/** What a status says where the body is not read. `known`: what this vendor means by it. */
export function statusError(status: number, known?: UnavailableReason): UpstreamError {
  const code = String(status)
  if (known !== undefined) return new UpstreamError(known, code)
  if (status === 429) return new UpstreamError('throttled', code)
  if (status === 401 || status === 403) return new UpstreamError('credential', code)
  return new UpstreamError(status >= 500 && status < 600 ? 'upstream_fault' : 'malformed', code)
}

/** Codes of Node's TLS and OpenSSL that mean: this is not who it says it is. */
const UNTRUSTED = /^(?:ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH|ERR_EGRESS)/
const MALFORMED = /^(?:HPE_|UND_ERR_RES_EXCEEDED|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_CONTENT_LENGTH|ERR_HTTP)/

function explain(error: unknown): UpstreamError {
  if (!(error instanceof Error)) return new UpstreamError('unreachable')
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  if (code === EGRESS_REFUSED || UNTRUSTED.test(code)) return new UpstreamError('untrusted', code)
  if (MALFORMED.test(code) || error.name === 'HTTPParserError') return new UpstreamError('malformed', code)
  if (error instanceof TypeError || code === 'UND_ERR_INVALID_ARG') return new UpstreamError('fault', code)
  return new UpstreamError('unreachable', code)
}
