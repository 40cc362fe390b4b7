import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, FAULT, MATCH, MISMATCH, NO_RECORD, NOON, TestServer } from '../testing/server.js'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ calls: 1_000 })
})
afterAll(() => server.close())

type Parameters = Record<string, string>

/** Written down anew from the contract's sentence, not taken from the code that is tested. */
function signed(parameters: Parameters, secret = server.application.appSecret, algorithm = 'sha256'): Parameters {
  const text = Object.keys(parameters)
    .sort()
    .map((name) => `${name}=${parameters[name]}`)
    .join('&')
  return { ...parameters, sign: createHmac(algorithm, secret).update(text).digest('hex') }
}

const LI_SAN = { xm: MATCH.name, sfz: MATCH.number }
const claim = (more: Parameters = {}): Parameters => ({
  appid: server.application.appId,
  sendtime: String(NOON),
  ...LI_SAN,
  ...more,
})
const ask = (parameters: Parameters): Promise<Answer> => server.ask(`/open/idcard?${new URLSearchParams(parameters)}`)
const said = async (parameters: Parameters) => {
  const { status, headers, text } = await ask(parameters)
  expect(headers['x-ca-error-code']).toBeUndefined()
  expect(headers['x-ca-error-message']).toBeUndefined()
  return `${status} ${text}`
}
const problem = (msg: string) => `666 {"ok":0,"msg":"${msg}"}`
const without = (parameters: Parameters, name: string) =>
  Object.fromEntries(Object.entries(parameters).filter(([key]) => key !== name))

describe('the platform door', () => {
  test('a signed request is answered with a verdict, which is charged', async () => {
    const before = await server.usage()
    const answer = await ask(signed(claim()))
    expect(answer.status).toBe(200)
    expect(answer.text).toBe(
      '{"ok":1,"msg":"实名信息正确","xm":"李**","sfz":"4405*****14","match":true,"birthday":"18****01","sex":"男","address":"广东省汕头市**县"}',
    )
    expect(answer.headers['x-ca-market-billing-result']).toBe('1')
    expect(answer.headers['x-ca-request-id']).toMatch(/^[0-9A-F-]{36}$/)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(await said(signed(claim({ xm: MISMATCH.name, sfz: MISMATCH.number })))).toMatch(/^200 .*"match":false/)
    expect(await said(signed(claim({ xm: NO_RECORD.name, sfz: NO_RECORD.number })))).toMatch(/^200 .*查无记录/)
    expect((await server.usage()).charged - before.charged).toBe(3)
  })

  test('each failure has its text, and the first in the order answers', async () => {
    const long = 'x'.repeat(129)
    const order: [fix: Parameters, text: string][] = [
      [{}, '未传入开发者账号appid'],
      [{ appid: 'a'.repeat(33) }, '传入开发者账号appid字符串长度超限'],
      [{ appid: server.application.appId }, '未传入查询时间sendtime'],
      [{ sendtime: '17' }, '传入查询时间sendtime字符串长度超限'],
      [{ sendtime: String(NOON - 300_001) }, '时间戳超时，请重新请求'],
      [{ sendtime: String(NOON) }, '未传入签名sign'],
      [{ sign: long }, '传入签名sign字符串长度超限'],
      [{ sign: 'f'.repeat(64) }, '签名校验失败'],
    ]
    let parameters: Parameters = {}
    for (const [fix, text] of order) {
      parameters = { ...parameters, ...fix }
      expect(await said(parameters)).toBe(problem(text))
    }
    const signedOrder: [fix: Parameters, text: string][] = [
      [{}, '未传入真实姓名xm'],
      [{ xm: ' ' }, '未传入真实姓名xm'],
      [{ xm: '*'.repeat(51) }, '未传入身份证号码sfz'],
      [{ sfz: '*'.repeat(19) }, '传入真实姓名xm字符串长度超限'],
      [{ xm: '李*' }, '传入身份证号码sfz字符串长度超限'],
      [{ sfz: '1101*****2X' }, '存在*字符，视为调试数据。止于当前结果。'],
      [{ xm: '李3' }, '存在*字符，视为调试数据。止于当前结果。'],
      [{ sfz: '11010519491231002' }, '姓名有误'],
      [{ xm: '李三' }, '身份证号码有误'],
    ]
    let unsigned = without(without(claim(), 'xm'), 'sfz')
    for (const [fix, text] of signedOrder) {
      unsigned = { ...unsigned, ...fix }
      expect(await said(signed(unsigned))).toBe(problem(text))
    }
  })

  test('an unknown appid and a wrong sign get the same answer, byte for byte', async () => {
    const unknown = await ask(signed(claim({ appid: `app_${'7'.repeat(26)}` })))
    const wrong = await ask({ ...claim(), sign: '0'.repeat(64) })
    const names = ({ headers }: Answer) => Object.keys(headers).sort()
    expect(`${unknown.status} ${unknown.text}`).toBe(problem('签名校验失败'))
    expect([wrong.status, wrong.text, names(wrong)]).toEqual([unknown.status, unknown.text, names(unknown)])
  })

  test('the time is taken in seconds and in milliseconds, up to five minutes off', async () => {
    for (const sendtime of [String(NOON / 1_000), String(NOON - 300_000), String(NOON + 300_000)]) {
      expect(await said(signed(claim({ sendtime })))).toMatch(/^200 /)
    }
    for (const sendtime of [`${NOON / 1_000 - 301}`, `${NOON + 300_001}`]) {
      expect(await said(signed(claim({ sendtime })))).toBe(problem('时间戳超时，请重新请求'))
    }
    expect(await said(signed(claim({ sendtime: '１７６８４４９６００' })))).toBe(
      problem('传入查询时间sendtime字符串长度超限'),
    )
  })

  test('every parameter but the sign is signed: one that is added, changed or taken away breaks it', async () => {
    const good = signed(claim({ extra: '1' }))
    expect(await said(good)).toMatch(/^200 /)
    for (const bad of [
      without(good, 'extra'),
      { ...good, extra: '2' },
      { ...good, another: '' },
      { ...good, xm: '李四' },
      { ...good, sendtime: String(NOON + 1) },
      { ...good, sign: (good.sign ?? '').toUpperCase() },
    ]) {
      expect(await said(bad)).toBe(problem('签名校验失败'))
    }
  })

  test('a parameter cannot be hidden in another: a signed nonce is not taken out again', async () => {
    const good = signed(claim({ b: '1', nonce: 'hidden' }))
    const { nonce, ...rest } = good
    expect(await said({ ...rest, b: `1&nonce=${nonce}` })).toBe(problem('签名校验失败'))
    const { b, ...others } = rest
    expect(await said({ ...others, [`b=${b}&nonce`]: nonce ?? '' })).toBe(problem('签名校验失败'))
    expect(await said(good)).toMatch(/^200 /)
    expect(await said(signed(claim({ xm: '李&三' })))).toBe(problem('姓名有误'))
  })

  test('form and JSON bodies are read as on the market door, and the body wins', async () => {
    const type = (value: string) => ({ 'content-type': value })
    const form = { method: 'POST', headers: type('application/x-www-form-urlencoded') }
    const parameters = signed(claim())
    expect((await server.ask('/open/idcard', { ...form, body: `${new URLSearchParams(parameters)}` })).status).toBe(200)
    const json = { method: 'POST', headers: type('application/json') }
    expect((await server.ask('/open/idcard?xm=x', { ...json, body: JSON.stringify(parameters) })).status).toBe(200)
    const numbers = JSON.stringify({ ...parameters, sendtime: NOON })
    expect((await server.ask('/open/idcard', { ...json, body: numbers })).text).toContain('sendtime字符串长度超限')
  })

  test('an application signs by its own algorithm and by no other', async () => {
    const { appId, appSecret } = await server.newApplication()
    const own = claim({ appid: appId })
    const md5 = createHash('md5').update(`${appId}${own.sendtime}${appSecret}`).digest('hex')
    const signs = {
      'hmac-sha256': signed(own, appSecret).sign ?? '',
      'hmac-sm3': signed(own, appSecret, 'sm3').sign ?? '',
      md5,
    }
    for (const algorithm of ['hmac-sha256', 'hmac-sm3', 'md5'] as const) {
      await server.operate('PATCH', `/applications/${appId}`, { platformAlgorithm: algorithm })
      for (const [name, sign] of Object.entries(signs)) {
        const expected = name === algorithm ? /^200 / : /^666 .*签名校验失败/
        expect(await said({ ...own, sign })).toMatch(expected)
      }
    }
  })

  test('a debug request costs nothing and asks nobody, also where nothing has been bought', async () => {
    const { appId, appSecret } = await server.newApplication({ calls: null })
    const debug = signed(claim({ appid: appId, xm: '李*' }), appSecret)
    expect(await said(debug)).toBe(problem('存在*字符，视为调试数据。止于当前结果。'))
    expect(await said({ ...debug, sign: '0'.repeat(64) })).toBe(problem('签名校验失败'))
    expect(await server.usage(appId)).toMatchObject({ charged: 0, used: 0 })
  })

  test('a nonce is good for one request, whatever its answer', async () => {
    const first = signed(claim({ nonce: 'n-1', xm: '李*' }))
    expect(await said(first)).toBe(problem('存在*字符，视为调试数据。止于当前结果。'))
    expect(await said(first)).toBe(problem('随机数nonce已使用，请重新请求'))
    expect(await said(signed(claim({ nonce: 'n-1' })))).toBe(problem('随机数nonce已使用，请重新请求'))
    expect(await said(signed(claim({ nonce: 'n-2' })))).toMatch(/^200 /)
    const raced = signed(claim({ nonce: 'n-3' }))
    const answers = await Promise.all(Array.from({ length: 20 }, () => said(raced)))
    expect(answers.filter((answer) => answer.startsWith('200'))).toHaveLength(1)
  })

  test('an address outside the list comes before a suspension, and both before the parameters', async () => {
    const { appId, appSecret } = await server.newApplication()
    const bare = signed({ appid: appId, sendtime: String(NOON) }, appSecret)
    await server.operate('PATCH', `/applications/${appId}`, { status: 'suspended', allowList: ['203.0.113.0/24'] })
    expect(await said(bare)).toBe(problem('非法来源'))
    await server.operate('PATCH', `/applications/${appId}`, { allowList: [] })
    expect(await said(bare)).toBe(problem(`appid:${appId}接口已停用`))
  })

  test('no calls left, too fast, too large and a wrong method are refused as a gateway does', async () => {
    const { appId, appSecret } = await server.newApplication({ calls: 1 })
    const own = signed(claim({ appid: appId }), appSecret)
    expect((await ask(own)).status).toBe(200)
    const exhausted = await ask(own)
    expect([exhausted.status, exhausted.headers['x-ca-error-message'], exhausted.text]).toEqual([
      403,
      'Quota Exhausted',
      '',
    ])
    await server.operate('PATCH', `/applications/${server.application.appId}`, { ratePerSecond: 1 })
    const answers = await Promise.all([ask(signed(claim())), ask(signed(claim()))])
    const slow = answers.find(({ status }) => status === 403)
    expect(slow?.headers).toMatchObject({ 'x-ca-error-message': 'Throttled by APP Flow Control', 'retry-after': '1' })
    await server.operate('PATCH', `/applications/${server.application.appId}`, { ratePerSecond: null })
    const head = await server.ask('/open/idcard', { method: 'HEAD' })
    expect([head.status, head.headers['x-ca-error-message']]).toEqual([400, 'Invalid HttpMethod'])
    const large = await server.ask(`/open/idcard?xm=${'x'.repeat(17_000)}`)
    expect([large.status, large.headers['x-ca-error-message']]).toEqual([414, 'Request URL too Large'])
  })

  test('a source that cannot answer is a free problem', async () => {
    const before = await server.usage()
    expect(await said(signed(claim({ xm: FAULT.name, sfz: FAULT.number })))).toBe(
      problem('核验服务暂不可用，请稍后重试'),
    )
    expect((await server.usage()).used).toBe(before.used)
  })

  test('no line of the log tells who was asked about, or who asked with what', async () => {
    await ask(signed(claim()))
    const log = server.lines.join('\n')
    for (const secret of [MATCH.number, encodeURIComponent(MATCH.name), '李', server.application.appSecret]) {
      expect(log).not.toContain(secret)
    }
  })
})
