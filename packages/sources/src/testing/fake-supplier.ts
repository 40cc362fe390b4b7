import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { PROBLEM_TEXTS, signatureMatches, stringToSign, verdictBody } from '@heyan/contract'
import type { Verdict } from '@heyan/core'

/** What the supplier's callers prove themselves with. */
export const SUPPLIER_APP_CODE = 'fake-app-code-0123456789abcdef'
export const SUPPLIER_APP_KEY = '203753385'
export const SUPPLIER_APP_SECRET = 'fake-app-secret'

/** The authority that signed the supplier's certificates. */
export const SUPPLIER_CA = certificate('ca.pem')

/** Ways to misbehave, one for each thing that upstreams have been seen doing. */
export const FAULTS = [
  'black_hole',
  'early_close',
  'reset_in_head',
  'reset_in_body',
  'drip',
  'endless',
  'huge_head',
  'gzip_bomb',
  'broken_gzip',
  'unknown_encoding',
  'redirect',
  'html_with_200',
  'empty_200',
  'truncated_json',
  'doubled_json',
  'doubled_key',
  'array',
  'wrong_types',
  'contradiction',
  'another_subject',
  'unlisted_message',
  'no_http',
  'content_length_lie',
  'status_429',
  'status_500',
  'status_502',
  'status_503',
  'status_204',
  'status_418',
  'problem_666',
  'upgrade',
] as const
export type Fault = (typeof FAULTS)[number]

type Behaviour = (response: ServerResponse, socket: Socket, verdict: Verdict, body: string) => void

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
const DRIP_MS = 20
const BOMB_BYTES = 50_000_000
const CHUNK_BYTES = 65_536

const send = (
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { ...JSON_TYPE, ...headers }).end(body)
}

let bomb: Buffer | undefined
/** Made once: packing it takes longer than a test's time-out. */
function gzipBomb(): Buffer {
  bomb ??= gzipSync(Buffer.alloc(BOMB_BYTES, ' '))
  return bomb
}

const BEHAVIOURS: Readonly<Record<Fault, Behaviour>> = {
  black_hole: () => {},
  early_close: (_, socket) => socket.destroy(),
  reset_in_head: (_, socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => socket.destroy()),
  reset_in_body: (response, socket, _, body) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': '500' })
    response.write(body.slice(0, 20), () => socket.destroy())
  },
  drip: (response, socket, _, body) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': String(Buffer.byteLength(body)) })
    const bytes = Buffer.from(body)
    let at = 0
    const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), DRIP_MS)
    socket.once('close', () => clearInterval(timer))
  },
  endless: (response, socket) => {
    response.writeHead(200, JSON_TYPE)
    const more = (): void => {
      while (!socket.destroyed && response.write(Buffer.alloc(CHUNK_BYTES, ' '))) {}
    }
    response.on('drain', more)
    more()
  },
  huge_head: (response, _, __, body) => send(response, 200, body, { 'x-padding': 'x'.repeat(40_000) }),
  gzip_bomb: (response) => send(response, 200, gzipBomb(), { 'content-encoding': 'gzip' }),
  broken_gzip: (response, _, __, body) => send(response, 200, body, { 'content-encoding': 'gzip' }),
  unknown_encoding: (response, _, __, body) => send(response, 200, body, { 'content-encoding': 'zstd' }),
  redirect: (response) => send(response, 302, '', { location: 'https://127.0.0.1:1/idcard' }),
  html_with_200: (response) => send(response, 200, '<html>系统维护中</html>', { 'content-type': 'text/html' }),
  empty_200: (response) => send(response, 200, ''),
  truncated_json: (response, _, __, body) => send(response, 200, body.slice(0, -10)),
  doubled_json: (response, _, __, body) => send(response, 200, body + body),
  doubled_key: (response, _, __, body) => send(response, 200, body.replace('"match"', '"match":false,"match"')),
  array: (response, _, __, body) => send(response, 200, `[${body}]`),
  wrong_types: (response, _, __, body) =>
    send(response, 200, body.replace('"ok":1', '"ok":"1"').replace('true', '"true"')),
  contradiction: (response, _, __, body) => send(response, 200, body.replace('true', '1').replace('false', 'true')),
  another_subject: (response, _, verdict) => send(response, 200, bodyOf(verdict, '另', '440524188001010014')),
  unlisted_message: (response, _, __, body) =>
    send(response, 200, body.replace(/"msg":"[^"]*"/, '"msg":"查询成功"').replace('true', 'false')),
  no_http: (_, socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
  content_length_lie: (_, socket, __, body) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n${body}`),
  status_429: (response) => send(response, 429, ''),
  status_500: (response, _, __, body) => send(response, 500, body),
  status_502: (response) => send(response, 502, '<html>Bad Gateway</html>'),
  status_503: (response) => send(response, 503, ''),
  status_204: (response) => send(response, 204, ''),
  status_418: (response, _, __, body) => send(response, 418, body),
  problem_666: (response) => send(response, 666, JSON.stringify({ ok: 0, msg: PROBLEM_TEXTS.source_unavailable })),
  upgrade: (_, socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'),
}

/** Answers one request in a way of the test's own. */
export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void

export interface FakeSupplierOptions {
  /** Names the certificate: `server` is good. */
  readonly certificate?: 'server' | 'expired' | 'wrong-host'
}

export interface FakeSupplier {
  readonly url: string
  readonly origin: string
  /** Number to name: the authoritative record. A number that is not here is no record. */
  readonly record: Map<string, string>
  /** Requests that came with a good credential, whatever became of them. */
  asked(): number
  /** Verdicts that were sent in full: what this supplier would bill. */
  billed(): number
  /** What it calls each of them, in order: its bill. */
  references(): readonly string[]
  /** What to do from now on; null: answer well. */
  behave(behaviour: Fault | Handler | null): void
  close(): Promise<void>
}

/** A supplier of the market's protocol over real TLS: it checks credentials, and misbehaves when it is told to. */
export async function startFakeSupplier({
  certificate: name = 'server',
}: FakeSupplierOptions = {}): Promise<FakeSupplier> {
  gzipBomb()
  const record = new Map<string, string>()
  const counts = { asked: 0, billed: 0 }
  const references: string[] = []
  const nonces = new Set<string>()
  const sockets = new Set<Socket>()
  let behaviour: Fault | Handler | null = null

  const server = createServer(
    { key: certificate(`${name}.key`), cert: certificate(`${name}.pem`) },
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8')
        if (typeof behaviour === 'function') {
          counts.asked += 1
          return behaviour(request, response, body)
        }
        const parameters = parametersOf(request, body)
        const refusal = refusalOf(request, parameters, nonces)
        if (refusal !== null) return send(response, refusal.status, '', { 'x-ca-error-message': refusal.message })
        counts.asked += 1
        const [xm, sfz] = [parameters.get('xm') ?? '', parameters.get('sfz') ?? '']
        if (xm === '') return send(response, 666, JSON.stringify({ ok: 0, msg: PROBLEM_TEXTS.name_missing }))
        if (sfz.length !== 18) return send(response, 666, JSON.stringify({ ok: 0, msg: PROBLEM_TEXTS.number_invalid }))
        const known = record.get(sfz)
        const verdict = known === undefined ? 'no_record' : known === xm ? 'match' : 'mismatch'
        const text = bodyOf(verdict, xm, sfz)
        if (behaviour !== null) return BEHAVIOURS[behaviour](response, request.socket, verdict, text)
        counts.billed += 1
        const reference = randomUUID().toUpperCase()
        references.push(reference)
        send(response, 200, text, { 'x-ca-request-id': reference })
      })
    },
  )
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `https://localhost:${port}`
  return {
    origin,
    url: `${origin}/idcard`,
    record,
    asked: () => counts.asked,
    billed: () => counts.billed,
    references: () => references,
    behave(next) {
      behaviour = next
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function parametersOf(request: IncomingMessage, body: string): Map<string, string> {
  const query = new URL(request.url ?? '/', 'https://localhost').searchParams
  return new Map([...query, ...(request.method === 'POST' ? new URLSearchParams(body) : [])])
}

function refusalOf(
  request: IncomingMessage,
  parameters: ReadonlyMap<string, string>,
  nonces: Set<string>,
): { readonly status: number; readonly message: string } | null {
  const header = (name: string): string | undefined => request.headers[name]?.toString()
  const code = /^APPCODE (.+)$/.exec(header('authorization') ?? '')?.[1]
  if (code !== undefined)
    return code === SUPPLIER_APP_CODE ? null : { status: 400, message: 'Invalid AppCode `not exists`' }
  if (header('x-ca-key') === undefined) return { status: 403, message: 'Unauthorized' }
  if (header('x-ca-key') !== SUPPLIER_APP_KEY) return { status: 400, message: 'Invalid AppKey' }
  const path = new URL(request.url ?? '/', 'https://localhost').pathname
  const text = stringToSign({ method: request.method ?? '', header, path, parameters: new Map(parameters) })
  if (!signatureMatches(header('x-ca-signature') ?? '', text, SUPPLIER_APP_SECRET, 'HmacSHA256')) {
    return { status: 400, message: `Invalid Signature, Server StringToSign:\`${path}\`` }
  }
  const nonce = header('x-ca-nonce') ?? ''
  if (nonces.has(nonce)) return { status: 400, message: 'Nonce Used' }
  nonces.add(nonce)
  return null
}

function bodyOf(verdict: Verdict, name: string, number: string): string {
  return verdictBody({
    verdict,
    name: `${[...name][0] ?? ''}**`,
    number: `${number.slice(0, 4)}*****${number.slice(-2)}`,
    birthday: '19****31',
    sex: 'female',
    address: '北京市**区',
  })
}

/** The tests' certificates are not copied by the build: the same path serves `src` and `dist`. */
function certificate(file: string): string {
  return readFileSync(new URL(`../../src/testing/certificates/${file}`, import.meta.url), 'utf8')
}
