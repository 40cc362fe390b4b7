import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import fc from 'fast-check'
import { TestServer } from './server.js'

/** What the contract knows of answers; a 503 is only for overload, which this is not. */
/** A line of the log that tells of a fault. */
const FAULT_LINE = /"level":50/
const STATUSES = new Set([200, 204, 400, 401, 403, 409, 413, 414, 422, 666])
const PARALLEL = 64
const RAW_SHARE = 20
const RAW_ANSWER_MS = 5_000

export interface GarbageReport {
  readonly rounds: number
  /** Answers from 500 to 599. */
  readonly serverErrors: number
  /** Requests without an answer while the server should have given one, and a server that is gone. */
  readonly crashes: number
  /** Answers that no caller of this protocol knows. */
  readonly unexpected: readonly number[]
  /** Calls charged although no verdict was answered. */
  readonly chargedProblems: number
  readonly faultsLogged: number
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '李三',
    '440524188001010014',
    '%',
    '%C0%EE%C8%FD',
    '\u0000',
    '\uFEFF李三',
    '*',
    '__proto__',
    '4405*****14',
    '１１０',
  ),
  fc.integer({ min: 1, max: 5_000 }).map((length) => '张'.repeat(length)),
)
const written = text.chain((value) =>
  fc.constantFrom(
    encodeURIComponent(Buffer.from(value).toString('utf8')),
    escape(value),
    value.replace(/[^\x21-\x7e]/g, ''),
  ),
)
const queryText = fc
  .array(fc.tuple(fc.constantFrom('xm', 'sfz', 'AppCode', 'a', '', '__proto__', '%'), written), { maxLength: 6 })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'))
const headerValue = fc.string({ maxLength: 80 }).map((value) => value.replace(/[^\x20-\x7e]/g, '~'))
const headers = fc.dictionary(
  fc.constantFrom(
    'x-ca-key',
    'x-ca-signature',
    'x-ca-signature-headers',
    'x-ca-signature-method',
    'x-ca-timestamp',
    'x-ca-nonce',
    'content-md5',
    'content-type',
    'accept',
    'date',
    'idempotency-key',
    'x-forwarded-for',
    'cookie',
    'expect-nothing',
  ),
  headerValue,
  { maxKeys: 5 },
)
const body = fc.oneof(
  fc.constant(null),
  queryText,
  fc.json().map((value) => value.slice(0, 10_000)),
  fc.record({ xm: fc.anything(), sfz: fc.anything() }).map((value) => {
    try {
      return JSON.stringify(value) ?? ''
    } catch {
      return '{'
    }
  }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)
const asked = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS'),
  path: fc.constantFrom(
    '/idcard',
    '/idcard',
    '/idcard',
    '/idcard/',
    '//idcard',
    '/idcard;x',
    '/%69dcard',
    '/open/idcard',
    '/nowhere',
  ),
  query: queryText,
  headers,
  type: fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain', ';;;', ''),
  isKnown: fc.boolean(),
  body,
})
const rawBytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 400 }),
  fc
    .tuple(queryText, fc.uint8Array({ maxLength: 60 }), fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/9', ''))
    .map(([query, noise, version]) =>
      Buffer.concat([
        Buffer.from(`GET /idcard?${query}`, 'latin1'),
        noise,
        Buffer.from(` ${version}\r\nHost: a\r\n\r\n`),
      ]),
    ),
)

/** Sends garbage of every kind to a server in this process, and tells what came back. The same seed sends the same. */
export async function sendGarbage({
  rounds,
  seed,
  onRound,
}: {
  rounds: number
  seed: number
  onRound?: (done: number) => void
}): Promise<GarbageReport> {
  const on = await TestServer.start({ calls: 1_000_000_000, keepsLine: (line) => FAULT_LINE.test(line) })
  const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL })
  const statuses = new Map<number, number>()
  let crashes = 0
  let verdicts = 0
  const count = (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1)

  const ask = (one: typeof asked extends fc.Arbitrary<infer T> ? T : never) =>
    new Promise<void>((resolve) => {
      const sent = one.body === null ? null : Buffer.from(one.body, 'latin1')
      const all: Record<string, string> = {
        ...one.headers,
        ...(one.isKnown ? { authorization: `APPCODE ${on.application.appCode}` } : {}),
        ...(sent === null ? {} : { 'content-length': String(sent.length), 'content-type': one.type }),
      }
      const outgoing = request(
        `${on.url}${one.path}?${one.query}`.slice(0, 20_000),
        { method: one.method, headers: all, agent },
        (answer) => {
          count(answer.statusCode ?? 0)
          if (answer.headers['x-ca-market-billing-result'] === '1') verdicts++
          answer.resume()
          answer.once('close', resolve)
        },
      )
      // A large body may be cut off by its refusal: that is an answer too, and was counted if it came.
      outgoing.once('error', () => resolve())
      outgoing.end(sent ?? undefined)
    })

  const askRaw = (bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      let received = ''
      const socket = connect(Number(new URL(on.url).port), '127.0.0.1', () => socket.end(bytes))
      socket.setTimeout(RAW_ANSWER_MS, () => socket.destroy())
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1')
      })
      socket.on('error', () => undefined)
      socket.on('close', () => {
        for (const [, status] of received.matchAll(/HTTP\/1\.1 (\d{3}) /g)) count(Number(status))
        resolve()
      })
    })

  try {
    let done = 0
    while (done < rounds) {
      const batch = Math.min(PARALLEL * 4, rounds - done)
      const ordinary = fc.sample(asked, { numRuns: batch, seed: seed + done })
      const raw = fc.sample(rawBytes, { numRuns: Math.ceil(batch / RAW_SHARE), seed: seed + done })
      await Promise.all([...ordinary.map(ask), ...raw.map(askRaw)])
      done += batch
      onRound?.(done)
      const alive = await on.ask('/healthz').catch(() => null)
      if (alive?.status !== 200) crashes++
    }
    const { charged } = await on.usage()
    const entries = [...statuses]
    const sum = (wanted: (status: number) => boolean) =>
      entries.reduce((total, [status, times]) => (wanted(status) ? total + times : total), 0)
    return {
      rounds: done,
      serverErrors: sum((status) => status >= 500 && status < 600),
      crashes,
      unexpected: entries.map(([status]) => status).filter((status) => !STATUSES.has(status)),
      chargedProblems: Math.max(0, charged - verdicts),
      faultsLogged: on.lines.length,
    }
  } finally {
    agent.destroy()
    await on.close()
  }
}
