import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { greeted, heyan, LI_SAN, newFolder, serve } from './processes.js'

/** Invented, and nowhere else in this repository: whatever holds one of them got it from a call. */
const NAME = '邶鄘郐'
const OTHER_NAME = '滕薛邾'
const NUMBER = '210202188409150013'
const WRONG_NUMBER = '210202188409150014'

/** Each character of two bytes in GBK, by the character: Node can only read it. */
const GBK = new Map<string, Buffer>()
for (let lead = 0x81; lead <= 0xfe; lead++) {
  for (let trail = 0x40; trail <= 0xfe; trail++) {
    const bytes = Buffer.from([lead, trail])
    GBK.set(new TextDecoder('gbk').decode(bytes), bytes)
  }
}

function gbkOf(text: string): Buffer {
  return Buffer.concat(Array.from(text, (character) => GBK.get(character) ?? Buffer.from(character)))
}

/** Base 64 as it is spelled at each of the three places where bytes can begin; what depends on the neighbours is left out. */
function base64Of(bytes: Buffer): Buffer[] {
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const whole = text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3))
    return [Buffer.from(whole), Buffer.from(whole.replaceAll('+', '-').replaceAll('/', '_'))]
  })
}

function percentOf(bytes: Buffer): string {
  return Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')
}

/** Every form in which a text could have been written down. */
function formsOf(text: string): Buffer[] {
  const plain = Buffer.from(text)
  const escaped = Array.from(text, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  return [
    plain,
    gbkOf(text),
    Buffer.from(text, 'utf16le'),
    Buffer.from(text, 'utf16le').swap16(),
    // As bytes taken for latin1 are written: header values are.
    Buffer.from(plain.toString('latin1')),
    ...base64Of(plain),
    ...[plain, gbkOf(text)].flatMap((bytes) => [
      Buffer.from(percentOf(bytes)),
      Buffer.from(percentOf(bytes).toLowerCase()),
      Buffer.from(bytes.toString('hex')),
      Buffer.from(bytes.toString('hex').toUpperCase()),
    ]),
    Buffer.from(escaped),
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

function broken(url: string, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text, () => socket.destroy()))
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
  await fetch(`${server.url}/v1/verifications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${created.appCode}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: NAME, number: NUMBER, reference: NAME, unknown: NUMBER }),
  })
  await ask('/v1/verifications', { method: 'POST', body: NAME, headers: { 'content-type': 'application/json' } })
  await fetch(`${server.url}/open/idcard?appid=${created.appId}&sendtime=${Date.now()}&sign=${NUMBER}&${query}`)
  await fetch(`${server.url}/admin/v1/applications/${encodeURIComponent(NAME)}`, {
    headers: { authorization: `Bearer ${created.appSecret}` },
  })
  // One who goes away in the middle of what he says.
  await broken(
    server.url,
    `POST /idcard HTTP/1.1\r\nHost: a\r\nAuthorization: APPCODE ${created.appCode}\r\nContent-Type: application/json\r\n` +
      `Content-Length: 4000\r\n\r\n{"xm":"${NAME}","sfz":"${NUMBER}"`,
  )
  await heyan(['verify', '--name', NAME, '--number', NUMBER], server.env)
  await raw(
    server.url,
    Buffer.concat([
      Buffer.from('GET /idcard?xm='),
      gbkOf(NAME),
      Buffer.from(`&sfz=${NUMBER} HTTP/1.1\r\nHost: a\r\n\r\n`),
    ]),
  )
  await raw(server.url, Buffer.from(`GET /idcard?xm=${NAME} HTTP/9.9\r\n\r\n`))
  await raw(server.url, Buffer.from(`${NAME} ${NUMBER}\r\n\r\n`))

  const secrets = {
    name: formsOf(NAME),
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
  // What may be read by its owner is in its own file and in no other.
  const keys = {
    'master key': formsOf(readFileSync(join(folder, 'data', 'master.key'), 'utf8').trim()),
    "operator's token": formsOf(readFileSync(join(folder, 'data', 'operator.token'), 'utf8').trim()),
  }
  Object.assign(secrets, keys)
  const own = { '/data/master.key': ['master key'], '/data/operator.token': ["operator's token"] }
  expect(look()).toEqual(own)
  await server.stop()
  expect(look()).toEqual(own)
  expect(findIn(Buffer.from(server.output().slice(lengthOfGreeting)), secrets)).toEqual([])

  // The search can find: planted, each is found in each of its forms.
  for (const [name, forms] of Object.entries(secrets)) {
    for (const form of forms)
      expect(findIn(Buffer.concat([Buffer.from('..'), form, Buffer.from('..')]), secrets)).toContain(name)
  }
})

test('a process that ends by a fault nobody took says so without a person, and leaves nothing undone', async () => {
  const folder = newFolder()
  const fault = join(folder, 'fault.mjs')
  writeFileSync(fault, `process.on('SIGUSR2', () => { throw new Error('of ${NAME} ${NUMBER}') })`)
  const server = await serve(folder, { NODE_OPTIONS: `--import=${fault}` })
  const { appCode } = greeted(server.output())
  await fetch(`${server.url}/idcard?xm=${encodeURIComponent(NAME)}&sfz=${NUMBER}`, {
    headers: { authorization: `APPCODE ${appCode}` },
  })
  server.child.kill('SIGUSR2')
  expect(await server.ended).toBe(70)
  expect(server.output()).toContain('a fault that nobody was there to take')
  expect(findIn(Buffer.from(server.output()), { name: formsOf(NAME), number: formsOf(NUMBER) })).toEqual([])
  const { NODE_OPTIONS: _, ...env } = server.env
  expect(JSON.parse((await heyan(['audit', '--json'], env)).stdout)).toMatchObject({ ok: true, problems: [] })
  expect(greeted((await serve(folder)).output()).appCode).toBe(appCode)
})

test('nothing in the store is a key: whoever has the whole of it can neither call nor operate', async () => {
  const folder = newFolder()
  const server = await serve(folder)
  const { appCode, appKey } = greeted(server.output())
  const db = new Database(join(folder, 'data', 'heyan.sqlite'), { readonly: true })
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
  const cells = new Set<string>()
  for (const table of tables) {
    for (const row of db.prepare<[], (string | number | Buffer | null)[]>(`SELECT * FROM "${table}"`).raw().iterate()) {
      for (const cell of row) {
        if (typeof cell === 'string') cells.add(cell)
        else if (Buffer.isBuffer(cell))
          for (const encoding of ['hex', 'base64', 'base64url'] as const) cells.add(cell.toString(encoding))
      }
    }
  }
  db.close()
  expect(cells.size).toBeGreaterThan(50)
  const tried = [...cells].filter((cell) => /^[\x21-\x7e]{1,500}$/.test(cell))
  const ask = (path: string, headers: Record<string, string>) => fetch(server.url + path, { headers })
  for (const key of tried) {
    const [asCode, asBearer, asOperator] = await Promise.all([
      ask('/idcard', { authorization: `APPCODE ${key}` }),
      ask('/v1/quota', { authorization: `Bearer ${key}` }),
      ask('/admin/v1/applications', { authorization: `Bearer ${key}` }),
    ])
    expect([key, asCode.status, asBearer.status, asOperator.status]).toEqual([key, 400, 401, 401])
  }
  // The AppKey is there, and no secret that signs for it; signed with nothing but what is there, nobody gets in.
  expect(cells.has(appKey)).toBe(true)
  const stringToSign = `GET\n*/*\n\n\n\n/idcard?${decodeURIComponent(LI_SAN).split('&').sort().join('&')}`
  for (const key of tried) {
    const signature = createHmac('sha256', key).update(stringToSign).digest('base64')
    const answer = await ask(`/idcard?${LI_SAN}`, { accept: '*/*', 'x-ca-key': appKey, 'x-ca-signature': signature })
    expect([key, answer.status]).toEqual([key, 400])
  }
  // The same request, with what the first start printed, is let in: so it was the keys that were wrong.
  const signature = createHmac('sha256', greeted(server.output()).appSecret).update(stringToSign).digest('base64')
  const own = await ask(`/idcard?${LI_SAN}`, { accept: '*/*', 'x-ca-key': appKey, 'x-ca-signature': signature })
  expect([own.status, (await ask('/idcard', { authorization: `APPCODE ${appCode}` })).status]).toEqual([200, 666])
})
