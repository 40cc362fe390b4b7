import { readdirSync, readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { PROBLEM_TEXTS } from '@heyan/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  type FakeSupplier,
  SUPPLIER_APP_CODE,
  SUPPLIER_CA,
  startFakeSupplier,
} from '../../sources/src/testing/fake-supplier.js'
import { TestServer } from './testing/server.js'

const LI_SAN = { name: '李三', number: '11010519491231002X' } as const
/** 䶮 has a second spelling, 龑, which older records use. */
const CHEN_YAN = { name: '陈䶮', number: '440524188001010014', recordedAs: '陈龑' } as const
const COST_CENTIFEN = 330

let server: TestServer
let first: FakeSupplier
let second: FakeSupplier
beforeAll(async () => {
  ;[server, first, second] = await Promise.all([
    TestServer.start({ source: null, arePrivateSourcesAllowed: true, calls: 1_000 }),
    startFakeSupplier(),
    startFakeSupplier(),
  ])
  for (const { record } of [first, second]) {
    record.set(LI_SAN.number, LI_SAN.name)
    record.set(CHEN_YAN.number, CHEN_YAN.recordedAs)
  }
})
afterEach(async () => {
  first.behave(null)
  second.behave(null)
  for (const { id } of (await listed()).sources) await server.operate('DELETE', `/sources/${id}`)
  await server.operate('PATCH', '/sources/roster', { priority: null })
})
afterAll(() => Promise.all([server.close(), first.close(), second.close()]))

interface Row {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly sinceStart: { attempts: number; classes: Record<string, number>; costCentifen: number; alert: object | null }
}
const listed = async () =>
  (await server.operate('GET', '/sources')).json() as unknown as { sources: Row[]; roster: { isAsked: boolean } }
const called = async (name: string) => (await listed()).sources.find((source) => source.name === name)

/** Each test's sources have names of their own: attempts are kept by name. */
async function enable(name: string, { url, origin }: FakeSupplier, terms: object = {}): Promise<string> {
  const added = await server.operate('POST', '/sources', {
    name,
    kind: 'aliyun-market',
    settings: { url, ca: SUPPLIER_CA, ports: [Number(new URL(origin).port)] },
    secrets: { appCode: SUPPLIER_APP_CODE },
    costCentifen: COST_CENTIFEN,
    ...terms,
  })
  expect(added.text).toContain(`"name":"${name}"`)
  const { id } = added.json() as { id: string }
  expect((await server.operate('PATCH', `/sources/${id}`, { status: 'enabled' })).status).toBe(200)
  return id
}

function ask({ name, number }: { name: string; number: string } = LI_SAN) {
  return server.ask(`/idcard?xm=${encodeURIComponent(name)}&sfz=${number}`, {
    headers: { authorization: `APPCODE ${server.application.appCode}` },
  })
}

async function chargedBy<T>(work: () => Promise<T>): Promise<{ answer: T; charged: number }> {
  const before = (await server.usage()).used
  const answer = await work()
  return { answer, charged: (await server.usage()).used - before }
}

async function attempts(source: string) {
  const kept = await server.operate('GET', `/attempts?source=${source}&from=2026-01-01&to=2026-01-31`)
  return kept.json().attempts as { outcome: string; ordinal: number; costCentifen: number; reference: string | null }[]
}

describe('sources on the route', () => {
  test('one that is down costs its callers nothing: the next answers, charged once, and both attempts are kept', async () => {
    await enable('down', first)
    await enable('up', second, { priority: 2 })
    first.behave('status_500')
    const { answer, charged } = await chargedBy(() => ask())
    expect([answer.status, charged]).toEqual([200, 1])
    expect(answer.text).toContain('实名信息正确')
    expect(await attempts('down')).toMatchObject([{ outcome: 'upstream_fault', ordinal: 1, costCentifen: 0 }])
    const reference = second.references().at(-1)
    expect(await attempts('up')).toMatchObject([{ outcome: 'verdict', ordinal: 2, costCentifen: 330, reference }])
    expect((await called('up'))?.sinceStart).toMatchObject({ attempts: 1, classes: { verdict: 1 }, costCentifen: 330 })
  })

  test('a verdict is final: a mismatch and a no-record go to no other source', async () => {
    await enable('sure', first)
    await enable('unasked', second, { priority: 2 })
    const asked = second.asked()
    const { charged } = await chargedBy(async () => {
      expect((await ask({ ...LI_SAN, name: '李四' })).text).toContain('不匹配')
      expect((await ask({ ...LI_SAN, number: '110105188507072012' })).text).toContain('查无记录')
    })
    expect([charged, second.asked() - asked]).toEqual([2, 0])
  })

  test('with all of them dead the answer is 666, in the words of the contract, and free', async () => {
    await enable('dead-a', first)
    await enable('dead-b', second)
    first.behave('early_close')
    second.behave('html_with_200')
    const { answer, charged } = await chargedBy(() => ask())
    expect([answer.status, charged]).toEqual([666, 0])
    expect(answer.json()).toMatchObject({ ok: 0, msg: PROBLEM_TEXTS.source_unavailable })
    expect(PROBLEM_TEXTS.source_unavailable).toBe('核验服务暂不可用，请稍后重试')
    const kept = [...(await attempts('dead-a')), ...(await attempts('dead-b'))]
    expect(kept.map(({ costCentifen }) => costCentifen)).toEqual([0, 0])
  })

  test('a second question is charged once to the caller, and what it cost us can be seen', async () => {
    await enable('twice', first, { secondQuestion: 'on_mismatch' })
    const { answer, charged } = await chargedBy(() => ask(CHEN_YAN))
    expect([answer.status, charged]).toEqual([200, 1])
    expect(answer.text).toContain('实名信息正确')
    expect((await attempts('twice')).map(({ outcome, costCentifen }) => [outcome, costCentifen])).toEqual([
      ['verdict', 330],
      ['verdict', 330],
    ])
    expect((await called('twice'))?.sinceStart.costCentifen).toBe(660)
  })

  test('a supplier whose calls are used up is told about, rests at once, and the next one answers', async () => {
    await enable('used-up', first)
    await enable('spare', second, { priority: 2 })
    first.behave((_request, response: ServerResponse) =>
      response.writeHead(403, { 'x-ca-error-message': 'Quota Exhausted' }).end(),
    )
    const asked = first.asked()
    const { charged } = await chargedBy(async () => {
      expect((await ask()).status).toBe(200)
      expect((await ask()).status).toBe(200)
    })
    expect([charged, first.asked() - asked]).toEqual([2, 1])
    expect(await called('used-up')).toMatchObject({
      state: 'resting',
      sinceStart: { alert: { reason: 'exhausted' } },
    })
    await server.services.outbox.deliverDue()
    expect(server.lines.join('')).toContain('"kind":"source.alert"')
  })

  test('a breaker rests a source after five failures, and a change of another one leaves it at rest', async () => {
    await enable('sick', first)
    const other = await enable('well', second, { priority: 2 })
    first.behave('status_503')
    const asked = first.asked()
    for (let call = 0; call < 8; call++) expect((await ask()).status).toBe(200)
    expect(first.asked() - asked).toBe(5)
    await server.operate('PATCH', `/sources/${other}`, { costCentifen: 1 })
    expect((await called('sick'))?.state).toBe('resting')
    expect((await ask()).status).toBe(200)
    expect(first.asked() - asked).toBe(5)
  })

  test('a call under way ends with the source it began with, whatever changes meanwhile', async () => {
    const id = await enable('leaving', first)
    let answerNow = () => {}
    const arrived = new Promise<void>((resolve) => {
      first.behave((_request, response) => {
        answerNow = () =>
          response
            .writeHead(200, { 'content-type': 'application/json' })
            .end('{"ok":1,"msg":"实名信息正确","sfz":"1101*****2X","match":true}')
        resolve()
      })
    })
    const { answer, charged } = await chargedBy(async () => {
      const answered = ask()
      await arrived
      expect((await server.operate('DELETE', `/sources/${id}`)).status).toBe(204)
      answerNow()
      return answered
    })
    expect([answer.status, charged]).toEqual([200, 1])
  })

  test('a new secret is taken up without a restart', async () => {
    const id = await enable('rotated', first, { secrets: { appCode: 'not-the-one' } })
    expect((await ask()).status).toBe(666)
    await server.operate('PATCH', `/sources/${id}`, { secrets: { appCode: SUPPLIER_APP_CODE } })
    expect((await ask()).status).toBe(200)
  })
})

describe('the roster', () => {
  test('is asked itself, with nothing in between, where no source is enabled', async () => {
    expect(server.services.source).toBe(server.services.roster.source)
    expect((await listed()).roster.isAsked).toBe(true)
    await enable('far', first)
    expect(server.services.source.isLocal).toBe(false)
    expect((await listed()).roster.isAsked).toBe(false)
  })

  test('is asked among the sources where it was given a place', async () => {
    await server.services.roster.import([Buffer.from(`姓名,身份证号码\n${LI_SAN.name},${LI_SAN.number}\n`)])
    await enable('behind', first, { priority: 5 })
    expect((await server.operate('PATCH', '/sources/roster', { priority: 2 })).status).toBe(200)
    const asked = first.asked()
    const { answer, charged } = await chargedBy(() => ask())
    expect([answer.status, charged, first.asked() - asked]).toEqual([200, 1, 0])
    expect(await attempts('roster')).toMatchObject([{ outcome: 'verdict', costCentifen: 0 }])
  })
})

describe('what an operator describes', () => {
  test('is refused by the name of the field, and without what stands in it', async () => {
    const wrong = (more: object) =>
      server.operate('POST', '/sources', {
        name: 'wrong',
        kind: 'http',
        settings: {},
        secrets: { key: 'k-1' },
        ...more,
      })
    const detail = async (more: object) => (await wrong(more)).json().detail
    expect(await detail({})).toMatch(/^source\.url/)
    expect(await detail({ kind: 'none' })).toMatch(/^source\.kind: expected one of aliyun-market, http/)
    expect(await detail({ name: 'roster' })).toMatch(/^source\.name/)
    const settings = { url: 'https://vendor.example', method: 'GET', query: { k: '{secret.other}' } }
    const answer = { path: 'code', verdicts: { '1': 'match' } }
    expect(await detail({ settings: { ...settings, answer } })).toMatch(/\{secret\.other\}/)
    expect(await detail({ settings: { ...settings, answer: { path: 'code', verdicts: { '1': 'yes' } } } })).toMatch(
      /^source\.answer\.verdicts\.1/,
    )
    expect((await wrong({ settings: { url: 'https://u:k-1@vendor.example' } })).text).not.toContain('k-1')
  })

  test('is tested without a charge: about an invented person, or about whom the operator names', async () => {
    const id = await enable('tried', first)
    const { charged } = await chargedBy(async () => {
      const about = async (subject: object) => (await server.operate('POST', `/sources/${id}/test`, subject)).json()
      expect(await about({})).toMatchObject({ verdict: 'no_record', reason: null })
      expect(await about(LI_SAN)).toMatchObject({ verdict: 'match', reference: first.references().at(-1) })
      first.behave('status_429')
      expect(await about(LI_SAN)).toMatchObject({ verdict: null, reason: 'throttled' })
    })
    expect(charged).toBe(0)
    expect(await attempts('tried')).toEqual([])
  })
})

test('neither the log nor any file tells of a person or of a secret', async () => {
  const directory = server.services.config.dataDir
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const texts = [
    server.lines.join('\n'),
    ...files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)).toString('latin1')),
  ]
  // What is no secret is found: the files are really read.
  expect(texts.some((text) => text.includes('A hospital'))).toBe(true)
  const telling = [LI_SAN, CHEN_YAN].flatMap(({ name, number }) => [
    name,
    encodeURIComponent(name),
    Buffer.from(name).toString('latin1'),
    number,
  ])
  for (const word of [...telling, SUPPLIER_APP_CODE, CHEN_YAN.recordedAs])
    expect(texts.filter((text) => text.includes(word))).toEqual([])
})
