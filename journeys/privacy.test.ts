import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { greeted, heyan, newFolder, serve } from './processes.js'

/** Invented, and nowhere else in this repository: whatever holds one of them got it from a call. */
const NAME = '邶鄘郐'
const OTHER_NAME = '滕薛邾'
const NUMBER = '210202188409150013'
const WRONG_NUMBER = '210202188409150014'
const GBK_NAME = Buffer.from([0xdf, 0xf3, 0xe0, 0xe6, 0xdb, 0xa6])

/** Every form in which a text could have been written down. */
function formsOf(text: string): Buffer[] {
  return [
    Buffer.from(text),
    Buffer.from(encodeURIComponent(text)),
    Buffer.from(encodeURIComponent(text).toLowerCase()),
    Buffer.from(Buffer.from(text).toString('base64').replace(/=+$/, '')),
    Buffer.from(Buffer.from(text).toString('hex')),
    Buffer.from(text, 'utf16le'),
    Buffer.from(
      JSON.stringify(text)
        .replace(/[^\0-\x7f]/g, (each) => `\\u${each.charCodeAt(0).toString(16)}`)
        .slice(1, -1),
    ),
  ]
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })
}

function findIn(bytes: Buffer, secrets: Readonly<Record<string, readonly Buffer[]>>): string[] {
  return Object.entries(secrets)
    .filter(([, forms]) => forms.some((form) => bytes.includes(form)))
    .map(([name]) => name)
}

function raw(url: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    socket.on('data', () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
  })
}

test('no byte that the server writes holds a name, a number, a code or a secret of those it served', async () => {
  const folder = newFolder()
  const server = await serve(folder, { LOG_LEVEL: 'debug' })
  const list = join(folder, 'list.csv')
  writeFileSync(list, `姓名,身份证号码\n${NAME},${NUMBER}\n${OTHER_NAME},${WRONG_NUMBER}\n`)
  await heyan(['roster', 'import', list], server.env)
  const created = JSON.parse(
    (await heyan(['app', 'create', '--name', 'a', '--calls', '100', '--json'], server.env)).stdout,
  )
  const greeting = greeted(server.output())
  const lengthOfGreeting = server.output().length

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${server.url}${path}`, {
      ...init,
      headers: { authorization: `APPCODE ${created.appCode}`, ...init.headers },
    }).then(async (answer) => answer.status + (await answer.text()))
  const query = `xm=${encodeURIComponent(NAME)}&sfz=${NUMBER}`
  const key = { 'idempotency-key': `key-of-${NAME.codePointAt(0)}-7391` }
  expect(await ask(`/idcard?${query}`, { headers: key })).toMatch(/^200.*实名信息正确/)
  expect(await ask(`/idcard?xm=${encodeURIComponent(OTHER_NAME)}&sfz=${NUMBER}`)).toMatch(/^200.*不匹配/)
  await ask(`/idcard?xm=${encodeURIComponent(NAME)}&sfz=${WRONG_NUMBER}`)
  await ask('/idcard', {
    method: 'POST',
    body: JSON.stringify({ xm: NAME, sfz: NUMBER }),
    headers: { 'content-type': 'application/json' },
  })
  await ask('/idcard', {
    method: 'POST',
    body: `{"xm":"${NAME}", broken`,
    headers: { 'content-type': 'application/json' },
  })
  await ask(`/nowhere/${encodeURIComponent(NAME)}?sfz=${NUMBER}`)
  await ask(`/${NUMBER}`, { method: 'DELETE' })
  await fetch(`${server.url}/idcard?${query}`, {
    headers: { 'x-ca-key': created.appKey, 'x-ca-signature': 'd3Jvbmc=', 'x-ca-nonce': 'nonce-canary-55182' },
  })
  await fetch(`${server.url}/idcard?${query}&AppCode=${created.appCode}`)
  await fetch(`${server.url}/admin/v1/verifications`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${readFileSync(join(folder, 'data', 'operator.token'), 'utf8').trim()}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ name: NAME, number: NUMBER, unknown: NAME }),
  })
  await heyan(['verify', '--name', NAME, '--number', NUMBER], server.env)
  await raw(
    server.url,
    Buffer.concat([
      Buffer.from('GET /idcard?xm='),
      GBK_NAME,
      Buffer.from(`&sfz=${NUMBER} HTTP/1.1\r\nHost: a\r\n\r\n`),
    ]),
  )
  await raw(server.url, Buffer.from(`GET /idcard?xm=${NAME} HTTP/9.9\r\n\r\n`))
  await raw(server.url, Buffer.from(`${NAME} ${NUMBER}\r\n\r\n`))

  const secrets = {
    name: [...formsOf(NAME), GBK_NAME],
    'other name': formsOf(OTHER_NAME),
    number: formsOf(NUMBER),
    'wrong number': formsOf(WRONG_NUMBER),
    'idempotency key': formsOf(key['idempotency-key']),
    nonce: formsOf('nonce-canary-55182'),
    AppCode: formsOf(created.appCode),
    AppSecret: formsOf(created.appSecret),
    "the demo's AppCode": formsOf(greeting.appCode),
    "the demo's AppSecret": formsOf(greeting.appSecret),
  }
  const look = () =>
    Object.fromEntries(
      filesBelow(join(folder, 'data'))
        .map((file) => [file.slice(folder.length), findIn(readFileSync(file), secrets)] as const)
        .filter(([, found]) => found.length > 0),
    )
  expect(look()).toEqual({})
  await server.stop()
  expect(look()).toEqual({})
  expect(findIn(Buffer.from(server.output().slice(lengthOfGreeting)), secrets)).toEqual([])

  // The search can find: planted, each is found in each of its forms.
  for (const [name, forms] of Object.entries(secrets)) {
    for (const form of forms)
      expect(findIn(Buffer.concat([Buffer.from('..'), form, Buffer.from('..')]), secrets)).toContain(name)
  }
})
