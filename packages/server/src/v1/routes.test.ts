import { createHash, createHmac } from 'node:crypto'
import { HTTP_PROBLEMS } from '@heyan/contract'
import { sandbox } from '@heyan/sources'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, FAULT, MATCH, MISMATCH, NO_RECORD, NOON, TestServer } from '../testing/server.js'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ calls: 1_000 })
})
afterAll(() => server.close())

interface Options {
  readonly appCode?: string
  readonly headers?: Record<string, string>
}
const post = (body: unknown, { appCode = server.application.appCode, headers = {} }: Options = {}): Promise<Answer> =>
  server.ask('/v1/verifications', {
    method: 'POST',
    headers: { authorization: `Bearer ${appCode}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const get = (path: string, appCode = server.application.appCode) =>
  server.ask(path, { headers: { authorization: `Bearer ${appCode}` } })
const codeOf = async (answer: Promise<Answer> | Answer) => {
  const { status, headers, json } = await answer
  const problem = json()
  expect(headers['content-type']).toBe('application/problem+json')
  expect(problem).toMatchObject({ status, type: `/problems#${problem.code}` })
  expect(HTTP_PROBLEMS).toHaveProperty(String(problem.code))
  return `${status} ${problem.code}${problem.pointer === undefined ? '' : ` ${problem.pointer}`}`
}

describe('a verification of /v1', () => {
  test('ends in a verdict, masked as the application has it', async () => {
    const answer = await post(MATCH)
    expect(answer.status).toBe(200)
    expect(answer.json()).toEqual({
      id: answer.headers['x-ca-request-id'],
      verdict: 'match',
      charged: true,
      subject: {
        name: '李**',
        number: '4405*****14',
        birthday: '18**-**-01',
        sex: 'male',
        region: { province: '广东省', prefecture: '汕头市', county: '**县', exact: expect.any(Boolean) },
      },
      warnings: expect.any(Array),
      advice: ['姓名与身份证号码一致，无需处理。'],
      elapsedMs: expect.any(Number),
      createdAt: new Date(NOON).toISOString(),
    })
    expect((await post(MISMATCH)).json()).toMatchObject({ verdict: 'mismatch', charged: true })
    expect((await post(NO_RECORD)).json()).toMatchObject({ verdict: 'no_record', charged: true })
  })

  test('shows a person in full where the application is switched to it', async () => {
    const { appCode } = await server.newApplication({ fields: 'full' })
    expect((await post(MATCH, { appCode })).json()).toMatchObject({
      subject: { name: '李三', number: MATCH.number, birthday: '1880-01-01', region: { county: '潮阳县' } },
    })
  })

  test('include takes fields away, and never shows more', async () => {
    const bare = ['charged', 'createdAt', 'elapsedMs', 'id', 'verdict']
    const keys = async (include: string[]) => Object.keys((await post({ ...MATCH, include })).json()).sort()
    expect(await keys([])).toEqual(bare)
    expect(await keys(['advice'])).toEqual(['advice', ...bare])
    const { subject } = (await post({ ...MATCH, include: ['subject.sex', 'subject.name'] })).json()
    expect(subject).toEqual({ name: '李**', sex: 'male' })
    expect(await codeOf(post({ ...MATCH, include: ['secret'] }))).toBe('400 field_invalid /include/0')
  })

  test('the caller’s own reference comes back, and advice speaks English to who asks for it', async () => {
    const answer = await post({ ...MATCH, reference: 'order-1' }, { headers: { 'accept-language': 'en-GB' } })
    expect(answer.json()).toMatchObject({ reference: 'order-1', advice: [expect.stringContaining('belong together')] })
  })

  test('what is wrong with the name or the number is a 422 of its code, and free', async () => {
    const before = await server.usage()
    const cases: [body: object, code: string][] = [
      [{ number: MATCH.number }, 'name_missing /name'],
      [{ name: MATCH.name }, 'number_missing /number'],
      [{ ...MATCH, name: ' ' }, 'name_missing /name'],
      [{ ...MATCH, name: '李'.repeat(51) }, 'name_too_long /name'],
      [{ ...MATCH, number: '1'.repeat(19) }, 'number_too_long /number'],
      [{ ...MATCH, name: '李3' }, 'name_invalid /name'],
      [{ ...MATCH, number: '110105194912310021' }, 'number_invalid /number'],
    ]
    for (const [body, code] of cases) expect(await codeOf(post(body))).toBe(`422 ${code}`)
    const after = await server.usage()
    expect([after.charged - before.charged, after.free - before.free]).toEqual([0, cases.length])
  })

  test('a body is refused by the place of what is wrong with it', async () => {
    const { name, number } = MATCH
    const cases: [body: string, code: string][] = [
      ['{', 'body_malformed'],
      [`{"name":"${name}","number":"${number}","x":1}`, 'field_unknown /x'],
      [`{"name":"${name}","number":"${number}","a/b":1}`, 'field_unknown /a~1b'],
      [`{"name":"${name}","number":"${number}","__proto__":{}}`, 'field_unknown /__proto__'],
      [`{"name":"${name}","name":"${name}"}`, 'field_duplicate /name'],
      [`{"include":${'['.repeat(9)}${']'.repeat(9)}}`, `body_too_deep /include${'/0'.repeat(7)}`],
      [`{"name":1,"number":"${number}"}`, 'field_invalid /name'],
      ['[]', 'field_invalid'],
      [`{"name":"${name}","number":"${number}","reference":""}`, 'field_invalid /reference'],
    ]
    for (const [body, code] of cases) expect((await codeOf(post(body))).trim()).toBe(`400 ${code}`)
    expect(await codeOf(post('x'.repeat(17_000)))).toBe('413 body_too_large')
    expect(await codeOf(post(MATCH, { headers: { 'content-type': 'text/plain' } }))).toBe('415 media_type_wrong')
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  test('a source that cannot answer is a 503, and free', async () => {
    const before = await server.usage()
    expect(await codeOf(post(FAULT))).toBe('503 source_unavailable')
    expect((await server.usage()).used).toBe(before.used)
  })

  test('a repeated request is asked afresh and not charged, three times within ten minutes', async () => {
    const key = { headers: { 'idempotency-key': 'order-7' } }
    const before = await server.usage()
    const first = await post(MATCH, key)
    for (const body of [MATCH, { number: MATCH.number, name: MATCH.name }, MATCH]) {
      expect((await post(body, key)).json()).toMatchObject({ verdict: 'match', charged: false })
    }
    const limited = await post(MATCH, key)
    expect(await codeOf(limited)).toBe('409 replay_limit')
    expect(limited.json().callId).toBe(first.json().id)
    expect(await codeOf(post(MISMATCH, key))).toBe('422 repeat_differs')
    expect(await codeOf(post(MATCH, { headers: { 'idempotency-key': 'k'.repeat(256) } }))).toBe(
      '400 idempotency_key_invalid',
    )
    expect((await server.usage()).charged - before.charged).toBe(1)
  })

  test('consent is not looked at, warned about, or needed, as the policy says', async () => {
    const { appId, appCode } = await server.newApplication()
    const set = (consent: string | null) =>
      server.services.store.run('changePolicies', {
        actor: 'operator',
        appId,
        set: { consent: consent as 'warn' | 'require' | null },
      })
    const warnings = async (body: object) => (await post(body, { appCode })).json().warnings as string[]
    expect(await warnings(MATCH)).not.toContain('consent_missing')
    await set('warn')
    expect(await warnings(MATCH)).toContain('consent_missing')
    expect(await warnings({ ...MATCH, consent: 'c-1' })).not.toContain('consent_missing')
    await set('require')
    expect(await codeOf(post(MATCH, { appCode }))).toBe('422 consent_missing /consent')
    expect((await post({ ...MATCH, consent: 'c-1' }, { appCode })).status).toBe(200)
    expect((await server.usage(appId)).charged).toBe(4)
    const { consents } = (await server.operate('GET', `/applications/${appId}/consents`)).json()
    expect(consents).toEqual([
      { callId: expect.any(String), reference: 'c-1', at: NOON },
      { callId: expect.any(String), reference: 'c-1', at: NOON },
    ])
  })
})

describe('who calls /v1', () => {
  test('says so by Bearer and an AppCode', async () => {
    const ask = (authorization?: string) =>
      server.ask('/v1/quota', { headers: authorization === undefined ? {} : { authorization } })
    expect(await codeOf(ask())).toBe('401 credential_missing')
    expect(await codeOf(ask(`APPCODE ${server.application.appCode}`))).toBe('401 credential_missing')
    expect(await codeOf(ask('Bearer nobody'))).toBe('401 credential_unknown')
    expect((await ask('Bearer nobody')).headers['www-authenticate']).toMatch(/^Bearer/)
    expect((await ask(`bearer  ${server.application.appCode}`)).status).toBe(200)
  })

  test('or by a signature, whose nonce is good for one request whatever its answer', async () => {
    const sign = (body: string, nonce: string, secret = server.application.appSecret, timestamp = NOON) => {
      const md5 = createHash('md5').update(body).digest('base64')
      const listed = `X-Ca-Key:${server.application.appKey}\nX-Ca-Nonce:${nonce}\n`
      const text = `POST\n\n${md5}\napplication/json\n\n${listed}/v1/verifications`
      return {
        'content-type': 'application/json',
        'content-md5': md5,
        'x-ca-key': server.application.appKey,
        'x-ca-nonce': nonce,
        'x-ca-timestamp': String(timestamp),
        'x-ca-signature-headers': 'X-Ca-Key,X-Ca-Nonce',
        'x-ca-signature': createHmac('sha256', secret).update(text).digest('base64'),
      }
    }
    const ask = (body: string, headers: Record<string, string>) =>
      server.ask('/v1/verifications', { method: 'POST', headers, body })
    const body = JSON.stringify(MATCH)
    expect((await ask(body, sign(body, 'n-1'))).status).toBe(200)
    expect(await codeOf(ask(body, sign(body, 'n-1')))).toBe('409 nonce_used')
    expect(await codeOf(ask('{', sign('{', 'n-2')))).toBe('400 body_malformed')
    expect(await codeOf(ask('{', sign('{', 'n-2')))).toBe('409 nonce_used')
    expect(await codeOf(ask(body, sign('{}', 'n-3')))).toBe('400 content_md5_wrong')
    expect(await codeOf(ask(body, sign(body, 'n-4', 'other')))).toBe('401 signature_wrong')
    expect((await ask(body, sign(body, 'n-4', 'other'))).json().stringToSign).toContain('#/v1/verifications')
    expect(await codeOf(ask(body, sign(body, 'n-5', undefined, NOON - 900_001)))).toBe('401 timestamp_expired')
  })

  test('is refused when suspended, from elsewhere, too fast, or with nothing left', async () => {
    const { appId, appCode } = await server.newApplication({ calls: 1 })
    const change = (set: object) => server.operate('PATCH', `/applications/${appId}`, set)
    await change({ ratePerSecond: 1 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(MATCH, { appCode })))
    const slow = answers.find(({ status }) => status === 429)
    expect(slow?.headers['retry-after']).toBe('1')
    expect(slow?.json().code).toBe('throttled')
    await change({ ratePerSecond: null })
    expect(await codeOf(post(MATCH, { appCode }))).toBe('403 quota_exhausted')
    expect((await get('/v1/quota', appCode)).json()).toMatchObject({
      granted: 1,
      used: 1,
      remaining: 0,
      subscriptions: [],
    })
    await change({ allowList: ['203.0.113.7'] })
    expect(await codeOf(get('/v1/quota', appCode))).toBe('403 address_not_allowed')
    await change({ status: 'suspended' })
    expect(await codeOf(post(MATCH, { appCode }))).toBe('403 suspended')
  })
})

describe('what is left, and what was used', () => {
  test('RateLimit and RateLimit-Policy tell of the quota, the cap and the rate', async () => {
    const { appId, appCode } = await server.newApplication({ calls: 10 })
    await server.operate('PATCH', `/applications/${appId}`, { ratePerSecond: 50, capDaily: 4 })
    const { headers } = await post(MATCH, { appCode })
    expect(headers['ratelimit-policy']).toBe('"quota";q=10, "cap";q=4;w=86400, "rate";q=50;w=1')
    expect(headers.ratelimit).toBe('"quota";r=9, "cap";r=3, "rate";r=49;t=1')
    expect((await post('{', { appCode })).headers.ratelimit).toContain('"quota";r=9')
    expect((await server.ask('/v1/quota')).headers.ratelimit).toBeUndefined()
  })

  test('the quota is told by subscription, the one that is used first first', async () => {
    const { appId, appCode } = await server.newApplication({ calls: 10, validDays: 90 })
    await server.operate('POST', `/applications/${appId}/lots`, { calls: 5, days: 30, freeNoRecord: true })
    await post(MATCH, { appCode })
    expect((await get('/v1/quota', appCode)).json()).toMatchObject({
      applicationId: appId,
      granted: 15,
      used: 1,
      remaining: 14,
      subscriptions: [
        { granted: 5, remaining: 4, freeNoRecord: true },
        { granted: 10, remaining: 10, expiresAt: new Date(NOON + 90 * 86_400_000).toISOString() },
      ],
      application: { capTotal: null, remaining: null },
    })
  })

  test('usage is told by day, with problems by their code', async () => {
    const { appId, appCode } = await server.newApplication()
    await post(MATCH, { appCode })
    await post({ ...MATCH, name: '李3' }, { appCode })
    expect((await get('/v1/usage', appCode)).json()).toEqual({
      applicationId: appId,
      from: '2025-12-17',
      to: '2026-01-15',
      charged: 1,
      free: 1,
      days: [{ date: '2026-01-15', charged: 1, free: 1, problems: { name_invalid: 1 } }],
    })
    expect((await get('/v1/usage?from=2026-01-16&to=2026-01-17', appCode)).json()).toMatchObject({ days: [] })
    for (const query of ['from=2026-02-30', 'from=2026-01-16', 'from=2020-01-01', 'to=x', 'x=1']) {
      expect((await get(`/v1/usage?${query}`, appCode)).status).toBe(400)
    }
  })

  test('there is nothing else below /v1', async () => {
    expect(await codeOf(get('/v1/nothing'))).toBe('404 path_unknown')
    expect(await codeOf(get('/v1/verifications'))).toBe('404 path_unknown')
  })
})

test('a fault of ours is a free 503, and its log line tells of nobody', async () => {
  const broken = await TestServer.start({
    source: {
      ...sandbox(),
      name: 'broken',
      ask: () => {
        throw new Error('a defect')
      },
    },
  })
  try {
    const answer = await broken.ask('/v1/verifications', {
      method: 'POST',
      headers: { authorization: `Bearer ${broken.application.appCode}`, 'content-type': 'application/json' },
      body: JSON.stringify(MATCH),
    })
    expect(await codeOf(answer)).toBe('503 source_unavailable')
    expect(await broken.usage()).toMatchObject({ charged: 0, used: 0, reserved: 0 })
    expect(broken.lines.join('')).toContain('a defect')
    expect(broken.lines.join('')).not.toContain(MATCH.number)
  } finally {
    await broken.close()
  }
})
