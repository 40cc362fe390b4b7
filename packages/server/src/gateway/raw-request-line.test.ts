import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestServer } from '../testing/server.js'
import { cutAt, turn, Wire } from '../testing/wire.js'

/** 李三 in GBK. */
const GBK = Buffer.from([0xc0, 0xee, 0xc8, 0xfd])
const UTF8 = Buffer.from('李三')
const ESCAPED = Buffer.from(encodeURIComponent('李三'))
const NUMBER = '11010519491231002X'
const RATE_PER_SECOND = 1_000_000
/** Connections at a time. */
const PARALLEL = 64

let on: TestServer
let appCode: string

beforeAll(async () => {
  on = await TestServer.start({ calls: 1_000_000 })
  await on.operate('PATCH', `/applications/${on.application.appId}`, { ratePerSecond: RATE_PER_SECOND })
  appCode = on.application.appCode
})
afterAll(() => on.close())

/** Writes each piece; gives all that came back when `count` answers did, or the connection was closed. */
function exchange(pieces: readonly Buffer[], count: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(Number(new URL(on.url).port), '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece)
    })
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (answers(received).length >= count) socket.destroy()
    })
    socket.on('close', () => resolve(Buffer.from(received, 'latin1').toString()))
    socket.on('error', reject)
  })
}

/** The same without a network, packet for packet. */
async function exchangeOnWire(packets: readonly Buffer[], count: number): Promise<string[]> {
  const wire = new Wire(on.app.server)
  await wire.send(packets)
  while (answers(wire.received).length < count && !wire.destroyed) await turn()
  wire.destroy()
  return answers(wire.received)
}

/** The answers that are there whole, without what is another one each time. */
function answers(received: string): string[] {
  const found: string[] = []
  let rest = received
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n') + 4
    if (headEnd < 4) return found
    const head = rest.slice(0, headEnd)
    const end = headEnd + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (rest.length < end) return found
    found.push(head.replace(/^(X-Ca-Request-Id|Date): .*\r\n/gim, '') + rest.slice(headEnd, end))
    rest = rest.slice(end)
  }
}

const get = (name: Buffer, more = '') =>
  Buffer.concat([
    Buffer.from('GET /idcard?xm='),
    name,
    Buffer.from(`&sfz=${NUMBER} HTTP/1.1\r\nHost: a\r\nAuthorization: APPCODE ${appCode}\r\n${more}\r\n`),
  ])
const post = (name: Buffer, type: string, body: Buffer, isChunked = false) =>
  Buffer.concat([
    Buffer.from('POST /idcard?a='),
    name,
    Buffer.from(
      ` HTTP/1.1\r\nHost: a\r\nAuthorization: APPCODE ${appCode}\r\nContent-Type: ${type}\r\n${isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`}\r\n\r\n`,
    ),
    ...(isChunked ? [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')] : [body]),
  ])
const form = (name: Buffer, isChunked = false) =>
  post(name, 'application/x-www-form-urlencoded', Buffer.concat([Buffer.from(`sfz=${NUMBER}&xm=`), name]), isChunked)
const json = (name: Buffer) => post(name, 'application/json', Buffer.from(`{"xm":"李三","sfz":"${NUMBER}"}`))
const statuses = (received: string) => [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))

describe('bytes of Chinese put into the request line as they are', () => {
  test.each([
    ['UTF-8', UTF8],
    ['GBK', GBK],
  ])('%s: answered as if they had been escaped', async (_name, name) => {
    const received = await exchange([get(name)], 1)
    expect(statuses(received)).toEqual([200])
    expect(received).toContain('"xm":"李**"')
    expect(received).toContain('"msg":"实名校验失败:查无记录"')
  })

  test('again and again on one connection, among requests that are as they should be', async () => {
    const received = await exchange([Buffer.concat([get(ESCAPED), get(UTF8), get(GBK), get(ESCAPED), get(UTF8)])], 5)
    expect(statuses(received)).toEqual([200, 200, 200, 200, 200])
    expect(received.match(/"xm":"李\*\*"/g)).toHaveLength(5)
  })

  test('with a body behind, which is read whole', async () => {
    for (const request of [form(GBK), form(UTF8, true), json(GBK)]) {
      const received = await exchange([request], 1)
      expect(statuses(received)).toEqual([200])
      expect(received).toContain('"xm":"李**"')
    }
  })

  test('with Connection: close, answered and closed', async () => {
    expect(statuses(await exchange([get(UTF8, 'Connection: close\r\n')], 9))).toEqual([200])
  })

  test('are counted and charged as any other call', async () => {
    const before = await on.usage()
    await exchange([get(UTF8)], 1)
    expect((await on.usage()).charged - before.charged).toBe(1)
  })

  test('give the same answers wherever the packets are cut, with requests of every kind on one connection', async () => {
    const requests = [
      get(UTF8),
      form(GBK),
      get(ESCAPED),
      json(UTF8),
      form(UTF8, true),
      get(Buffer.concat([GBK, Buffer.from('*')])),
      get(GBK, 'Connection: close\r\n'),
    ]
    const stream = Buffer.concat(requests)
    const whole = await exchangeOnWire([stream], requests.length)
    expect(whole.map((answer) => statuses(answer)[0])).toEqual([200, 200, 200, 200, 200, 666, 200])
    for (const request of requests.slice(0, -1)) expect(whole).toContainEqual((await exchangeOnWire([request], 1))[0])
    const places = [...stream.keys()]
    for (let first = 0; first < places.length; first += PARALLEL) {
      const cut = places.slice(first, first + PARALLEL)
      const all = await Promise.all(cut.map((place) => exchangeOnWire(cutAt(stream, [place]), requests.length)))
      expect(all).toEqual(all.map(() => whole))
    }
    expect(await exchangeOnWire(cutAt(stream, [...stream.keys()]), requests.length)).toEqual(whole)
  })

  test('are answered to the last one, although their sender has ended its half of the connection', async () => {
    const received = await new Promise<string>((resolve, reject) => {
      let all = ''
      const socket = connect(Number(new URL(on.url).port), '127.0.0.1', () =>
        socket.end(Buffer.concat([get(GBK), form(UTF8), get(UTF8)])),
      )
      socket.on('data', (chunk) => {
        all += chunk
      })
      socket.on('error', reject)
      socket.on('close', () => resolve(all))
    })
    expect(statuses(received)).toEqual([200, 200, 200])
  })

  test('leave no connection behind', async () => {
    const open = () => new Promise<number>((resolve) => on.app.server.getConnections((_error, count) => resolve(count)))
    await Promise.all(Array.from({ length: 100 }, (_, place) => exchange([get(place % 2 === 0 ? UTF8 : GBK)], 1)))
    while ((await open()) > 0) await turn()
    expect(await open()).toBe(0)
  })
})

describe('nothing else is mended', () => {
  test.each([
    ['a control character in the target', 'GET /idcard?xm=\u0001 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['no target at all', 'GET \r\n\r\n', 400],
    ['another method', 'BREW /idcard?xm=李 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a target beyond its size', `GET /idcard?xm=${'李'.repeat(8_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['a target beyond what the parser takes', `GET /idcard?xm=${'李'.repeat(80_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['no HTTP', '李三\r\n\r\n', 400],
  ])('%s', async (_name, text, status) => {
    const received = await exchange([Buffer.from(text)], 1)
    expect(statuses(received)).toEqual([status])
    expect(received).toMatch(/X-Ca-Request-Id: [0-9A-F-]{36}/)
  })
})
