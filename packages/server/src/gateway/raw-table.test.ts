import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeCertificate, whyNoCertificates } from '../testing/certificate.js'
import { behind, RAW_TABLE, type RawAnswer } from '../testing/raw-table.js'
import { TestServer } from '../testing/server.js'
import { turn, Wire } from '../testing/wire.js'

type Told = readonly [status: number, errorCode: string | null, message: string | null]
const TOLD: Readonly<Record<'classic' | 'vpc', Readonly<Record<RawAnswer, Told>>>> = {
  classic: {
    fine: [200, null, null],
    bad: [400, null, 'Bad Request'],
    method: [400, null, 'Invalid HttpMethod'],
    path: [400, null, 'Invalid Url'],
    url: [414, null, 'Request URL too Large'],
    body: [413, null, 'Request body too Large'],
  },
  vpc: {
    fine: [200, null, null],
    bad: [400, null, 'Bad Request'],
    method: [405, 'I405UM', 'Unsupported Method `*`'],
    path: [404, 'I404NF', 'API not found with `* /idcard`'],
    url: [413, 'I413UL', 'Request URL too Large'],
    body: [413, 'I413RL', 'Request body too Large'],
  },
}
const HOST = 'a'
const STILL_SENT_BYTES = 2_000_000
const BILLING = /^x-ca-market-billing-result: 1\r?$/im

const reason = whyNoCertificates()

describe.each([
  ['classic', false],
  ['vpc', false],
  ['classic', true],
] as const)('on a bare connection, in the words of %s, with TLS: %s,', (profile, isTls) => {
  let folder: string
  let ca: Buffer
  let on: TestServer
  let credential: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heyan-table-'))
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    if (isTls && reason === null) ca = makeCertificate(cert, key)
    const tls: Record<string, string> = isTls && reason === null ? { TLS_CERT_FILE: cert, TLS_KEY_FILE: key } : {}
    on = await TestServer.start({ calls: 10_000, environment: { GATEWAY_ERRORS: profile, ...tls } })
    credential = `Authorization: APPCODE ${on.application.appCode}`
  })
  afterAll(async () => {
    await on.close()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(({ skip }) => skip(isTls && reason !== null, reason ?? ''))

  const dial = (then: (socket: Socket) => void): Socket => {
    const port = Number(new URL(on.url).port)
    const socket: Socket = isTls
      ? connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca }, () => then(socket))
      : connect(port, '127.0.0.1', () => then(socket))
    return socket
  }

  const exchange = (text: string): Promise<string> =>
    new Promise((resolve) => {
      let received = ''
      const socket = dial((open) => open.write(text, 'latin1'))
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1')
      })
      // A refusal may come before all of it was sent.
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(received))
    })

  test('whoever is still sending reads the refusal, and is not reset', async () => {
    const faults: Error[] = []
    const head = `POST /idcard HTTP/1.1\r\nHost: a\r\nContent-Length: ${STILL_SENT_BYTES}\r\n\r\n`
    const received = await new Promise<string>((resolve) => {
      let all = ''
      const socket = dial((open) => open.end(head + 'a'.repeat(STILL_SENT_BYTES)))
      socket.on('data', (chunk) => {
        all += chunk
      })
      socket.on('error', (error) => faults.push(error))
      socket.on('close', () => resolve(all))
    })
    expect(received).toContain('Request body too Large')
    expect(faults).toEqual([])
  })

  test('a connection that breaks after what no route has seen is nobody else’s concern', async () => {
    for (const line of ['CONNECT a:80', 'BREW /idcard', 'GET /\x01', 'POST /idcard']) {
      const wire = new Wire(on.app.server)
      await wire.send([Buffer.from(`${line} HTTP/1.1\r\nHost: a\r\n\r\n`)])
      wire.destroy(new Error('broken'))
      await turn()
    }
    expect(await exchange(behind(credential, HOST))).toMatch(/^HTTP\/1\.1 200 /)
  })

  test.each(RAW_TABLE)('$name: $is', async ({ request, is, isBehindAnswered }) => {
    const first = request(credential, HOST)
    const before = await on.usage()
    const heads = [...(await exchange(first + behind(credential, HOST))).matchAll(/HTTP\/1\.1 .*\r\n(?:.+\r\n)*\r\n/gm)]
    const told = heads.map(([head]) => [
      Number(head.slice(9, 12)),
      /^x-ca-error-code: (.*)\r$/im.exec(head)?.[1] ?? null,
      /^x-ca-error-message: (.*)\r$/im.exec(head)?.[1] ?? null,
    ])
    const [status, errorCode, message] = TOLD[profile][is]
    const method = /^[A-Za-z]+(?= )/.exec(first)?.[0] ?? ''
    expect(told).toEqual([
      [status, errorCode, message?.replace('*', method) ?? null],
      ...(isBehindAnswered ? [TOLD[profile].fine] : []),
    ])
    for (const [head] of heads) expect(head).toMatch(/^x-ca-request-id: [0-9A-F-]{36}\r$/im)
    // Whatever was hidden in a body or behind a refusal was no call.
    const charged = heads.filter(([head]) => BILLING.test(head)).length
    expect((await on.usage()).charged - before.charged).toBe(charged)
  })
})
