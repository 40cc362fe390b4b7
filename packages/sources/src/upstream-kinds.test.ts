import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { guard } from './guard.js'
import { question } from './source-suite.js'
import {
  type FakeSupplier,
  SUPPLIER_APP_CODE,
  SUPPLIER_APP_KEY,
  SUPPLIER_APP_SECRET,
  SUPPLIER_CA,
  startFakeSupplier,
} from './testing/fake-supplier.js'
import { openUpstream, UPSTREAM_KINDS, type UpstreamDescription } from './upstream-kinds.js'

const LI_SAN = question('李三', '11010519491231002X')

describe('a source by its description', () => {
  let supplier: FakeSupplier
  beforeAll(async () => {
    supplier = await startFakeSupplier()
    supplier.record.set('11010519491231002X', '李三')
  })
  afterAll(() => supplier.close())

  function described(more: Partial<UpstreamDescription> = {}): UpstreamDescription {
    const ports = [Number(new URL(supplier.origin).port)]
    const settings = { url: supplier.url, ca: SUPPLIER_CA, ports, ...more.settings }
    return { kind: 'aliyun-market', name: 'market', secrets: { appCode: SUPPLIER_APP_CODE }, ...more, settings }
  }

  test.each<[string, Partial<UpstreamDescription>]>([
    ['a market supplier with an AppCode', {}],
    [
      'a market supplier with a key',
      { settings: { appKey: SUPPLIER_APP_KEY }, secrets: { appSecret: SUPPLIER_APP_SECRET } },
    ],
    [
      'any vendor',
      {
        kind: 'http',
        secrets: { code: SUPPLIER_APP_CODE },
        settings: {
          method: 'GET',
          query: { xm: '{name}', sfz: '{number}' },
          headers: { authorization: 'APPCODE {secret.code}' },
          answer: { success: { path: 'ok', values: ['1'] }, path: 'match', verdicts: { true: 'match' } },
        },
      },
    ],
  ])('is %s', async (_, more) => {
    const source = guard(openUpstream(described(more), { allowPrivate: true }))
    const answer = await source.ask(LI_SAN, { callId: 'c', deadlineMs: performance.now() + 3_000 })
    expect(answer).toEqual({ kind: 'verdict', verdict: 'match' })
    await source.close()
  })

  test('reaches a private address only where the process allows it, whatever it says itself', () => {
    const address = { settings: { url: 'https://127.0.0.1:8443/idcard', ports: [8443] } }
    expect(() => openUpstream(described(address))).toThrow('source.url: expected a public address')
    const insists = { settings: { egress: { allowPrivate: true } } }
    expect(() => openUpstream(described(insists))).toThrow('source.egress')
  })

  test.each<[string, object]>([
    ['source.kind', { kind: 'toString' }],
    ['source.allowHttp', { settings: { allowHttp: 'yes' } }],
    ['source.ports', { settings: { ports: [0] } }],
    ['source.dialect', { settings: { dialect: 'klingon' } }],
    ['source.dialect.numberField', { settings: { dialect: { nameField: 'a', answer: 'ok_msg' } } }],
    ['source.dialect.answer.path', { settings: { dialect: { nameField: 'a', numberField: 'b', answer: {} } } }],
    ['source.appKey', { secrets: { appSecret: 'x' } }],
    ['source.secrets.appSecret', { settings: { appKey: '1' }, secrets: {} }],
    ['source.secrets', { kind: 'http', settings: { secrets: { a: 'S3CRET' } } }],
    ['source.name', { name: ' ' }],
  ])('with a wrong %s is refused by that name', (field, more) => {
    expect(() => openUpstream(described(more))).toThrow(expect.objectContaining({ field }))
    expect(() => openUpstream(described(more))).not.toThrow('S3CRET')
  })

  test('is of one of the kinds that are listed', () => {
    expect(UPSTREAM_KINDS).toEqual(['aliyun-market', 'http'])
  })
})
