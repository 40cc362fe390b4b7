import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect, createServer, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CONNECTIONS_MAX, HEADERS_TIMEOUT_MS, KEEP_ALIVE_TIMEOUT_MS } from './limits.js'
import { makeCertificate, whyNoCertificates } from './testing/certificate.js'
import { MATCH, TestServer } from './testing/server.js'
import { cutAt, turn } from './testing/wire.js'

const reason = whyNoCertificates()
const QUERY = `xm=${encodeURIComponent(MATCH.name)}&sfz=${MATCH.number}`
const CONNECTIONS = 100
/** What a client of the last century would need to be allowed, on its side. */
const OLD = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const

describe.skipIf(reason !== null)(`a listener with TLS${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let folder: string
  let certFile: string
  let keyFile: string
  let first: Buffer
  let on: TestServer

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heyan-tls-'))
    certFile = join(folder, 'cert.pem')
    keyFile = join(folder, 'key.pem')
    first = makeCertificate(certFile, keyFile)
    on = await TestServer.start({ calls: 10_000, environment: { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } })
  })
  afterAll(async () => {
    await on.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const port = () => Number(new URL(on.url).port)
  const open = (options: ConnectionOptions = {}, at = port()): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port: at, host: '127.0.0.1', servername: 'localhost', ca: first, ...options }, () =>
        resolve(socket),
      )
      socket.once('error', reject)
    })
  const spoken = async (options: ConnectionOptions) => {
    const socket = await open(options)
    const protocol = [socket.getProtocol(), socket.alpnProtocol]
    socket.destroy()
    return protocol
  }
  const ask = (query: string, agent?: Agent, ca: Buffer = first) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const headers = { authorization: `APPCODE ${on.application.appCode}` }
      const sent = request(
        `${on.url}/idcard?${query}`,
        { ca, headers, servername: 'localhost', ...(agent ? { agent } : {}) },
        (answer) => {
          let text = ''
          answer.setEncoding('utf8').on('data', (part) => {
            text += part
          })
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
        },
      )
      sent.on('error', reject).end()
    })

  test('says where it is with https, and answers there', async () => {
    expect(on.url).toMatch(/^https:/)
    expect((await ask(QUERY)).status).toBe(200)
    expect(await ask('xm=1')).toEqual({ status: 666, text: '{"ok":0,"msg":"未传入身份证号码sfz"}' })
  })

  test('has the limits of one without, and a parser that is never lenient', () => {
    const { headersTimeout, keepAliveTimeout, maxConnections } = on.app.server
    expect([headersTimeout, keepAliveTimeout, maxConnections]).toEqual([
      HEADERS_TIMEOUT_MS,
      KEEP_ALIVE_TIMEOUT_MS,
      CONNECTIONS_MAX,
    ])
    expect(Reflect.get(on.app.server, 'insecureHTTPParser')).toBe(false)
  })

  test('speaks TLS 1.3 and 1.2, and nothing older', async () => {
    expect((await spoken({}))[0]).toBe('TLSv1.3')
    expect((await spoken({ maxVersion: 'TLSv1.2' }))[0]).toBe('TLSv1.2')
    await expect(open(OLD)).rejects.toThrow(/protocol version/)
    // The same client is let in where its version is allowed: it was refused for that.
    const old = createServer({ ...OLD, cert: first, key: readFileSync(keyFile) })
    await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve))
    const address = old.address()
    const control = await open(OLD, typeof address === 'object' ? (address?.port ?? 0) : 0)
    expect(control.getProtocol()).toBe('TLSv1.1')
    control.destroy()
    old.close()
  })

  test('speaks HTTP/1.1 only: a client that offers more gets that, one that offers HTTP/2 alone gets nothing', async () => {
    expect((await spoken({}))[1]).toBe(false)
    expect((await spoken({ ALPNProtocols: ['h2', 'http/1.1'] }))[1]).toBe('http/1.1')
    await expect(open({ ALPNProtocols: ['h2'] })).rejects.toThrow(/no application protocol/)
  })

  test('takes raw bytes in the request line, wherever they are cut', async () => {
    const line = Buffer.concat([
      Buffer.from('GET /idcard?xm='),
      Buffer.from([0xc0, 0xee, 0xc8, 0xfd]),
      Buffer.from(
        `&sfz=${MATCH.number} HTTP/1.1\r\nHost: a\r\nAuthorization: APPCODE ${on.application.appCode}\r\n\r\n`,
      ),
    ])
    for (const places of [[], [1], [17], [18, 19], [...line.keys()]]) {
      const socket = await open()
      let received = ''
      socket.on('data', (chunk) => {
        received += chunk
      })
      for (const packet of cutAt(line, places)) {
        socket.write(packet)
        await turn()
      }
      while (!received.endsWith('}')) await turn()
      expect(received).toMatch(/^HTTP\/1\.1 200 [\s\S]*"msg":"实名信息正确"/)
      socket.destroy()
    }
  })

  test('takes raw bytes on many connections at once, among requests that are as they should be, and leaves none behind', async () => {
    const names = [Buffer.from([0xc0, 0xee, 0xc8, 0xfd]), Buffer.from('李三'), Buffer.from('%E6%9D%8E%E4%B8%89')]
    const pipelined = Buffer.concat(
      names.flatMap((name) => [
        Buffer.from('GET /idcard?xm='),
        name,
        Buffer.from(`&sfz=1 HTTP/1.1\r\nHost: a\r\nAuthorization: APPCODE ${on.application.appCode}\r\n\r\n`),
      ]),
    )
    const one = async (place: number) => {
      const socket = await open()
      let received = ''
      socket.on('data', (chunk) => {
        received += chunk
      })
      for (const packet of cutAt(pipelined, [place])) {
        socket.write(packet)
        await turn()
      }
      while ((received.match(/"msg":/g) ?? []).length < names.length) await turn()
      socket.destroy()
      return received.match(/HTTP\/1\.1 666[\s\S]*?"msg":"身份证号码有误"/g)?.length
    }
    const answered = await Promise.all(Array.from({ length: CONNECTIONS }, (_, place) => one(place * 3)))
    expect(new Set(answered)).toEqual(new Set([names.length]))
    const left = () => new Promise<number>((resolve) => on.app.server.getConnections((_error, count) => resolve(count)))
    while ((await left()) > 0) await turn()
    expect(await left()).toBe(0)
  })

  test('takes up a renewed certificate while open connections go on; one that is broken is told, and changes nothing', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect((await ask(QUERY, agent)).status).toBe(200)
    const served = async () => {
      const socket = await open({ ca: [first, second] })
      const { fingerprint256 } = socket.getPeerCertificate()
      socket.destroy()
      return fingerprint256
    }
    // Made beside, and moved where it is watched.
    const aside = mkdtempSync(join(tmpdir(), 'heyan-tls-'))
    const [nextCert, nextKey] = [join(aside, 'cert.pem'), join(aside, 'key.pem')]
    const second = makeCertificate(nextCert, nextKey)
    const before = await served()
    copyFileSync(nextKey, `${keyFile}.new`)
    copyFileSync(nextCert, `${certFile}.new`)
    renameSync(`${keyFile}.new`, keyFile)
    renameSync(`${certFile}.new`, certFile)
    while ((await served()) === before) await turn()
    const renewed = await served()
    // On the connection that was open before.
    expect((await ask(QUERY, agent)).status).toBe(200)
    expect(on.lines.filter((line) => line.includes('the certificate was read again'))).toHaveLength(1)

    writeFileSync(certFile, 'no certificate')
    while (!on.lines.some((line) => line.includes('the new certificate cannot be used'))) await turn()
    expect(await served()).toBe(renewed)
    expect((await ask(QUERY, undefined, second)).status).toBe(200)
    // A certificate whose key is another one's.
    writeFileSync(certFile, first)
    while (on.lines.filter((line) => line.includes('the new certificate cannot be used')).length < 2) await turn()
    expect(await served()).toBe(renewed)
    expect((await ask(QUERY, agent)).status).toBe(200)
    agent.destroy()
    rmSync(aside, { recursive: true, force: true })
  })
})
