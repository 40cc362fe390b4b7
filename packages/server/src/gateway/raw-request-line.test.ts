import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../config.js'
import { quietLog } from '../log.js'
import { type RunningServer, startServer } from '../serve.js'

/** 李三 in GBK. */
const GBK = Buffer.from([0xc0, 0xee, 0xc8, 0xfd])
const UTF8 = Buffer.from('李三')

let folder: string
let server: RunningServer
let appCode: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heyan-raw-'))
  server = await startServer(readConfig({ DATA_DIR: folder, PORT: '0' }), { log: quietLog() })
  const { store } = server.services
  const created = await store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'a',
    mode: 'live',
    fields: 'masked',
    calls: 1_000,
    validDays: 30,
    isNoRecordFree: false,
  })
  appCode = typeof created === 'string' ? '' : created.appCode
})

afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Writes each piece once the one before was answered or sent; gives all that came back when `count` answers did. */
function exchange(pieces: readonly Buffer[], count: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece)
    })
    socket.on('data', (chunk) => {
      received += chunk
      if (
        received.split(/HTTP\/1\.1 \d/).length - 1 >= count &&
        received.endsWith(received.includes('"ok"') ? '}' : '\r\n\r\n')
      )
        socket.destroy()
    })
    socket.on('close', () => resolve(received))
    socket.on('error', reject)
  })
}

const get = (name: Buffer, more = '') =>
  Buffer.concat([
    Buffer.from('GET /idcard?xm='),
    name,
    Buffer.from(`&sfz=11010519491231002X HTTP/1.1\r\nHost: a\r\nAuthorization: APPCODE ${appCode}\r\n${more}\r\n`),
  ])
const statuses = (received: string) => [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))

describe('bytes of Chinese put into the request line as they are', () => {
  test.each([
    ['UTF-8', UTF8],
    ['GBK', GBK],
  ])('%s: answered as if they had been escaped', async (_name, name) => {
    const received = await exchange([get(name)], 1)
    expect(statuses(received)).toEqual([200])
    expect(received).toContain('"xm":"李**"')
    expect(received).toContain('"match":true')
  })

  test('again and again on one connection, among requests that are as they should be', async () => {
    const escaped = Buffer.from(encodeURIComponent('李三'))
    const received = await exchange([Buffer.concat([get(escaped), get(UTF8), get(GBK), get(escaped), get(UTF8)])], 5)
    expect(statuses(received)).toEqual([200, 200, 200, 200, 200])
    expect(received.match(/"match":true/g)).toHaveLength(5)
  })

  test('with a body behind, which is read whole', async () => {
    const body = 'sfz=11010519491231002X'
    const post = Buffer.concat([
      Buffer.from('POST /idcard?xm='),
      UTF8,
      Buffer.from(
        ` HTTP/1.1\r\nHost: a\r\nAuthorization: APPCODE ${appCode}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
    ])
    expect(await exchange([post], 1)).toContain('"match":true')
  })

  test('with Connection: close, answered and closed', async () => {
    expect(statuses(await exchange([get(UTF8, 'Connection: close\r\n')], 9))).toEqual([200])
  })

  test('are counted and charged as any other call', async () => {
    const before = await server.services.store.run('readUsage', (await applicationId()) ?? '')
    await exchange([get(UTF8)], 1)
    const after = await server.services.store.run('readUsage', (await applicationId()) ?? '')
    expect((after?.charged ?? 0) - (before?.charged ?? 0)).toBe(1)
  })
})

async function applicationId(): Promise<string | undefined> {
  const listed = await server.services.store.run('listApplications', 100)
  return listed.find(({ name }) => name === 'a')?.id
}

describe('nothing else is mended', () => {
  test.each([
    ['a control character in the target', 'GET /idcard?xm=\u0001 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['no target at all', 'GET \r\n\r\n', 400],
    ['another method', 'BREW /idcard?xm=李 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['a target beyond its size', `GET /idcard?xm=${'李'.repeat(8_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
    ['no HTTP', '李三\r\n\r\n', 400],
  ])('%s', async (_name, text, status) => {
    const received = await exchange([Buffer.from(text)], 1)
    expect([400, 414]).toContain(statuses(received)[0])
    expect(statuses(received)[0]).toBeLessThanOrEqual(status)
    expect(received).toMatch(/X-Ca-Request-Id: [0-9A-F-]{36}/)
  })
})
