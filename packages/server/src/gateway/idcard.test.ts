import { contentMd5, sign } from '@heyan/contract'
import { afterEach, describe, expect, test } from 'vitest'
import { type Answer, FAULT, MATCH, MISMATCH, NO_RECORD, NOON, TestServer } from '../testing/server.js'

let server: TestServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

async function start(more: Parameters<typeof TestServer.start>[0] = {}): Promise<TestServer> {
  server = await TestServer.start({ calls: 5, ...more })
  return server
}

const query = (name: string, number: string) => `xm=${encodeURIComponent(name)}&sfz=${encodeURIComponent(number)}`
const PERSON = query(MATCH.name, MATCH.number)
const byCode = ({ application }: TestServer, more: Record<string, string> = {}) => ({
  headers: { authorization: `APPCODE ${application.appCode}`, ...more },
})
const ask = (on: TestServer, text: string) => on.ask(`/idcard?${text}`, byCode(on))
const left = async (on: TestServer) => (await on.usage()).remaining
const refused = (answer: Answer) => {
  expect(answer.text).toBe('')
  expect(answer.headers['content-length']).toBe('0')
  expect(answer.headers['x-ca-error-code']).toBeUndefined()
  expect(answer.headers['x-ca-request-id']).toMatch(
    /^[0-9A-F]{8}-[0-9A-F]{4}-7[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/,
  )
  expect(answer.headers['x-ca-market-billing-result']).toBeUndefined()
  return [answer.status, answer.headers['x-ca-error-message']]
}

/** A signed GET as the published clients make one; `change` spoils or replaces headers after the signing. */
function signed(
  { application }: TestServer,
  { path = `/idcard?${PERSON}`, nonce = 'n1', at = NOON, change = {} as Record<string, string | undefined> } = {},
) {
  const headers: Record<string, string> = {
    'x-ca-key': application.appKey,
    'x-ca-nonce': nonce,
    'x-ca-timestamp': String(at),
  }
  const names = Object.keys(headers).sort()
  const [route = '', text = ''] = path.split('?')
  const parameters = [...new URLSearchParams(text)].sort(([one], [other]) => (one < other ? -1 : 1))
  const shown = parameters.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&')
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('')
  const signature = sign(`GET\n\n\n\n\n${lines}${route}?${shown}`, application.appSecret, 'HmacSHA256')
  const all = { ...headers, 'x-ca-signature-headers': names.join(','), 'x-ca-signature': signature, ...change }
  return {
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >,
  }
}

describe('a verdict', () => {
  test('is answered with its fields in their order, masked, and costs one call', async () => {
    const on = await start()
    const answer = await ask(on, PERSON)
    expect(answer.status).toBe(200)
    expect(answer.text).toBe(
      '{"ok":1,"msg":"实名信息正确","xm":"李**","sfz":"4405*****14","match":true,"birthday":"18****01","sex":"男","address":"广东省汕头市**县"}',
    )
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.headers['x-ca-market-billing-result']).toBe('1')
    expect(answer.headers['x-ca-error-message']).toBeUndefined()
    expect(await left(on)).toBe(4)
  })

  test('is shown in full to an application that may see it', async () => {
    const on = await start({ fields: 'full' })
    expect((await ask(on, PERSON)).text).toBe(
      '{"ok":1,"msg":"实名信息正确","xm":"李三","sfz":"440524188001010014","match":true,"birthday":"18800101","sex":"男","address":"广东省汕头市潮阳县"}',
    )
  })

  test.each([
    ['mismatch', MISMATCH, '实名校验失败:身份证与姓名不匹配'],
    ['no record', NO_RECORD, '实名校验失败:查无记录'],
  ])('of %s is a verdict too: 200, and charged', async (_name, { name, number }, msg) => {
    const on = await start()
    const answer = await ask(on, query(name, number))
    expect([answer.status, answer.headers['x-ca-market-billing-result']]).toEqual([200, '1'])
    expect(answer.json()).toMatchObject({ ok: 1, msg, match: false })
    expect(await left(on)).toBe(4)
  })

  test('of no record costs nothing where the lot says so', async () => {
    const on = await start({ isNoRecordFree: true })
    const answer = await ask(on, query(NO_RECORD.name, NO_RECORD.number))
    expect([answer.status, answer.headers['x-ca-market-billing-result']]).toEqual([200, '0'])
    expect(await left(on)).toBe(5)
  })
})

describe('a problem is 666, says ok 0 and msg, costs nothing, and is no error of the gateway', () => {
  const long = '张'.repeat(51)
  test.each([
    ['sfz=110105194912310021', '未传入真实姓名xm'],
    ['xm=&sfz=1', '未传入真实姓名xm'],
    ['xm=%20%E3%80%80&sfz=', '未传入真实姓名xm'],
    [`xm=${encodeURIComponent('李三')}`, '未传入身份证号码sfz'],
    [`xm=${encodeURIComponent(long)}&sfz=`, '未传入身份证号码sfz'],
    [`xm=${encodeURIComponent(long)}&sfz=1`, '传入真实姓名xm字符串长度超限'],
    [`xm=${encodeURIComponent('李三')}&sfz=1101051949123100211`, '传入身份证号码sfz字符串长度超限'],
    ['xm=1&sfz=1101051949123100211', '传入身份证号码sfz字符串长度超限'],
    [`xm=SMITH%20JOHN&sfz=11010519491231002X`, '姓名有误'],
    ['xm=1&sfz=1', '姓名有误'],
    [`xm=${encodeURIComponent('李*')}&sfz=1101*****2X`, '姓名有误'],
    [query('李三', '110105194912310021'), '身份证号码有误'],
    [query('李三', '1101*****2X'), '身份证号码有误'],
    [query('李三', '110105491231002'), '身份证号码有误'],
    [query('李三', '110105205001010010'), '身份证号码有误'],
    [query(FAULT.name, FAULT.number), '核验服务暂不可用，请稍后重试'],
  ])('%s: %s', async (text, msg) => {
    const on = await start()
    const answer = await ask(on, text)
    expect([answer.status, answer.text]).toEqual([666, JSON.stringify({ ok: 0, msg })])
    for (const header of ['x-ca-error-code', 'x-ca-error-message', 'x-ca-market-billing-result']) {
      expect(answer.headers[header]).toBeUndefined()
    }
    expect(await left(on)).toBe(5)
  })

  test('a caller blocked for abuse is told 非法来源, before its parameters are looked at', async () => {
    const on = await start()
    Object.assign(on.services.screen, { isCallerBlocked: () => true })
    const answer = await ask(on, 'xm=1')
    Object.assign(on.services.screen, { isCallerBlocked: () => false })
    expect([answer.status, answer.text]).toEqual([666, '{"ok":0,"msg":"非法来源"}'])
  })
})

describe('what callers really send', () => {
  const fine = async (on: TestServer, answer: Promise<Answer>) => {
    expect((await answer).json()).toMatchObject({ ok: 1, xm: '李**', sfz: '4405*****14', match: true })
    return on
  }

  test.each([
    ['spaces around, a plus for one', `xm=+${encodeURIComponent('李三')}%20&sfz=+${MATCH.number}+`],
    ['GBK escapes', `xm=%C0%EE%C8%FD&sfz=${MATCH.number}`],
    ['full-width digits', query('李三', '４４０５２４１８８００１０１００１４')],
    ['the first of a repeated parameter', `${PERSON}&xm=%E7%8E%8B&sfz=1`],
    ['names that mean something to JavaScript', `__proto__=1&constructor=2&${PERSON}`],
  ])('%s', async (_name, text) => {
    const on = await start()
    await fine(on, ask(on, text))
  })

  test('a lower-case x at the end is an X', async () => {
    const on = await start({ fields: 'full' })
    expect((await ask(on, query('李三', '11010519491231002x'))).json()).toMatchObject({ sfz: '11010519491231002X' })
  })

  test('a form, a JSON body, and a query beside a POST; of the same parameter the body wins', async () => {
    const on = await start({ calls: 20 })
    const post = (path: string, type: string, body: string | Buffer) =>
      on.ask(path, { method: 'POST', ...byCode(on, { 'content-type': type }), body })
    const json = JSON.stringify({ xm: MATCH.name, sfz: MATCH.number })
    await fine(on, post('/idcard', 'application/x-www-form-urlencoded; charset=UTF-8', PERSON))
    await fine(on, post('/idcard', 'application/json', json))
    await fine(on, post('/idcard', 'application/json', `\uFEFF${json}`))
    await fine(on, post(`/idcard?${PERSON}`, 'text/plain', 'anything'))
    await fine(on, post('/idcard?xm=1&sfz=2', 'application/json; charset=utf-8', json))
    await fine(on, post(`/idcard?${PERSON}`, 'application/json', '{"xm": null}'))
    await fine(on, post(`/idcard?${PERSON}`, 'application/json', '{broken'))
    await fine(on, post(`/idcard?${PERSON}`, ';;;', 'x'))
  })

  test('a JSON value that is no text is a wrong one, not a missing one', async () => {
    const on = await start()
    const post = (body: object) =>
      on.ask('/idcard', {
        method: 'POST',
        ...byCode(on, { 'content-type': 'application/json' }),
        body: JSON.stringify(body),
      })
    expect((await post({ xm: 1, sfz: MATCH.number })).json()).toEqual({ ok: 0, msg: '姓名有误' })
    expect((await post({ xm: '李三', sfz: 110105 })).json()).toEqual({ ok: 0, msg: '身份证号码有误' })
    expect((await post({ xm: null, sfz: {} })).json()).toEqual({ ok: 0, msg: '未传入真实姓名xm' })
  })

  test('a body of a GET is not read', async () => {
    const on = await start()
    await fine(
      on,
      on.ask(`/idcard?${PERSON}`, {
        ...byCode(on, { 'content-type': 'application/json', 'content-length': '10' }),
        body: '{"xm":"1"}',
      }),
    )
  })
})

describe('who calls', () => {
  test.each(['APPCODE', 'appcode', 'AppCode  '])('the word %s is as good as another', async (word) => {
    const on = await start()
    const answer = await on.ask(`/idcard?${PERSON}`, {
      headers: { authorization: `${word} ${on.application.appCode}` },
    })
    expect(answer.status).toBe(200)
  })

  test('nobody, another scheme, or an AppCode in the query where it is not allowed: Unauthorized', async () => {
    const on = await start()
    expect(refused(await on.ask(`/idcard?${PERSON}`))).toEqual([403, 'Unauthorized'])
    const basic = await on.ask(`/idcard?${PERSON}`, { headers: { authorization: 'Basic YTpi' } })
    expect(refused(basic)).toEqual([403, 'Unauthorized'])
    expect(refused(await on.ask(`/idcard?${PERSON}&AppCode=${on.application.appCode}`))).toEqual([403, 'Unauthorized'])
  })

  test('an AppCode in the query, where the application allows it, in each spelling', async () => {
    const on = await start({ calls: 10 })
    await on.operate('PATCH', `/applications/${on.application.appId}`, { queryCodeAllowed: true })
    for (const name of ['AppCode', 'appcode', 'appCode', 'APPCODE', 'APPCode']) {
      expect((await on.ask(`/idcard?${PERSON}&${name}=${on.application.appCode}`)).status).toBe(200)
    }
  })

  test('an unknown AppCode, an unknown AppKey; the one that failed is not tried again with the next', async () => {
    const on = await start()
    const unknown = await on.ask(`/idcard?${PERSON}`, {
      headers: { ...signed(on).headers, authorization: 'APPCODE nobody' },
    })
    expect(refused(unknown)).toEqual([400, 'Invalid AppCode `not exists`'])
    const key = await on.ask(`/idcard?${PERSON}`, signed(on, { change: { 'x-ca-key': '1' } }))
    expect(refused(key)).toEqual([400, 'Invalid AppKey'])
  })

  test('a signature is checked: lacking, late, wrong, and right', async () => {
    const on = await start({ calls: 10 })
    const path = `/idcard?${PERSON}`
    expect(refused(await on.ask(path, signed(on, { change: { 'x-ca-signature': undefined } })))).toEqual([
      401,
      'Empty Signature',
    ])
    for (const at of [NOON - 900_001, NOON + 900_001]) {
      expect(refused(await on.ask(path, signed(on, { at })))).toEqual([400, 'Timestamp Expired'])
    }
    const wrong = await on.ask(path, signed(on, { change: { 'x-ca-signature': 'AAAA' } }))
    const [status, message] = refused(wrong)
    expect(status).toBe(400)
    const text = Buffer.from(String(message), 'latin1').toString('utf8')
    expect(text).toMatch(
      /^Invalid Signature, Server StringToSign:`GET#####x-ca-key:.*#\/idcard\?sfz=4405\*{5}14&xm=李\*\*`$/,
    )
    expect((await on.ask(path, signed(on, { at: NOON - 900_000, nonce: 'a' }))).status).toBe(200)
    expect((await on.ask(path, signed(on, { nonce: 'b' }))).status).toBe(200)
  })

  test('a nonce is spent by any request with a valid signature, whatever its answer', async () => {
    const on = await start()
    expect((await on.ask('/idcard?xm=1&sfz=2', signed(on, { path: '/idcard?xm=1&sfz=2' }))).status).toBe(666)
    expect(refused(await on.ask(`/idcard?${PERSON}`, signed(on)))).toEqual([400, 'Nonce Used'])
    expect(
      (await on.ask(`/idcard?${PERSON}`, signed(on, { nonce: 'n2', change: { 'x-ca-signature': 'AAAA' } }))).status,
    ).toBe(400)
    expect((await on.ask(`/idcard?${PERSON}`, signed(on, { nonce: 'n2' }))).status).toBe(200)
    expect(await left(on)).toBe(4)
  })

  test('a signed body that is no form counts by its Content-MD5', async () => {
    const on = await start()
    const body = Buffer.from(JSON.stringify({ xm: MATCH.name, sfz: MATCH.number }))
    const post = (md5: string | null, sent: Buffer) => {
      const headers: Record<string, string> = { 'content-type': 'application/json', 'x-ca-key': on.application.appKey }
      const text = `POST\n\n${md5 ?? ''}\napplication/json\n\n/idcard`
      headers['x-ca-signature'] = sign(text, on.application.appSecret, 'HmacSHA256')
      if (md5 !== null) headers['content-md5'] = md5
      return on.ask('/idcard', { method: 'POST', headers, body: sent })
    }
    expect((await post(contentMd5(body), body)).status).toBe(200)
    expect(refused(await post(null, body))).toEqual([400, 'Invalid Content-MD5'])
    expect(refused(await post(contentMd5(body), Buffer.from('{}')))).toEqual([400, 'Invalid Content-MD5'])
  })
})

describe('the gateway refuses, in this order', () => {
  test('a path nobody knows, a method that is not taken, sizes: before anyone is asked who calls', async () => {
    const on = await start()
    expect(refused(await on.ask('/nowhere'))).toEqual([400, 'Invalid Url'])
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      expect(refused(await on.ask('/idcard', { method, body: 'x' }))).toEqual([400, 'Invalid HttpMethod'])
    }
    const head = await on.ask(`/idcard?${PERSON}`, { method: 'HEAD', ...byCode(on) })
    expect([head.status, head.headers['x-ca-error-message']]).toEqual([400, 'Invalid HttpMethod'])
    expect(refused(await on.ask(`/idcard?xm=${'a'.repeat(16 * 1024)}`))).toEqual([414, 'Request URL too Large'])
    const headers = Object.fromEntries(Array.from({ length: 4 }, (_, place) => [`x-${place}`, 'a'.repeat(5_000)]))
    expect(refused(await on.ask('/idcard', { headers }))).toEqual([414, 'Request URL too Large'])
    const large = await on.ask('/idcard', { method: 'POST', body: 'a'.repeat(64 * 1024 + 1) })
    expect(refused(large)).toEqual([413, 'Request body too Large'])
    const options = await on.ask('/idcard', { method: 'OPTIONS' })
    expect([options.status, options.headers['access-control-allow-origin']]).toEqual([204, undefined])
    expect(await left(on)).toBe(5)
  })

  test('suspended → address → expired → used up → too fast → parameters', async () => {
    const on = await start({ calls: 1, validDays: 30 })
    const operate = (body: object) => on.operate('PATCH', `/applications/${on.application.appId}`, body)
    const garbage = async () => refused(await ask(on, 'xm=1'))
    expect((await ask(on, PERSON)).status).toBe(200)
    await operate({ ratePerSecond: 1, allowList: ['192.0.2.1'], status: 'suspended' })
    expect(await garbage()).toEqual([403, 'Unauthorized'])
    await operate({ status: 'active' })
    expect(await garbage()).toEqual([403, 'Unauthorized'])
    await operate({ allowList: [] })
    expect(await garbage()).toEqual([403, 'Quota Exhausted'])
    on.clock.now += 30 * 86_400_000
    expect(await garbage()).toEqual([403, 'Quota Expired'])
    on.clock.now -= 30 * 86_400_000
    await on.operate('POST', `/applications/${on.application.appId}/lots`, { calls: 1 })
    expect((await ask(on, 'xm=1')).text).toBe('{"ok":0,"msg":"未传入身份证号码sfz"}')
    const fast = await ask(on, 'xm=1')
    expect(refused(fast)).toEqual([403, 'Throttled by APP Flow Control'])
    expect(fast.headers['retry-after']).toBe('1')
  })

  test('the race for the last call has one winner; the others are told Quota Exhausted', async () => {
    const on = await start({ calls: 1 })
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(on, PERSON)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ headers }) => headers['x-ca-error-message'] === 'Quota Exhausted')).toHaveLength(199)
    expect(await on.usage()).toMatchObject({ used: 1, remaining: 0, charged: 1 })
  })

  test('each lot of the account lets it call again after the one before is used up', async () => {
    const on = await start({ calls: 1 })
    await ask(on, PERSON)
    expect(refused(await ask(on, PERSON))).toEqual([403, 'Quota Exhausted'])
    await on.operate('POST', `/applications/${on.application.appId}/lots`, { calls: 1 })
    expect((await ask(on, PERSON)).status).toBe(200)
  })
})

describe('an Idempotency-Key', () => {
  const under = (on: TestServer, key: string, text = PERSON) =>
    on.ask(`/idcard?${text}`, byCode(on, { 'idempotency-key': key }))

  test('makes the same request free, three times, asked afresh; then it is refused with the call', async () => {
    const on = await start({ calls: 1 })
    const first = await under(on, 'k')
    expect(first.headers['x-ca-market-billing-result']).toBe('1')
    for (let time = 0; time < 3; time++) {
      const again = await under(on, 'k')
      expect([again.status, again.headers['x-ca-market-billing-result'], again.text]).toEqual([200, '0', first.text])
    }
    expect(refused(await under(on, 'k'))).toEqual([409, `Replay Limit, call ${first.headers['x-ca-request-id']}`])
    expect(await on.usage()).toMatchObject({ used: 1, charged: 1 })
  })

  test('that bears another request is refused, and so is one that is too long or empty', async () => {
    const on = await start()
    await under(on, 'k')
    expect(refused(await under(on, 'k', query(MISMATCH.name, MISMATCH.number)))[0]).toBe(422)
    expect(refused(await under(on, 'x'.repeat(256)))).toEqual([400, 'Invalid Idempotency-Key'])
    expect((await under(on, 'x'.repeat(255))).status).toBe(200)
  })
})

describe('the vpc profile says the same with its own statuses and codes', () => {
  test('for each refusal that a caller can bring about', async () => {
    const on = await start({ calls: 1, environment: { GATEWAY_ERRORS: 'vpc' } })
    const told = (answer: Answer) => [
      answer.status,
      answer.headers['x-ca-error-code'],
      answer.headers['x-ca-error-message'],
    ]
    const path = `/idcard?${PERSON}`
    expect(told(await on.ask(path))).toEqual([400, 'A400MA', 'Need authorization'])
    expect(told(await on.ask(path, { headers: { authorization: 'APPCODE x' } }))).toEqual([
      401,
      'A401AC',
      'Invalid AppCode `not exists`',
    ])
    expect(told(await on.ask(path, signed(on, { change: { 'x-ca-key': '1' } })))).toEqual([
      400,
      'A400IK',
      'Invalid AppKey',
    ])
    expect(told(await on.ask('/x'))).toEqual([404, 'I404NF', 'API not found with `GET /x`'])
    expect(told(await on.ask('/idcard', { method: 'HEAD' }))).toEqual([405, 'I405UM', 'Unsupported Method `HEAD`'])
    expect((await ask(on, PERSON)).status).toBe(200)
    expect(told(await ask(on, PERSON))).toEqual([403, 'B403MQ', 'Api Market Subscription quota exhausted'])
  })
})
