import { gatewayError } from '@heyan/contract'
import { verdictAnswer } from '@heyan/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AliyunMarketOptions, aliyunMarket, MARKET_DIALECTS } from './aliyun-market.js'
import { guard, type SourceAlert } from './guard.js'
import { describeSource, question } from './source-suite.js'
import {
  FAULTS,
  type FakeSupplier,
  SUPPLIER_APP_CODE,
  SUPPLIER_APP_KEY,
  SUPPLIER_APP_SECRET,
  SUPPLIER_CA,
  startFakeSupplier,
} from './testing/fake-supplier.js'

const LI_SAN = question('李三', '11010519491231002X')
const APP_CODE = { kind: 'app_code', appCode: SUPPLIER_APP_CODE } as const
const APP_KEY = { kind: 'app_key', appKey: SUPPLIER_APP_KEY, appSecret: SUPPLIER_APP_SECRET } as const
const EGRESS = { allowPrivate: true, ports: 'any' } as const

function market(supplier: FakeSupplier, more: Partial<AliyunMarketOptions> = {}) {
  return aliyunMarket({
    name: 'market',
    url: supplier.url,
    credential: APP_CODE,
    ca: SUPPLIER_CA,
    egress: EGRESS,
    ...more,
  })
}

function context() {
  return { callId: 'call-1', deadlineMs: performance.now() + 3_000 }
}

const KINDS: readonly [string, Partial<AliyunMarketOptions>][] = [
  ['an AppCode, by GET', { credential: APP_CODE }],
  ['an AppCode, by POST', { credential: APP_CODE, method: 'POST' }],
  ['a signature, by GET', { credential: APP_KEY }],
  ['a signature, by POST', { credential: APP_KEY, method: 'POST' }],
]

for (const [kind, options] of KINDS) {
  describeSource(`a market supplier asked with ${kind}`, async () => {
    const supplier = await startFakeSupplier()
    supplier.record.set('11010519491231002X', '李三')
    return {
      source: guard(market(supplier, options), { breaker: { failuresInARow: 1_000, sampleCalls: 1_000 } }),
      subjects: {
        match: LI_SAN,
        mismatch: question('李四', '11010519491231002X'),
        no_record: question('李三', '440524188001010014'),
      },
      changeRecord: (verdict) => {
        if (verdict === 'no_record') supplier.record.delete('11010519491231002X')
        else supplier.record.set('11010519491231002X', verdict === 'match' ? '李三' : '王五')
      },
      timesAsked: supplier.asked,
      monotonicMs: () => performance.now(),
      cleanUp: supplier.close,
    }
  })
}

describe('a market supplier', () => {
  let supplier: FakeSupplier
  beforeAll(async () => {
    supplier = await startFakeSupplier()
    supplier.record.set('11010519491231002X', '李三')
  })
  beforeEach(() => supplier.behave(null))
  afterAll(() => supplier.close())

  test.each(FAULTS)('that answers with %s gives no verdict', async (fault) => {
    const source = guard(market(supplier), { timeoutMs: 400 })
    supplier.behave(fault)
    for (const subject of [LI_SAN, question('李四', '11010519491231002X')]) {
      expect(await source.ask(subject, context())).toMatchObject({ kind: 'unavailable' })
    }
    await source.close()
  })

  test('is taken back as soon as it answers well again, on the connections it has', async () => {
    const source = guard(market(supplier), { timeoutMs: 400 })
    for (const fault of ['html_with_200', 'reset_in_body', 'status_503', 'no_http'] as const) {
      supplier.behave(fault)
      await source.ask(LI_SAN, context())
      supplier.behave(null)
      expect(await source.ask(LI_SAN, context())).toEqual(verdictAnswer('match'))
    }
    await source.close()
  })

  test.each([
    ['not there any more', 'unreachable'],
    ['behind an expired certificate', 'untrusted'],
    ['behind a certificate for another host', 'untrusted'],
    ['behind a certificate of an authority that is not trusted', 'untrusted'],
  ])('%s is %s', async (kind, reason) => {
    const name = kind.includes('expired') ? 'expired' : kind.includes('another') ? 'wrong-host' : 'server'
    const other = await startFakeSupplier({ certificate: name })
    const options: AliyunMarketOptions = { name: 'market', url: other.url, credential: APP_CODE, egress: EGRESS }
    const source = guard(aliyunMarket(kind.includes('authority') ? options : { ...options, ca: SUPPLIER_CA }))
    if (kind.includes('not there')) await other.close()
    expect(await source.ask(LI_SAN, context())).toEqual({ kind: 'unavailable', reason })
    expect(other.asked()).toBe(0)
    await source.close()
    await other.close()
  })

  test('on a private address is not reached unless the configuration allows it', async () => {
    const source = guard(market(supplier, { egress: { ports: 'any' } }))
    const before = supplier.asked()
    expect(await source.ask(LI_SAN, context())).toEqual({ kind: 'unavailable', reason: 'untrusted' })
    expect(supplier.asked()).toBe(before)
    await source.close()
  })

  test.each(['classic', 'vpc'] as const)(
    'that refuses us at its gateway, in the words of %s, is told apart',
    async (profile) => {
      const expected = {
        quota_exhausted: 'exhausted',
        quota_expired: 'exhausted',
        throttled: 'throttled',
        unknown_app_code: 'credential',
        unknown_app_key: 'credential',
        no_credential: 'credential',
        suspended: 'credential',
        signature_wrong: 'credential',
        timestamp_expired: 'credential',
        overloaded: 'upstream_fault',
        path_unknown: 'fault',
        method_wrong: 'fault',
      } as const
      for (const [code, reason] of Object.entries(expected) as [keyof typeof expected, string][]) {
        const { status, message } = gatewayError(code, profile, {
          stringToSign: 'GET#xm=李三',
          path: '/idcard',
          method: 'GET',
        })
        supplier.behave((_, response) => {
          response.writeHead(status, { 'x-ca-error-message': Buffer.from(message).toString('latin1') }).end()
        })
        const source = guard(market(supplier))
        expect(await source.ask(LI_SAN, context())).toEqual({ kind: 'unavailable', reason })
        await source.close()
      }
    },
  )

  test('whose quota for us is used up rests, and somebody is told, without a word of the person', async () => {
    const alerts: SourceAlert[] = []
    const source = guard(market(supplier), { onAlert: (alert) => alerts.push(alert) })
    supplier.behave((_, response) => response.writeHead(403, { 'x-ca-error-message': 'Quota Exhausted' }).end())
    await source.ask(LI_SAN, context())
    expect(source.isReady()).toBe(false)
    expect(alerts).toEqual([{ source: 'market', reason: 'exhausted', code: 'quota_exhausted' }])
    await source.close()
  })

  test.each([
    ['姓名有误', 'refused'],
    ['身份证号码有误', 'refused'],
    ['非法来源', 'credential'],
    ['签名校验失败', 'credential'],
    ['核验服务暂不可用，请稍后重试', 'upstream_fault'],
    ['系统繁忙', 'upstream_fault'],
  ])('that answers 666 with %s gives no verdict: %s', async (msg, reason) => {
    const source = guard(market(supplier))
    supplier.behave((_, response) => response.writeHead(666).end(JSON.stringify({ ok: 0, msg })))
    expect(await source.ask(LI_SAN, context())).toEqual({ kind: 'unavailable', reason })
    await source.close()
  })

  test('of another dialect is asked in its names and understood by its codes', async () => {
    const answers = {
      'name-idCard': ['{"status":"01","msg":"通过"}', '{"status":"02"}', '{"status":"202"}'],
      'name-idcard': [
        '{"code":"0","result":{"res":"1"}}',
        '{"code":"0","result":{"res":"2"}}',
        '{"code":"0","result":{"res":"3"}}',
      ],
      'name-idNo': ['{"respCode":"0000"}', '{"respCode":"0008"}', '{"respCode":"0010"}'],
      'realname-idcard': [
        '{"error_code":0,"result":{"res":1}}',
        '{"error_code":0,"result":{"res":2}}',
        '{"error_code":210302,"result":null}',
      ],
      'realName-cardNo': [
        '{"error_code":0,"result":{"isok":true}}',
        '{"error_code":0,"result":{"isok":false}}',
        '{"error_code":80008}',
      ],
    } as const
    for (const dialect of Object.keys(answers) as (keyof typeof answers)[]) {
      const source = guard(market(supplier, { dialect, method: 'POST' }))
      const given: unknown[] = []
      for (const text of answers[dialect]) {
        supplier.behave((_, response, body) => {
          const form = new URLSearchParams(body)
          const { nameField, numberField } = MARKET_DIALECTS[dialect]
          const isAsked = form.get(nameField) === '李三' && form.get(numberField) === '11010519491231002X'
          response.writeHead(isAsked ? 200 : 500).end(text)
        })
        const answer = await source.ask(LI_SAN, context())
        given.push(answer.kind === 'verdict' ? answer.verdict : answer.reason)
      }
      const last = dialect === 'name-idcard' ? 'no_record' : 'upstream_fault'
      expect(given).toEqual(['match', 'mismatch', last])
      await source.close()
    }
  })

  test('with an answer in GBK, or packed, is understood', async () => {
    const source = guard(market(supplier, { dialect: 'name-idCard' }))
    supplier.behave((_, response) => {
      const body = Buffer.concat([Buffer.from('{"status":"01","msg":"'), Buffer.from([0xc0, 0xee]), Buffer.from('"}')])
      response.writeHead(200, { 'content-type': 'application/json;charset=GBK' }).end(body)
    })
    expect(await source.ask(LI_SAN, context())).toEqual(verdictAnswer('match'))
    await source.close()
  })

  test.each<[string, unknown]>([
    ['source.name', { name: '' }],
    ['source.url', { url: 'http://supplier.example/idcard' }],
    ['source.url', { url: 'https://10.0.0.1/idcard', egress: {} }],
    ['source.credential', { credential: undefined }],
    ['source.credential.kind', { credential: { kind: 'password' } }],
    ['source.credential.appCode', { credential: { kind: 'app_code', appCode: 'fake\r\nsecret' } }],
    ['source.credential.appSecret', { credential: { kind: 'app_key', appKey: '1' } }],
    ['source.method', { method: 'PUT' }],
    ['source.dialect', { dialect: 'none' }],
  ])('with a wrong %s is refused when it is configured, by that name and without the value', (field, wrong) => {
    const options = { name: 'm', url: 'https://supplier.example/idcard', credential: APP_CODE, ...(wrong as object) }
    expect(() => aliyunMarket(options as AliyunMarketOptions)).toThrow(expect.objectContaining({ field }))
    expect(() => aliyunMarket(options as AliyunMarketOptions)).not.toThrow('secret')
  })
})
