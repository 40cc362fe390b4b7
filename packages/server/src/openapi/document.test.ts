import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { HTTP_PROBLEMS } from '@heyan/contract'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IN_FLIGHT_MAX } from '../limits.js'
import { type Answer, type Ask, FAULT, MATCH, MISMATCH, NO_RECORD, NOON, TestServer } from '../testing/server.js'
import { problemsMarkdown } from './problems-page.js'

interface Described {
  readonly description: string
  readonly 'x-http-status'?: number
  readonly headers?: Record<string, { required?: boolean; schema: object }>
  readonly content?: Record<string, { schema: object }>
}
interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly responses: Record<string, Described>
}
interface Document {
  readonly openapi: string
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: Record<string, object> }
}

let server: TestServer
let vpc: TestServer
let document: Document
let ajv: Ajv2020
/** Operations and statuses of which a real answer was held against the description. */
const seen = new Set<string>()

beforeAll(async () => {
  const environment = { GATEWAY_ERRORS: 'vpc' }
  ;[server, vpc] = await Promise.all([
    TestServer.start({ calls: 1_000 }),
    TestServer.start({ calls: 1_000, environment }),
  ])
  document = (await server.ask('/openapi.json')).json() as unknown as Document
  ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'openapi')
})
afterAll(() => Promise.all([server.close(), vpc.close()]))

function operationOf(method: string, url: string): [id: string, operation: Operation] {
  const path = url.split('?', 1)[0] ?? ''
  for (const [template, operations] of Object.entries(document.paths)) {
    const pattern = new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`)
    const operation = operations[method.toLowerCase()]
    if (pattern.test(path) && operation !== undefined) return [operation.operationId, operation]
  }
  throw new Error(`${method} ${path} is not described`)
}

/** Asks, and holds the answer against the description. Gives the status. */
async function check(url: string, ask: Ask = {}, from = server): Promise<number> {
  const answer = await from.ask(url, ask)
  return hold(ask.method ?? 'GET', url, answer)
}

function hold(method: string, url: string, answer: Answer): number {
  const { status, headers, text } = answer
  const [id, { responses }] = operationOf(method, url)
  const key = String(status) in responses ? String(status) : 'default'
  const described = responses[key]
  if (described === undefined) throw new Error(`${id} answers ${status}, which is not described`)
  if (key === 'default') expect([id, described['x-http-status']]).toEqual([id, status])
  const type = String(headers['content-type'] ?? '').split(';', 1)[0] ?? ''
  if (described.content === undefined) expect(`${id} ${status} ${text}`).toBe(`${id} ${status} `)
  else {
    expect([id, Object.keys(described.content)]).toEqual([id, [type]])
    const place = pointerTo(method, url, key, type)
    const validate = ajv.getSchema(`openapi#${place}`)
    const isValid = validate?.(JSON.parse(text))
    expect(`${id} ${status} ${isValid === true ? '' : JSON.stringify(validate?.errors)} `).toBe(`${id} ${status}  `)
  }
  for (const [name, { required }] of Object.entries(described.headers ?? {})) {
    if (required) expect(`${id} ${status} ${name}: ${headers[name.toLowerCase()]}`).not.toContain('undefined')
  }
  expect(headers['x-ca-request-id']).toMatch(/^[0-9A-F-]{36}$/)
  seen.add(`${id} ${key}`)
  return status
}

function pointerTo(method: string, url: string, key: string, type: string): string {
  const path = url.split('?', 1)[0] ?? ''
  const template =
    Object.keys(document.paths).find((each) => new RegExp(`^${each.replace(/\{\w+\}/g, '[^/]+')}$`).test(path)) ?? ''
  const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
  return ['', 'paths', template, method.toLowerCase(), 'responses', key, 'content', type, 'schema']
    .map(escaped)
    .join('/')
}

/** Every status that the description has for the operations of a tag, but for what is left out. */
function described(tag: string): string[] {
  return Object.values(document.paths)
    .flatMap((operations) => Object.values(operations))
    .filter(({ tags }) => tags.includes(tag))
    .flatMap(({ operationId, responses }) => Object.keys(responses).map((status) => `${operationId} ${status}`))
    .sort()
}
const seenOf = (tag: string) => described(tag).filter((each) => seen.has(each))

async function whileOverloaded<T>(from: TestServer, work: () => Promise<T>): Promise<T> {
  const { lifecycle } = from.services
  lifecycle.inFlight += IN_FLIGHT_MAX
  try {
    return await work()
  } finally {
    lifecycle.inFlight -= IN_FLIGHT_MAX
  }
}

type Subject = { readonly name: string; readonly number: string }
const JSON_TYPE = { 'content-type': 'application/json' }

describe('the two old doors', () => {
  const query = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString()
  const subject = ({ name, number }: Subject) => ({ xm: name, sfz: number })

  /** One request by GET and one by POST. */
  const both = async (
    path: string,
    parameters: Record<string, string>,
    headers: Record<string, string>,
    from = server,
  ) => [
    await check(`${path}?${query(parameters)}`, { headers }, from),
    await check(
      path,
      {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: query(parameters),
      },
      from,
    ),
  ]

  async function sameOnBothDoors(
    path: string,
    send: (subject: Subject, from: TestServer, headers?: Record<string, string>) => Promise<number[]>,
  ) {
    for (const each of [MATCH, MISMATCH, NO_RECORD]) expect(await send(each, server)).toEqual([200, 200])
    expect(await send({ ...MATCH, name: '李3' }, server)).toEqual([666, 666])
    expect(await send(FAULT, server)).toEqual([666, 666])
    const key = { 'idempotency-key': `key of ${path}` }
    expect(await send(MATCH, server, key)).toEqual([200, 200])
    await send(MATCH, server, key)
    expect(await send(MATCH, server, key)).toEqual([409, 409])
    expect(await send(MISMATCH, server, key)).toEqual([422, 422])
    expect(await send(MATCH, server, { 'idempotency-key': 'k'.repeat(256) })).toEqual([400, 400])
    const change = (set: object, from = server) => from.operate('PATCH', `/applications/${from.application.appId}`, set)
    await change({ capTotal: 0 })
    expect(await send(MATCH, server)).toEqual([403, 403])
    await change({ capTotal: null })
    await change({ ratePerSecond: 1 }, vpc)
    await send(MATCH, vpc)
    expect(await send(MATCH, vpc)).toEqual([429, 429])
    await change({ ratePerSecond: null }, vpc)
    expect(await whileOverloaded(server, () => send(MATCH, server))).toEqual([503, 503])
    const long = `${path}?xm=${'x'.repeat(17_000)}`
    expect([await check(long), await check(long, { method: 'POST' })]).toEqual([414, 414])
    expect([await check(long, {}, vpc), await check(long, { method: 'POST' }, vpc)]).toEqual([413, 413])
    expect(await check(path, { method: 'POST', body: 'x'.repeat(70_000) })).toBe(413)
  }

  test('every status of the market door is what the description says', async () => {
    const code = ({ application }: TestServer) => ({ authorization: `APPCODE ${application.appCode}` })
    await sameOnBothDoors('/idcard', (each, from, headers = {}) =>
      both('/idcard', subject(each), { ...code(from), ...headers }, from),
    )
    expect(await both('/idcard', subject(MATCH), { 'x-ca-key': server.application.appKey })).toEqual([401, 401])
    expect(await both('/idcard', subject(MATCH), { authorization: 'APPCODE nobody' })).toEqual([400, 400])
    expect(seenOf('market')).toEqual(described('market'))
  })

  test('every status of the platform door is what the description says', async () => {
    const signed = ({ application }: TestServer, parameters: Record<string, string>) => {
      const claim: Record<string, string> = { ...parameters, appid: application.appId, sendtime: String(NOON) }
      const text = Object.keys(claim)
        .sort()
        .map((name) => `${name}=${claim[name]}`)
        .join('&')
      return { ...claim, sign: createHmac('sha256', application.appSecret).update(text).digest('hex') }
    }
    await sameOnBothDoors('/open/idcard', (each, from, headers = {}) =>
      both('/open/idcard', signed(from, subject(each)), headers, from),
    )
    expect(await both('/open/idcard', {}, {})).toEqual([666, 666])
    expect(seenOf('platform')).toEqual(described('platform'))
  })
})

describe('/v1', () => {
  test('every status is what the description says', async () => {
    const authorized = (headers: Record<string, string> = {}, { application } = server) => ({
      authorization: `Bearer ${application.appCode}`,
      ...JSON_TYPE,
      ...headers,
    })
    const post = (body: unknown, headers: Record<string, string> = authorized()) =>
      check('/v1/verifications', {
        method: 'POST',
        headers,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
    for (const each of [
      MATCH,
      MISMATCH,
      NO_RECORD,
      { ...MATCH, include: ['subject.sex'] },
      { ...MATCH, include: [], reference: 'r' },
    ]) {
      expect(await post(each)).toBe(200)
    }
    expect(await post('{')).toBe(400)
    expect(await post(MATCH, JSON_TYPE)).toBe(401)
    const md5 = createHash('md5').update(JSON.stringify(MATCH)).digest('base64')
    const wrong = { 'x-ca-key': server.application.appKey, 'x-ca-signature': 'AAAA', 'content-md5': md5 }
    expect(await post(MATCH, { ...JSON_TYPE, ...wrong })).toBe(401)
    for (let count = 0; count < 4; count++) await post(MATCH, authorized({ 'idempotency-key': 'k' }))
    expect(await post(MATCH, authorized({ 'idempotency-key': 'k' }))).toBe(409)
    expect(await post(MISMATCH, authorized({ 'idempotency-key': 'k' }))).toBe(422)
    expect(await post('x'.repeat(17_000))).toBe(413)
    expect(await post(MATCH, authorized({ 'content-type': 'text/plain' }))).toBe(415)
    expect(await post({ ...MATCH, number: '1' })).toBe(422)
    expect(await post(FAULT)).toBe(503)

    const reads = ['/v1/usage', '/v1/quota']
    const get = (path: string, headers = authorized()) => check(path, { headers })
    for (const path of reads) {
      expect(await get(path)).toBe(200)
      expect(await get(path, { ...JSON_TYPE, authorization: 'Bearer nobody' })).toBe(401)
      const many = Object.fromEntries(Array.from({ length: 101 }, (_, place) => [`x-${place}`, '1']))
      expect(await get(path, authorized(many))).toBe(400)
    }
    expect(await get('/v1/usage?from=2026-02-30')).toBe(400)
    const shed = await whileOverloaded(server, () => Promise.all([...reads.map((path) => get(path)), post(MATCH)]))
    expect(shed).toEqual([503, 503, 503])
    const change = (set: object) => server.operate('PATCH', `/applications/${server.application.appId}`, set)
    await change({ ratePerSecond: 1 })
    await Promise.all([post(MATCH), post(MATCH), ...reads.map((path) => get(path))])
    expect(seen).toContain('createVerification 429')
    for (const path of reads) await Promise.all([get(path), get(path)])
    await change({ ratePerSecond: null, status: 'suspended' })
    expect(await Promise.all([post(MATCH), ...reads.map((path) => get(path))])).toEqual([403, 403, 403])
    await change({ status: 'active' })
    // A fault of ours, from inside: the store refuses to read.
    const { store } = server.services
    const run = store.run
    store.run = (name, input) =>
      ['listLots', 'readUsageDays'].includes(name)
        ? Promise.reject(new Error('a defect'))
        : (run.call(store, name, input as never) as never)
    for (const path of reads) expect(await get(path)).toBe(500)
    store.run = run
    expect(seenOf('v1')).toEqual(described('v1'))
  })
})

describe('batches', () => {
  test('every answer that is no problem is what the description says, and the problems of a batch', async () => {
    const headers = { authorization: `Bearer ${server.application.appCode}`, 'content-type': 'application/json' }
    const ask = (method: string, path: string, body?: unknown) =>
      check(`/v1/batches${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const rows = { rows: [MATCH, { name: '李三', number: '1' }], purpose: '入职', legalBasis: 'consent' }
    expect(await ask('POST', '', rows)).toBe(202)
    expect(await ask('GET', '?limit=1')).toBe(200)
    const listed = (await server.ask('/v1/batches', { headers })).json() as { batches: { id: string }[] }
    const path = `/${listed.batches[0]?.id}`
    expect(await ask('POST', `${path}/inspect`, { headerRow: 1, nameColumn: 1, numberColumn: 2 })).toBe(200)
    expect(await ask('POST', `${path}/rows/2`, MATCH)).toBe(409)
    expect(await ask('POST', `${path}/start`, {})).toBe(202)
    expect((await server.ask(`/v1/batches${path}/events`, { headers })).text).toContain('event: end')
    expect(await ask('POST', `${path}/pause`)).toBe(409)
    expect(await ask('GET', path)).toBe(200)
    expect(await ask('GET', `${path}/rows?outcome=all`)).toBe(200)
    expect(await ask('POST', `${path}/rows/3`, MISMATCH)).toBe(200)
    expect(await ask('DELETE', path)).toBe(204)
    expect(await ask('GET', `${path}/rows`)).toBe(410)
    expect(await ask('GET', '/bat_00000000000000000000000000')).toBe(404)
    expect(await ask('POST', '', { ...rows, rows: [] })).toBe(400)
    const states = ['pauseBatch 200', 'resumeBatch 200', 'cancelBatch 200', 'downloadResults 200', 'watchBatch 200']
    const fine = described('batches').filter((each) => /2\d\d$/.test(each))
    // Neither a file nor a stream is JSON, and this batch is over too soon to be paused: batch-routes.test.ts has these.
    expect(fine.filter((each) => !seen.has(each) && !states.includes(each))).toEqual([])
  })
})

describe("the operator's API", () => {
  test('every answer that is no problem is what the description says', async () => {
    const { appId, accountId } = await server.newApplication()
    const operate = async (method: string, path: string, body?: unknown) => {
      const answer = await server.operate(method, path, body)
      hold(method, `/admin/v1${path}`, answer)
      return answer
    }
    const idOf = async (answer: Promise<Answer>) => String((await answer).json().id)
    const account = await idOf(operate('POST', '/accounts', { name: 'Clinic' }))
    await operate('GET', '/accounts')
    await operate('GET', `/accounts/${account}`)
    await operate('PATCH', `/accounts/${account}`, { name: 'Ward' })
    await operate('GET', `/accounts/${accountId}/lots`)
    await operate('POST', '/applications', { name: 'App', calls: 5 })
    await operate('GET', '/applications')
    await operate('GET', `/applications/${appId}`)
    await operate('PATCH', `/applications/${appId}`, { allowList: ['::1'], capDaily: 5, platformAlgorithm: 'hmac-sm3' })
    await operate('GET', `/applications/${appId}/policies`)
    await operate('PATCH', `/applications/${appId}/policies`, { consent: 'warn', freeNoRecord: true })
    await operate('GET', `/applications/${appId}/consents`)
    await operate('GET', `/applications/${appId}/lots`)
    await operate('POST', `/applications/${appId}/lots`, { calls: 5 })
    await operate('GET', `/applications/${appId}/usage`)
    const credentials = `/applications/${appId}/credentials`
    await operate('GET', credentials)
    const code = await idOf(operate('POST', credentials, { kind: 'app_code' }))
    const next = await idOf(operate('POST', `${credentials}/${code}/rotate`, {}))
    await operate('POST', `${credentials}/reveal`, { reason: 'lost' })
    await operate('POST', `${credentials}/${next}/revoke`)
    await operate('GET', '/plans')
    const plan = await idOf(operate('POST', '/plans', { label: '包月', priceFen: 1, calls: 7, validDays: null }))
    await operate('PATCH', `/plans/${plan}`, { calls: 8 })
    await operate('POST', `/accounts/${account}/subscriptions`, { planId: plan })
    const settings = { url: 'https://idcard.example.com/idcard' }
    const source = await idOf(
      operate('POST', '/sources', { name: 'far', kind: 'aliyun-market', settings, secrets: { appCode: 'x' } }),
    )
    await operate('GET', '/sources')
    await operate('PATCH', '/sources/roster', { priority: 3 })
    await operate('PATCH', '/sources/roster', { priority: null })
    await operate('GET', '/attempts?source=far&from=2026-01-01&to=2026-01-31')
    await operate('PATCH', `/sources/${source}`, { priority: 2 })
    await operate('POST', `/sources/${source}/test`, MATCH)
    await operate('DELETE', `/sources/${source}`)
    await operate('POST', '/verifications', MATCH)
    await operate('GET', '/roster')
    await operate('DELETE', '/roster/unfinished')
    await operate('GET', '/regions')
    await operate('DELETE', '/regions')
    await operate('GET', '/settings')
    await operate('PATCH', '/settings', { consent: null })
    await operate('PATCH', '/site', { hotline: '400-000-0000', orderUrls: { [plan]: 'https://shop.example.com/1' } })
    await operate('GET', '/site')
    await operate('GET', '/audit-log?limit=50')
    const fine = described('admin').filter((each) => /2\d\d$/.test(each))
    // These stream what they read or send; what uses them is tested with real files.
    const streamed = ['readEdition 200', 'replaceRegions 200', 'replaceRoster 200']
    expect(fine.filter((each) => !seen.has(each))).toEqual(streamed)
  })

  test('its problems are what the description says', async () => {
    const operate = async (method: string, path: string, body?: unknown) =>
      hold(method, `/admin/v1${path}`, await server.operate(method, path, body))
    expect(await check('/admin/v1/accounts')).toBe(401)
    expect(await operate('GET', '/accounts/none')).toBe(404)
    expect(await operate('GET', '/applications/none/credentials')).toBe(404)
    expect(await operate('POST', '/accounts', { nome: 1 })).toBe(400)
    expect(await operate('POST', '/sources', { name: 'x', kind: 'x', settings: {} })).toBe(422)
    expect(await operate('POST', '/verifications', { name: '', number: '' })).toBe(422)
    expect(await operate('POST', '/verifications', FAULT)).toBe(503)
  })
})

describe('the description', () => {
  test('is OpenAPI 3.1, and leaves out no route but the pages', async () => {
    expect(document.openapi).toBe('3.1.0')
    const paths = new Set(
      Object.entries(document.paths).flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
      ),
    )
    const left = server.app.routes.filter(({ method, url }) => method !== 'OPTIONS' && !paths.has(`${method} ${url}`))
    const pages = ['/', '/debug', '/docs', '/docs/*', '/for-colleagues', '/reference', '/workbench', '/workbench/*']
    // Files of the pages are there where these were built.
    const urls = left.map(({ url }) => url).filter((url) => !['/assets/*', '/llms.txt'].includes(url))
    expect(urls.sort()).toEqual([...pages, '/openapi.json', '/problems', '/site.json'].sort())
    expect([await check('/healthz'), await check('/readyz')]).toEqual([200, 200])
    server.services.lifecycle.isDraining = true
    expect(await check('/readyz')).toBe(503)
    server.services.lifecycle.isDraining = false
  })

  test('has each name once: operations, schemas, and the places that refer to them', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? '')
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)
    expect(refs.filter((ref) => !known.includes(ref))).toEqual([])
  })

  test('refers to a catalogue that people can read, here and in docs/problems.md', async () => {
    const page = (await server.ask('/problems')).text
    for (const [code, { en }] of Object.entries(HTTP_PROBLEMS)) {
      expect(page).toContain(`id="${code}"`)
      expect(problemsMarkdown(HTTP_PROBLEMS)).toContain(en)
    }
    const file = new URL('../../../../docs/problems.md', import.meta.url)
    expect(readFileSync(file, 'utf8')).toBe(problemsMarkdown(HTTP_PROBLEMS))
  })
})
