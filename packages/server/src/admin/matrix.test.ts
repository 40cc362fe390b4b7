import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NOON, TestServer } from '../testing/server.js'

let server: TestServer
let credentials: Record<string, (method: string, path: string) => Record<string, string>>

beforeAll(async () => {
  server = await TestServer.start()
  const { appCode, appKey, appSecret } = server.application
  const revoked = await server.newApplication()
  const suspended = await server.newApplication()
  const listed = (await server.operate('GET', `/applications/${revoked.appId}/credentials`)).json()
  for (const { id } of listed.credentials as { id: string }[]) {
    await server.operate('POST', `/applications/${revoked.appId}/credentials/${id}/revoke`)
  }
  await server.operate('PATCH', `/applications/${suspended.appId}`, { status: 'suspended' })
  const bearer = (token: string) => () => ({ authorization: `Bearer ${token}` })
  credentials = {
    nobody: () => ({}),
    'a made-up token': bearer(`hyop_${'A'.repeat(43)}`),
    'an AppCode as Bearer': bearer(appCode),
    'an AppCode as APPCODE': () => ({ authorization: `APPCODE ${appCode}` }),
    'a signature': (method, path) => ({
      'x-ca-key': appKey,
      'x-ca-timestamp': String(NOON),
      'x-ca-signature': createHmac('sha256', appSecret).update(`${method}\n\n\n\n\n${path}`).digest('base64'),
    }),
    'a revoked AppCode': bearer(revoked.appCode),
    "a suspended application's AppCode": bearer(suspended.appCode),
    'an AppSecret': bearer(appSecret),
    'the operator': bearer(server.services.operatorToken),
  }
})
afterAll(() => server.close())

/** Who gets past the door, by where a route is; a route that is nowhere in here is one that nobody has thought about. */
const DOORS: readonly (readonly [path: RegExp, who: readonly string[] | 'everybody'])[] = [
  [/^\/admin\/v1\//, ['the operator']],
  [/^\/v1\//, ['an AppCode as Bearer', 'a signature', "a suspended application's AppCode"]],
  [/^\/idcard$/, ['an AppCode as APPCODE', 'a signature']],
  [/^\/open\/idcard$/, []],
  [/^\/(healthz|readyz|openapi\.json|problems)?$/, 'everybody'],
  [
    /^\/(site\.json|llms\.txt|debug|for-colleagues|docs|docs\/\*|workbench|workbench\/\*|reference|assets\/\*)$/,
    'everybody',
  ],
]

/** What a door says to who is not let in. */
async function isTurnedAway(method: string, path: string, headers: Record<string, string>): Promise<boolean> {
  const { status, headers: answered, text } = await server.ask(path, { method, headers })
  if (path === '/idcard')
    return /^(Unauthorized|Invalid AppCode|Invalid AppKey)/.test(String(answered['x-ca-error-message']))
  if (path === '/open/idcard') return status === 666 && text.includes('未传入开发者账号appid')
  return status === 401
}

test('every route lets in whom it is for, and nobody else', async () => {
  const place = { ':appId': server.application.appId, ':accountId': server.application.accountId }
  const wrong: string[] = []
  let count = 0
  for (const { method, url } of server.app.routes) {
    if (method === 'OPTIONS') continue
    const door = DOORS.find(([path]) => path.test(url))
    if (door === undefined) {
      wrong.push(`${method} ${url}: for whom?`)
      continue
    }
    const path = url.replace(/:\w+/g, (name) => place[name as keyof typeof place] ?? 'none_0')
    for (const [who, headersOf] of Object.entries(credentials)) {
      count++
      const isLetIn = !(await isTurnedAway(method, path, headersOf(method, path)))
      if (isLetIn !== (door[1] === 'everybody' || door[1].includes(who))) wrong.push(`${method} ${url}: ${who}`)
    }
  }
  expect(wrong).toEqual([])
  expect(count).toBeGreaterThan(300)
})

test('what is not there is told to the operator only', async () => {
  expect((await server.ask('/admin/v1/nothing')).status).toBe(401)
  expect((await server.operate('GET', '/nothing')).json()).toMatchObject({ status: 404, code: 'path_unknown' })
})
