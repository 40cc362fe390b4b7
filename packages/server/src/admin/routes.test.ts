import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, MATCH, NOON, TestServer } from '../testing/server.js'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server.close())

const codeOf = (answer: Answer) => `${answer.status} ${answer.json().code}`
const verify = (appCode: string) =>
  server.ask(`/idcard?xm=${encodeURIComponent(MATCH.name)}&sfz=${MATCH.number}`, {
    headers: { authorization: `APPCODE ${appCode}` },
  })

describe('accounts', () => {
  test('are made, named, listed and suspended; a suspended one’s applications are not served', async () => {
    server.clock.now++
    const { id } = (await server.operate('POST', '/accounts', { name: 'Clinic' })).json()
    const created = (await server.operate('POST', '/applications', { name: 'App', accountId: id, calls: 3 })).json()
    expect((await verify(String(created.appCode))).status).toBe(200)
    expect((await server.operate('PATCH', `/accounts/${id}`, { status: 'suspended', name: 'Ward' })).json()).toEqual({
      id,
      name: 'Ward',
      status: 'suspended',
      createdAt: NOON + 1,
    })
    expect((await verify(String(created.appCode))).status).toBe(403)
    const listed = (await server.operate('GET', '/accounts?limit=1')).json().accounts as { id: string }[]
    expect(listed).toHaveLength(1)
    const next = (await server.operate('GET', `/accounts?after=${listed[0]?.id}`)).json().accounts as { id: string }[]
    expect(next.map((account) => account.id)).toContain(id)
    expect(codeOf(await server.operate('GET', '/accounts/acc_none'))).toBe('404 account_unknown')
    expect(codeOf(await server.operate('POST', '/applications', { name: 'x', accountId: 'acc_none' }))).toBe(
      '404 account_unknown',
    )
  })
})

describe('credentials', () => {
  test('are added, rotated and revoked; at once nobody is known by a revoked one', async () => {
    const { appId, appCode } = await server.newApplication({ calls: 100 })
    const path = `/applications/${appId}/credentials`
    const list = async () =>
      (await server.operate('GET', path)).json().credentials as { id: string; kind: string; status: string }[]
    const [code] = (await list()).filter(({ kind }) => kind === 'app_code')
    const kept = (await server.operate('POST', `${path}/${code?.id}/rotate`, { keepOld: true })).json()
    expect([(await verify(appCode)).status, (await verify(String(kept.secret))).status]).toEqual([200, 200])
    const next = (await server.operate('POST', `${path}/${kept.id}/rotate`, {})).json()
    expect([(await verify(String(kept.secret))).status, (await verify(String(next.secret))).status]).toEqual([400, 200])
    const revoked = await server.operate('POST', `${path}/${code?.id}/revoke`)
    expect(revoked.json()).toMatchObject({ status: 'revoked', revokedAt: expect.any(Number) })
    expect((await verify(appCode)).headers['x-ca-error-message']).toBe('Invalid AppCode `not exists`')
    server.clock.now++
    const pair = (await server.operate('POST', path, { kind: 'app_key' })).json()
    expect(pair).toMatchObject({ appKey: expect.stringMatching(/^\d{12}$/), secret: expect.stringMatching(/^hyas/) })
    expect((await server.operate('POST', `${path}/reveal`, { reason: 'lost' })).json()).toEqual({
      appCode: next.secret,
      appKey: pair.appKey,
      appSecret: pair.secret,
    })
    expect(codeOf(await server.operate('POST', `${path}/cred_none/revoke`))).toBe('404 credential_absent')
    expect(codeOf(await server.operate('POST', `${path}/${code?.id}/rotate`, {}))).toBe('404 credential_absent')
    expect(JSON.stringify(await list())).not.toContain('hya')
  })
})

describe('plans', () => {
  test('begin as the default catalogue, and are sold by their terms', async () => {
    const plans = (await server.operate('GET', '/plans')).json().plans as Record<string, unknown>[]
    expect(plans.map(({ label, priceFen, calls, validDays }) => [label, priceFen, calls, validDays])).toEqual([
      ['免费试用', 0, 20, 365],
      ['2元尝鲜', 200, 50, 365],
      ['100元2500次-4分/次', 10_000, 2_500, 365],
      ['720元20000次-3.6分/次', 72_000, 20_000, 365],
      ['3300元100000次-3.3分/次', 330_000, 100_000, 365],
    ])
    const { id: accountId } = (await server.operate('POST', '/accounts', { name: 'Clinic' })).json()
    const path = `/accounts/${accountId}/subscriptions`
    const [trial, taste] = plans.map(({ id }) => id)
    const bought = await server.operate('POST', path, { planId: trial })
    expect([bought.status, bought.json().calls]).toEqual([201, 20])
    expect(codeOf(await server.operate('POST', path, { planId: trial }))).toBe('409 plan_taken')
    server.clock.now++
    expect((await server.operate('POST', path, { planId: taste, orderRef: 'o-1' })).status).toBe(201)
    expect(codeOf(await server.operate('POST', path, { planId: taste, orderRef: 'o-1' }))).toBe('409 order_filled')
    await server.operate('PATCH', `/plans/${taste}`, { status: 'withdrawn' })
    expect(codeOf(await server.operate('POST', path, { planId: taste }))).toBe('409 plan_withdrawn')
    expect(codeOf(await server.operate('POST', path, { planId: 'plan_none' }))).toBe('404 plan_unknown')
    const lots = (await server.operate('GET', `/accounts/${accountId}/lots`)).json().lots as Record<string, unknown>[]
    expect(lots.map(({ planId, granted }) => [planId, granted])).toEqual([
      [trial, 20],
      [taste, 50],
    ])
    const made = await server.operate('POST', '/plans', {
      label: '包月',
      priceFen: 1,
      calls: 7,
      validDays: 30,
      freeNoRecord: true,
    })
    expect(made.json()).toMatchObject({ status: 'on_sale', oncePerAccount: false, freeNoRecord: true })
  })
})

describe('sources', () => {
  let vendor: Server
  let url: string
  let asked = 0
  beforeAll(async () => {
    vendor = createServer((_request, response) => {
      asked++
      response.setHeader('content-type', 'application/json')
      response.end(
        '{"ok":1,"msg":"实名信息正确","xm":"李**","sfz":"4405*****14","match":true,"birthday":"18****01","sex":"男","address":"广东省汕头市**县"}',
      )
    })
    await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}/check`
  })
  afterAll(() => vendor.close())

  test('are described, tested, enabled and forgotten; their secrets never come back', async () => {
    const invalid = await server.operate('POST', '/sources', { name: 'bad', kind: 'nothing', settings: {} })
    expect(codeOf(invalid)).toBe('422 source_invalid')
    const privateOne = await server.operate('POST', '/sources', {
      name: 'near',
      kind: 'aliyun-market',
      settings: { url: 'https://127.0.0.1/idcard' },
      secrets: { appCode: 'x' },
    })
    expect(privateOne.json().detail).toMatch(/public address/)
    const far = {
      name: 'far',
      kind: 'aliyun-market',
      settings: { url: 'https://idcard.example.com/idcard' },
      secrets: { appCode: 'not-to-be-seen' },
      costCentifen: 330,
    }
    const added = await server.operate('POST', '/sources', far)
    expect(added.json()).toMatchObject({ status: 'disabled', secretNames: ['appCode'], costCentifen: 330, priority: 1 })
    expect(codeOf(await server.operate('POST', '/sources', far))).toBe('409 source_exists')
    const { id } = added.json()
    expect((await server.operate('PATCH', `/sources/${id}`, { status: 'enabled' })).json()).toMatchObject({
      status: 'enabled',
    })
    expect(server.services.sources.current.isLocal).toBe(false)
    expect((await server.operate('PATCH', `/sources/${id}`, { status: 'disabled' })).status).toBe(200)
    expect(server.services.sources.current.isLocal).toBe(true)
    const everything = (await server.operate('GET', '/sources')).text + (await server.operate('GET', '/audit-log')).text
    expect(everything).not.toContain('not-to-be-seen')
    expect((await server.operate('DELETE', `/sources/${id}`)).status).toBe(204)
    expect(codeOf(await server.operate('DELETE', `/sources/${id}`))).toBe('404 source_unknown')
  })

  test('answer for live applications as soon as they are enabled', async () => {
    const near = await TestServer.start({ source: null, arePrivateSourcesAllowed: true })
    try {
      const settings = { url: url.replace('/check', '/idcard'), allowHttp: true, ports: [Number(new URL(url).port)] }
      const added = await near.operate('POST', '/sources', {
        name: 'near',
        kind: 'aliyun-market',
        settings,
        secrets: { appCode: 'x' },
      })
      expect(added.status).toBe(201)
      const { id } = added.json()
      const tested = await near.operate('POST', `/sources/${id}/test`, MATCH)
      expect(tested.json()).toMatchObject({ verdict: 'match', reason: null })
      await near.operate('PATCH', `/sources/${id}`, { status: 'enabled' })
      const before = asked
      const answer = await near.ask(`/idcard?xm=${encodeURIComponent(MATCH.name)}&sfz=${MATCH.number}`, {
        headers: { authorization: `APPCODE ${near.application.appCode}` },
      })
      expect([answer.status, asked - before]).toEqual([200, 1])
      expect(await near.usage()).toMatchObject({ used: 1, charged: 1 })
      expect(codeOf(await near.operate('POST', `/sources/${id}/test`, { ...MATCH, number: '1' }))).toBe(
        '422 number_invalid',
      )
    } finally {
      await near.close()
    }
  })
})

describe('what is decided and what was done', () => {
  test('a policy holds for all, and an application’s own goes before it', async () => {
    const { appId } = await server.newApplication()
    const path = `/applications/${appId}/policies`
    const consentNow = async () => {
      const { account_id: accountId } = (await server.services.store.run('findApplication', appId)) ?? {
        account_id: '',
      }
      return (await server.services.store.run('readStanding', { accountId, appId })).consent
    }
    expect(await consentNow()).toBe('off')
    expect((await server.operate('PATCH', '/settings', { consent: 'warn' })).json()).toEqual({ consent: 'warn' })
    expect(await consentNow()).toBe('warn')
    expect((await server.operate('PATCH', path, { consent: 'require' })).json()).toEqual({ consent: 'require' })
    expect(await consentNow()).toBe('require')
    expect((await server.operate('PATCH', path, { consent: null })).json()).toEqual({})
    expect(await consentNow()).toBe('warn')
    expect((await server.operate('PATCH', '/settings', { consent: null })).json()).toEqual({})
    expect(codeOf(await server.operate('PATCH', '/settings', { consent: 'perhaps' }))).toBe('400 field_invalid')
    expect(codeOf(await server.operate('PATCH', '/settings', { other: 1 }))).toBe('400 field_unknown')
  })

  test('every change has its line in the audit log, without secrets', async () => {
    const { appId, appCode, appSecret } = await server.newApplication()
    await server.operate('PATCH', `/applications/${appId}`, { fields: 'full' })
    const { lines } = (await server.operate('GET', `/audit-log?object=${appId}`)).json() as {
      lines: Record<string, unknown>[]
    }
    expect(lines.map(({ action, before, after }) => [action, before, after])).toEqual([
      ['application.change', { fields: 'masked' }, { fields: 'full' }],
      ['application.create', null, { name: 'A hospital', mode: 'live', fields: 'masked' }],
    ])
    const older = (await server.operate('GET', `/audit-log?limit=999&before=${lines[0]?.seq}`)).json().lines as {
      seq: number
    }[]
    expect(Math.max(...older.map(({ seq }) => seq))).toBe(Number(lines[0]?.seq) - 1)
    const all = (await server.operate('GET', '/audit-log?limit=999')).text
    expect(all).not.toContain(appCode)
    expect(all).not.toContain(appSecret)
  })

  test('a body is refused by the place of what is wrong with it', async () => {
    const raw = (body: string, type = 'application/json') =>
      server.ask('/admin/v1/accounts', {
        method: 'POST',
        headers: { authorization: `Bearer ${server.services.operatorToken}`, 'content-type': type },
        body,
      })
    expect((await raw('{"name":"a","name":"b"}')).json()).toMatchObject({ code: 'field_duplicate', pointer: '/name' })
    expect((await raw('{"name":"a","__proto__":{}}')).json()).toMatchObject({
      code: 'field_unknown',
      pointer: '/__proto__',
    })
    expect((await raw('{')).json()).toMatchObject({ code: 'body_malformed' })
    expect((await raw('{}')).json()).toMatchObject({ code: 'field_invalid', detail: expect.stringContaining('name') })
    expect((await raw('x'.repeat(70_000))).json()).toMatchObject({ status: 413, code: 'body_too_large' })
    expect((await raw('<a/>', 'text/xml')).status).toBe(400)
  })
})
