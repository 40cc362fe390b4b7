import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ask, MATCH, NO_RECORD, NOON, TestServer } from '../testing/server.js'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ mode: 'elsewhere', calls: null })
})
afterAll(() => server.close())

interface Sent {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly parameters?: Record<string, string>
  readonly body?: string
  readonly md5?: string
  readonly secret?: string
}

/** A request as the gateway in front hands it on. */
function signed({
  method = 'GET',
  headers = {},
  parameters = {},
  body,
  md5 = '',
  secret,
}: Sent): [path: string, ask: Ask] {
  const { appKey, appSecret } = server.application
  const query = Object.entries(parameters)
  const listed = { 'X-Ca-Proxy-Signature-Secret-Key': appKey, 'X-Ca-Request-Id': 'of the gateway' }
  const lines = Object.entries(listed)
    .sort()
    .map(([name, value]) => `${name.toLowerCase()}:${value}\n`)
  const target = `/idcard${
    query.length === 0
      ? ''
      : `?${query
          .sort()
          .map(([name, value]) => `${name}=${value}`)
          .join('&')}`
  }`
  const signature = createHmac('sha256', secret ?? appSecret)
    .update(`${method}\n${md5}\n${lines.join('')}${target}`)
    .digest('base64')
  const proof = {
    ...listed,
    'X-Ca-Proxy-Signature-Headers': Object.keys(listed).join(','),
    'X-Ca-Proxy-Signature': signature,
  }
  const path = `/idcard${query.length === 0 ? '' : `?${new URLSearchParams(parameters)}`}`
  return [path, { method, headers: { ...proof, ...headers }, ...(body === undefined ? {} : { body }) }]
}
const ask = (sent: Sent) => server.ask(...signed(sent))
const of = ({ name, number }: { name: string; number: string }) => ({ xm: name, sfz: number })

describe('behind a gateway that meters', () => {
  test('its signature proves the call, whatever its client sent to prove itself there', async () => {
    for (const headers of [
      {},
      { authorization: 'APPCODE of-the-marketplace' },
      { 'x-ca-key': '1', 'x-ca-signature': 'x' },
    ]) {
      const answer = await ask({ parameters: of(MATCH), headers })
      expect([answer.status, answer.json().match]).toEqual([200, true])
      expect(answer.headers['x-ca-market-billing-result']).toBe('0')
    }
  })

  test('a body is signed by its Content-MD5 where the client sent one, else not at all', async () => {
    const body = JSON.stringify(of(MATCH))
    const json = { 'content-type': 'application/json' }
    const md5 = createHash('md5').update(body).digest('base64')
    expect((await ask({ method: 'POST', headers: json, body })).status).toBe(200)
    expect((await ask({ method: 'POST', headers: json, body, md5 })).status).toBe(200)
    expect((await ask({ method: 'POST', headers: { ...json, 'content-md5': md5 }, body, md5 })).status).toBe(200)
    const other = { ...json, 'content-md5': md5 }
    const forged = await ask({ method: 'POST', headers: other, body: body.replace('李三', '李四'), md5 })
    expect(forged.headers['x-ca-error-message']).toBe('Invalid Content-MD5')
  })

  test('a wrong signature is refused, and the name and the number in the echo are masked', async () => {
    const answer = await ask({ parameters: of(MATCH), secret: 'another' })
    const message = Buffer.from(String(answer.headers['x-ca-error-message']), 'latin1').toString('utf8')
    expect(message).toMatch(/^Invalid Signature, Server StringToSign:`GET##x-ca-proxy-signature-secret-key:/)
    expect(message).toContain('/idcard?sfz=4405*****14&xm=李**')
    const [path, { headers }] = signed({ parameters: of(MATCH) })
    expect((await server.ask(path.replace('4405', '4406'), { headers: headers ?? {} })).status).toBe(400)
  })

  test('nobody gets past the gateway: not by the AppCode, not by the AppKey, at no door', async () => {
    const { appCode, appKey, appSecret, appId } = server.application
    const query = new URLSearchParams(of(MATCH))
    const market = (headers: Record<string, string>) => server.ask(`/idcard?${query}`, { headers })
    expect((await market({ authorization: `APPCODE ${appCode}` })).headers['x-ca-error-message']).toBe('Unauthorized')
    const text = `GET\n\n\n\n\n/idcard?sfz=${MATCH.number}&xm=${MATCH.name}`
    const signature = createHmac('sha256', appSecret).update(text).digest('base64')
    expect((await market({ 'x-ca-key': appKey, 'x-ca-signature': signature })).status).toBe(403)
    expect((await server.ask('/v1/quota', { headers: { authorization: `Bearer ${appCode}` } })).status).toBe(401)
    const claim = `appid=${appId}&sendtime=${NOON}&sfz=${MATCH.number}&xm=${MATCH.name}`
    const sign = createHmac('sha256', appSecret).update(claim).digest('hex')
    const open = await server.ask(`/open/idcard?appid=${appId}&sendtime=${NOON}&${query}&sign=${sign}`)
    expect(open.text).toBe('{"ok":0,"msg":"签名校验失败"}')
  })

  test('a gateway that is nobody’s says nothing: the client’s own credential counts', async () => {
    const live = await server.newApplication()
    const headers = { authorization: `APPCODE ${live.appCode}`, 'x-ca-proxy-signature-secret-key': 'theirs' }
    expect((await server.ask(`/idcard?${new URLSearchParams(of(MATCH))}`, { headers })).status).toBe(200)
    const own = { ...headers, 'x-ca-proxy-signature-secret-key': live.appKey, 'x-ca-proxy-signature': 'AAAA' }
    expect((await server.ask(`/idcard?${new URLSearchParams(of(MATCH))}`, { headers: own })).status).toBe(200)
    expect((await server.usage(live.appId)).charged).toBe(2)
  })

  test('a no-record that shall be free goes out as a 666, because the gateway charges by status', async () => {
    const charged = await ask({ parameters: of(NO_RECORD) })
    expect([charged.status, charged.json().msg]).toEqual([200, '实名校验失败:查无记录'])
    await server.operate('PATCH', `/applications/${server.application.appId}/policies`, { freeNoRecord: true })
    const free = await ask({ parameters: of(NO_RECORD) })
    expect([free.status, free.text]).toEqual([666, '{"ok":0,"msg":"实名校验失败:查无记录"}'])
    expect(free.headers['x-ca-market-billing-result']).toBeUndefined()
    expect((await ask({ parameters: of(MATCH) })).status).toBe(200)
  })

  test('what is wrong with the input is a 666 there too', async () => {
    expect((await ask({ parameters: { xm: '李三' } })).text).toBe('{"ok":0,"msg":"未传入身份证号码sfz"}')
  })

  test('every verdict was recorded, and none was charged here', async () => {
    const { charged, used, free } = await server.usage()
    expect([charged, used]).toEqual([0, 0])
    expect(free).toBeGreaterThanOrEqual(9)
  })
})
