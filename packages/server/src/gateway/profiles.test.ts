import { contentMd5 } from '@heyan/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IN_FLIGHT_MAX } from '../limits.js'
import { type Answer, MATCH, TestServer } from '../testing/server.js'
import { signedAsk } from '../testing/signed-ask.js'

type Profile = 'classic' | 'vpc'
type Told = readonly [status: number, errorCode: string | undefined, message: string]

const ECHO =
  'Invalid Signature, Server StringToSign:`GET#####x-ca-key:KEY#x-ca-nonce:N#x-ca-timestamp:AT#/idcard?sfz=4405*****14&xm=李**`'

/** CONTRACT, section 4, row by row. */
const TABLE: Readonly<Record<string, readonly [classic: Told, vpc: Told]>> = {
  'no credential': [
    [403, undefined, 'Unauthorized'],
    [400, 'A400MA', 'Need authorization'],
  ],
  'unknown AppCode': [
    [400, undefined, 'Invalid AppCode `not exists`'],
    [401, 'A401AC', 'Invalid AppCode `not exists`'],
  ],
  'unknown AppKey': [
    [400, undefined, 'Invalid AppKey'],
    [400, 'A400IK', 'Invalid AppKey'],
  ],
  'X-Ca-Key without a signature': [
    [401, undefined, 'Empty Signature'],
    [401, 'A401SG', 'Empty Signature'],
  ],
  'timestamp off': [
    [400, undefined, 'Timestamp Expired'],
    [400, 'A400TE', 'Timestamp Expired'],
  ],
  'wrong signature': [
    [400, undefined, ECHO],
    [403, 'A403IS', ECHO],
  ],
  'Content-MD5 lacking': [
    [400, undefined, 'Invalid Content-MD5'],
    [400, 'I400BD', 'Invalid Content-MD5'],
  ],
  'Content-MD5 wrong': [
    [400, undefined, 'Invalid Content-MD5'],
    [400, 'I400BD', 'Invalid Content-MD5'],
  ],
  'nonce seen': [
    [400, undefined, 'Nonce Used'],
    [400, 'A400NU', 'Nonce Used'],
  ],
  suspended: [
    [403, undefined, 'Unauthorized'],
    [403, 'I403AA', 'Unauthorized'],
  ],
  'address not allowed': [
    [403, undefined, 'Unauthorized'],
    [403, 'A403IP', 'Unauthorized'],
  ],
  'all subscriptions expired': [
    [403, undefined, 'Quota Expired'],
    [403, 'B403ME', 'Api Market Subscription quota expired'],
  ],
  'quota used up': [
    [403, undefined, 'Quota Exhausted'],
    [403, 'B403MQ', 'Api Market Subscription quota exhausted'],
  ],
  'a cap of the application': [
    [403, undefined, 'Quota Exhausted'],
    [403, 'B403MQ', 'Api Market Subscription quota exhausted'],
  ],
  'too fast': [
    [403, undefined, 'Throttled by APP Flow Control'],
    [429, 'T429PA', 'Throttled by APP Flow Control'],
  ],
  'no such path': [
    [400, undefined, 'Invalid Url'],
    [404, 'I404NF', 'API not found with `GET /x`'],
  ],
  'wrong method': [
    [400, undefined, 'Invalid HttpMethod'],
    [405, 'I405UM', 'Unsupported Method `HEAD`'],
  ],
  'body over 64 KB': [
    [413, undefined, 'Request body too Large'],
    [413, 'I413RL', 'Request body too Large'],
  ],
  'URL over 16 KB': [
    [414, undefined, 'Request URL too Large'],
    [413, 'I413UL', 'Request URL too Large'],
  ],
  'headers over 16 KB': [
    [414, undefined, 'Request URL too Large'],
    [413, 'I413UL', 'Request URL too Large'],
  ],
  overloaded: [
    [503, undefined, 'Service Unavailable'],
    [503, 'X503BZ', 'Service Busy'],
  ],
}
const QUERY = `xm=${encodeURIComponent(MATCH.name)}&sfz=${MATCH.number}`
const PATH = `/idcard?${QUERY}`
const JSON_BODY = JSON.stringify({ xm: MATCH.name, sfz: MATCH.number })

/** How a caller meets each: the last answer is the one that tells. */
const SCENES: Readonly<Record<string, (on: TestServer) => Promise<Answer>>> = {
  'no credential': (on) => on.ask(PATH),
  'unknown AppCode': (on) => on.ask(PATH, { headers: { authorization: 'APPCODE x' } }),
  'unknown AppKey': (on) => signed(on, { change: { 'x-ca-key': '1' } }),
  'X-Ca-Key without a signature': (on) => signed(on, { change: { 'x-ca-signature': undefined } }),
  'timestamp off': (on) => signed(on, { at: on.clock.now - 15 * 60_000 - 1 }),
  'wrong signature': (on) => signed(on, { change: { 'x-ca-signature': 'no' } }),
  'Content-MD5 lacking': (on) => signed(on, { method: 'POST', body: JSON_BODY }),
  'Content-MD5 wrong': (on) =>
    signed(on, { method: 'POST', body: JSON_BODY, headers: { 'content-md5': contentMd5(Buffer.from('another')) } }),
  'nonce seen': async (on) => {
    await signed(on, { nonce: 'once' })
    return signed(on, { nonce: 'once' })
  },
  suspended: (on) => changed(on, { status: 'suspended' }),
  'address not allowed': (on) => changed(on, { allowList: ['192.0.2.1'] }),
  'all subscriptions expired': async (on) => {
    const { appCode } = await on.newApplication({ validDays: 1 })
    on.clock.now += 2 * 86_400_000
    const answer = await byCode(on, appCode)
    on.clock.now -= 2 * 86_400_000
    return answer
  },
  'quota used up': async (on) => {
    const { appCode } = await on.newApplication({ calls: 1 })
    await byCode(on, appCode)
    return byCode(on, appCode)
  },
  'a cap of the application': async (on) => {
    const { appCode, appId } = await on.newApplication({ calls: 5 })
    expect((await on.operate('PATCH', `/applications/${appId}`, { capTotal: 1 })).status).toBe(200)
    await byCode(on, appCode)
    return byCode(on, appCode)
  },
  'too fast': async (on) => {
    const { appCode, appId } = await on.newApplication()
    await on.operate('PATCH', `/applications/${appId}`, { ratePerSecond: 1 })
    const asked = await Promise.all([byCode(on, appCode), byCode(on, appCode), byCode(on, appCode)])
    const refused = asked.find(({ headers }) => headers['x-ca-error-message'] !== undefined)
    if (refused === undefined) throw new Error('nobody was too fast')
    expect(refused.headers['retry-after']).toBe('1')
    return refused
  },
  'no such path': (on) => on.ask('/x?a=1'),
  'wrong method': (on) => on.ask(PATH, { method: 'HEAD' }),
  'body over 64 KB': (on) => on.ask('/idcard', { method: 'POST', body: 'a'.repeat(64 * 1024 + 1) }),
  'URL over 16 KB': (on) => on.ask(`/idcard?xm=${'a'.repeat(16 * 1024)}`),
  'headers over 16 KB': (on) =>
    on.ask(PATH, { headers: { 'x-a': 'a'.repeat(8 * 1024), 'x-b': 'b'.repeat(8 * 1024 + 1) } }),
  overloaded: async (on) => {
    const { lifecycle } = on.services
    lifecycle.inFlight += IN_FLIGHT_MAX
    const answer = await byCode(on, on.application.appCode)
    lifecycle.inFlight -= IN_FLIGHT_MAX
    expect(answer.headers['retry-after']).toBe('1')
    return answer
  },
}

const byCode = (on: TestServer, appCode: string) => on.ask(PATH, { headers: { authorization: `APPCODE ${appCode}` } })
const signed = (on: TestServer, { nonce = 'n', ...more }: Parameters<typeof signedAsk>[1] = {}) =>
  on.ask(PATH, signedAsk(on.application, { query: QUERY, nonce, at: on.clock.now, ...more }))
const changed = async (on: TestServer, change: object): Promise<Answer> => {
  const { appCode, appId } = await on.newApplication()
  await on.operate('PATCH', `/applications/${appId}`, change)
  return byCode(on, appCode)
}

describe.each(['classic', 'vpc'] as const)('in the words of %s, the gateway refuses', (profile: Profile) => {
  let on: TestServer
  beforeAll(async () => {
    on = await TestServer.start({ calls: 1_000, environment: { GATEWAY_ERRORS: profile } })
  })
  afterAll(() => on.close())

  test.each(Object.entries(TABLE))('%s', async (name, [classic, vpc]) => {
    const before = await on.usage()
    const { status, headers, text } = await (SCENES[name] ?? (() => Promise.reject(new Error(name))))(on)
    const message = Buffer.from(String(headers['x-ca-error-message']), 'latin1').toString()
    const [wantedStatus, wantedCode, wantedMessage] = profile === 'classic' ? classic : vpc
    const wanted = wantedMessage
      .replace('KEY', on.application.appKey)
      .replace('nonce:N', 'nonce:n')
      .replace('AT', String(on.clock.now))
    expect([status, headers['x-ca-error-code'], message]).toEqual([wantedStatus, wantedCode, wanted])
    expect([text, headers['content-length']]).toEqual(['', '0'])
    expect(headers['x-ca-request-id']).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/)
    expect(headers['x-ca-market-billing-result']).toBeUndefined()
    expect((await on.usage()).charged - before.charged).toBeLessThanOrEqual(name === 'nonce seen' ? 1 : 0)
  })
})
