import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Asked, PUBLISHED_CLIENTS } from '../packages/contract/src/testing/published-clients.ts'
import type { WireRequest } from '../packages/contract/src/testing/wire-request.ts'
import { heyan, newFolder, type Server, serve } from './processes.js'

const LI_SAN = [
  ['xm', '李三'],
  ['sfz', '11010519491231002X'],
] as const
const JSON_TEXT = '{"xm":"李三","sfz":"11010519491231002X"}'
const MATCH = [200, '实名信息正确']
const ALWAYS_CLOSED: readonly (readonly [string, string])[] = [['Connection', 'close']]

let server: Server
let credential: { key: string; secret: string }
beforeAll(async () => {
  server = await serve(newFolder())
  const made = await heyan(['app', 'create', '--name', 'clients', '--calls', '1000', '--json'], server.env)
  const { appKey, appSecret } = JSON.parse(made.stdout)
  credential = { key: appKey, secret: appSecret }
})

/** The bytes of a request as the client writes them: its letter case, its order of headers. */
function bytesOf({ method, target, headers, body }: WireRequest): Buffer {
  const all = [['Host', new URL(server.url).host], ...headers, ...ALWAYS_CLOSED]
  if (body.length > 0) all.push(['Content-Length', String(body.length)])
  const head = all.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${head}\r\n`, 'latin1'), body])
}

function ask(client: string, asked: Partial<Asked>): Promise<(string | number | undefined)[]> {
  const make = PUBLISHED_CLIENTS[client]
  if (make === undefined) throw new Error(client)
  const request = make({ query: [], headers: [], nonce: randomUUID(), timestamp: Date.now(), ...asked }, credential)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(bytesOf(request)))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => {
      const answer = Buffer.concat(chunks).toString()
      const message = /"msg":"([^"]*)"/.exec(answer)?.[1] ?? /x-ca-error-message: (.*)\r/i.exec(answer)?.[1]
      resolve([Number(answer.slice(9, 12)), message])
    })
  })
}

describe.each(Object.keys(PUBLISHED_CLIENTS))('the published %s client is answered', (client) => {
  test.each<[string, Partial<Asked>, (string | number)[]]>([
    ['with a query', { query: LI_SAN }, MATCH],
    ['with a form', { form: LI_SAN }, MATCH],
    ['with JSON', { json: JSON_TEXT }, MATCH],
    ['with JSON beside a query that it overrides', { query: [['xm', '张三']], json: JSON_TEXT }, MATCH],
    [
      'with a form beside a query that it overrides',
      {
        query: [
          ['xm', '张三'],
          ['a', ''],
        ],
        form: LI_SAN,
      },
      MATCH,
    ],
    [
      'with spaces around, which are a plus in some',
      { query: LI_SAN.map(([name, value]) => [name, ` ${value} `]) },
      MATCH,
    ],
    ['with a header of its own', { query: LI_SAN, headers: [['X-Ca-Note', '备注']] }, MATCH],
    [
      'with an Accept of its own',
      { query: LI_SAN, headers: [[client === 'android' ? 'accept' : 'Accept', '*/*']] },
      MATCH,
    ],
    [
      'with a blank value',
      {
        query: [
          ['xm', '李三'],
          ['sfz', ''],
        ],
      },
      [666, '未传入身份证号码sfz'],
    ],
    ['with a problem', { query: [...LI_SAN.slice(1), ['xm', '李+3']] }, [666, '姓名有误']],
  ])('%s', async (_name, asked, told) => {
    expect(await ask(client, asked)).toEqual(told)
  })
})

test('a published client that sends no nonce may repeat itself; the others are told Nonce Used', async () => {
  const told: Record<string, unknown> = {}
  for (const client of Object.keys(PUBLISHED_CLIENTS)) {
    const asked = { query: LI_SAN, nonce: randomUUID(), timestamp: Date.now() }
    await ask(client, asked)
    told[client] = (await ask(client, asked))[1]
  }
  const { go, ...others } = told
  expect(go).toBe('实名信息正确')
  expect(new Set(Object.values(others))).toEqual(new Set(['Nonce Used']))
})
