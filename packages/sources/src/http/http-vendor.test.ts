import { createDecipheriv, createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { verdictAnswer } from '@heyan/core'
import { sm2 } from 'sm-crypto-v2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { guard } from '../guard.js'
import { describeSource, question } from '../source-suite.js'
import { type FakeSupplier, SUPPLIER_CA, startFakeSupplier } from '../testing/fake-supplier.js'
import { type HttpVendorOptions, httpVendor } from './http-vendor.js'

const LI_SAN = question('李三', '11010519491231002X')
const NOW = Date.UTC(2025, 0, 1, 16, 0, 0)
const ANSWER = { path: 'code', verdicts: { '0': 'match', '1': 'mismatch', '2': 'no_record' } } as const

let supplier: FakeSupplier
beforeAll(async () => {
  supplier = await startFakeSupplier()
})
afterAll(() => supplier.close())

function options(more: Partial<HttpVendorOptions> = {}): HttpVendorOptions {
  return {
    name: 'vendor',
    url: `${supplier.origin}/check`,
    method: 'POST',
    answer: ANSWER,
    ca: SUPPLIER_CA,
    egress: { allowPrivate: true, ports: 'any' },
    now: () => NOW,
    ...more,
  }
}

/** Asks once; returns what arrived. */
async function arrives(more: Partial<HttpVendorOptions>, answer = '{"code":0}') {
  const seen: { url: URL; headers: IncomingHttpHeaders; body: string }[] = []
  supplier.behave((request, response, body) => {
    seen.push({ url: new URL(request.url ?? '', supplier.origin), headers: request.headers, body })
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
  const source = guard(httpVendor(options(more)))
  const given = await source.ask(LI_SAN, { callId: 'c', deadlineMs: performance.now() + 3_000 })
  await source.close()
  const [request] = seen
  if (request === undefined) throw new Error('nothing arrived')
  return { ...request, form: new URLSearchParams(request.body), given }
}

describeSource('a vendor by configuration', async () => {
  const other = await startFakeSupplier()
  const record = new Map([['11010519491231002X', '李三']])
  let asked = 0
  other.behave((_, response, body) => {
    asked += 1
    const { name, idNo } = JSON.parse(body) as { name: string; idNo: string }
    const known = record.get(idNo)
    response.writeHead(200).end(JSON.stringify({ code: known === undefined ? 2 : known === name ? 0 : 1 }))
  })
  const vendor = options({ url: `${other.origin}/check`, body: { json: { name: '{name}', idNo: '{number}' } } })
  return {
    source: guard(httpVendor(vendor), { breaker: { failuresInARow: 1_000, sampleCalls: 1_000 } }),
    subjects: {
      match: LI_SAN,
      mismatch: question('李四', '11010519491231002X'),
      no_record: question('李三', '440524188001010014'),
    },
    changeRecord: (verdict) => {
      if (verdict === 'no_record') record.delete('11010519491231002X')
      else record.set('11010519491231002X', verdict === 'match' ? '李三' : '王五')
    },
    timesAsked: () => asked,
    monotonicMs: () => performance.now(),
    cleanUp: other.close,
  }
})

describe('a vendor by configuration', () => {
  test('is asked by GET with a query beside the one in its URL', async () => {
    const { url } = await arrives({
      url: `${supplier.origin}/check?v=2`,
      method: 'GET',
      query: { xm: '{name}', sfz: '{number}', t: '{now.s}' },
    })
    expect(`${url.pathname}${url.search}`).toBe(
      `/check?v=2&xm=%E6%9D%8E%E4%B8%89&sfz=11010519491231002X&t=${NOW / 1_000}`,
    )
  })

  test('is asked by a form in GBK, and its answer in GBK understood', async () => {
    const { body, headers, given } = await arrives({
      charset: 'gbk',
      body: { form: { name: '{name}', id: '{number}' } },
    })
    expect(body).toBe('name=%C0%EE%C8%FD&id=11010519491231002X')
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded; charset=gbk')
    expect(given).toEqual(verdictAnswer('match'))
  })

  test('is asked in JSON of any shape: texts are templates, other values are sent as they stand', async () => {
    const json = {
      data: [{ name: '{name}', id: '{number}', day: '{now.beijing}' }],
      version: 2,
      test: false,
      note: null,
    }
    const { body } = await arrives({ body: { json } })
    expect(JSON.parse(body)).toEqual({
      data: [{ name: '李三', id: '11010519491231002X', day: '20250102000000' }],
      version: 2,
      test: false,
      note: null,
    })
  })

  test('gets its sorted parameters signed with a secret, the signature itself left out', async () => {
    const { form } = await arrives({
      secrets: { key: 'k-1', id: 'app-1' },
      body: {
        form: {
          sign: '{value.sign}',
          name: '{name}',
          idNo: '{number}',
          appId: '{secret.id}',
          nonce: '{nonce}',
          empty: '',
        },
      },
      values: {
        sign: { from: '{parameters}&key={secret.key}', steps: [{ step: 'hash', algorithm: 'md5', output: 'HEX' }] },
      },
    })
    const text = `appId=app-1&idNo=11010519491231002X&name=李三&nonce=${form.get('nonce')}&key=k-1`
    expect(form.get('sign')).toBe(createHash('md5').update(text).digest('hex').toUpperCase())
  })

  test('gets its body signed in a header', async () => {
    const { headers, body } = await arrives({
      secrets: { key: 'k-1' },
      headers: { 'X-Sign': '{value.sign}', 'X-Time': '{now.ms}' },
      body: { json: { name: '{name}', id: '{number}' } },
      values: {
        sign: {
          from: '{now.ms}{body}',
          steps: [{ step: 'hmac', algorithm: 'sm3', key: '{secret.key}', output: 'base64' }],
        },
      },
    })
    expect(headers['x-sign']).toBe(createHmac('sm3', 'k-1').update(`${NOW}${body}`).digest('base64'))
  })

  test.each([
    ['aes-128-cbc', '0123456789abcdef', '1111111111111111'],
    ['aes-256-ecb', '0123456789abcdef0123456789abcdef', null],
    ['sm4-cbc', '0123456789abcdef', '2222222222222222'],
    ['sm4-ecb', '0123456789abcdef', null],
  ] as const)('gets fields encrypted with %s', async (cipher, key, iv) => {
    const encrypt = {
      step: 'encrypt',
      cipher,
      key: '{secret.key}',
      output: 'base64',
      ...(iv === null ? {} : { iv }),
    } as const
    const { form } = await arrives({
      secrets: { key },
      body: { form: { name: '{value.name}' } },
      values: { name: { from: '{name}', steps: [encrypt] } },
    })
    const decipher = createDecipheriv(cipher, key, iv)
    expect(decipher.update(form.get('name') ?? '', 'base64', 'utf8') + decipher.final('utf8')).toBe('李三')
  })

  test('gets fields encrypted with SM2, in either order', async () => {
    const { publicKey, privateKey } = sm2.generateKeyPairHex()
    for (const [order, mode] of [
      ['c1c3c2', 1],
      ['c1c2c3', 0],
    ] as const) {
      const { form } = await arrives({
        secrets: { key: publicKey },
        body: { form: { id: '{value.id}' } },
        values: {
          id: {
            from: '{number}',
            steps: [{ step: 'sm2', publicKey: '{secret.key}', order, hasPointPrefix: true, output: 'hex' }],
          },
        },
      })
      expect(form.get('id')).toMatch(/^04/)
      expect(sm2.doDecrypt((form.get('id') ?? '').slice(2), privateKey, mode)).toBe('11010519491231002X')
    }
  })

  test('gets fields hashed, cut and put in capitals', async () => {
    const { form } = await arrives({
      body: { form: { a: '{value.a}', b: '{value.b}' } },
      values: {
        a: { from: '{number}', steps: [{ step: 'slice', from: -4 }, { step: 'lower' }, { step: 'base64' }] },
        b: { from: '{value.a}', steps: [{ step: 'hash', algorithm: 'sha1', output: 'hex' }, { step: 'upper' }] },
      },
    })
    expect(form.get('a')).toBe(Buffer.from('002x').toString('base64'))
    expect(form.get('b')).toBe(
      createHash('sha1')
        .update(form.get('a') ?? '')
        .digest('hex')
        .toUpperCase(),
    )
  })

  test('means no verdict by a result that is not listed, and what the table says by a status', async () => {
    expect((await arrives({ body: { form: {} } }, '{"code":9}')).given).toEqual({
      kind: 'unavailable',
      reason: 'upstream_fault',
    })
    supplier.behave((_, response) => response.writeHead(402).end())
    const source = guard(httpVendor(options({ statuses: { '402': 'exhausted' } })))
    const answer = await source.ask(LI_SAN, { callId: 'c', deadlineMs: performance.now() + 3_000 })
    expect(answer).toEqual({ kind: 'unavailable', reason: 'exhausted' })
    await source.close()
  })

  const hash = { step: 'hash', algorithm: 'md5', output: 'hex' }
  const value = (step: object) => ({ values: { x: { from: '{name}', steps: [step] } }, secrets: { key: 'S3CRET' } })
  test.each<[string, object]>([
    ['source.url', { url: 'https://supplier.example/{name}' }],
    ['source.url', { url: 'http://supplier.example/' }],
    ['source.method', { method: 'DELETE' }],
    ['source.charset', { charset: 'big5' }],
    ['source.colour', { colour: 'red' }],
    ['source.query.a', { query: { a: 1 } }],
    ['source.headers.Host', { headers: { Host: 'x' } }],
    ['source.headers.x y', { headers: { 'x y': 'x' } }],
    ['source.headers.x-name', { headers: { 'x-name': '{name}' } }],
    ['source.body', { method: 'GET', body: { form: {} } }],
    ['source.body', { body: { form: {}, json: {} } }],
    ['source.body.xml', { body: { xml: '' } }],
    ['source.answer.path', { answer: { verdicts: { '1': 'match' } } }],
    ['source.answer.verdicts', { answer: { path: 'a', verdicts: {} } }],
    ['source.answer.verdicts.1', { answer: { path: 'a', verdicts: { '1': 'yes' } } }],
    ['source.answer.success.values', { answer: { ...ANSWER, success: { path: 'a', values: [] } } }],
    ['source.statuses.402', { statuses: { '402': 'match' } }],
    ['{secret.none}', { query: { a: '{secret.none}' } }],
    ['{colour}', { query: { a: '{colour}' } }],
    ['{value.x}', { values: { x: { from: '{value.y}', steps: [] }, y: { from: '{value.x}', steps: [] } } }],
    ['source.values.x.from', { values: { x: { steps: [hash] } } }],
    ['source.values.x.steps', { values: { x: { from: 'a' } } }],
    ['source.values.x.steps[0].step', value({ step: 'rot13' })],
    ['source.values.x.steps[0].algorithm', value({ ...hash, algorithm: 'md4' })],
    ['source.values.x.steps[0].output', value({ ...hash, output: 'raw' })],
    ['source.values.x.steps[0].key', value({ step: 'encrypt', cipher: 'sm4-ecb', key: '{secret.key}', output: 'hex' })],
    [
      'source.values.x.steps[0].iv',
      value({ step: 'encrypt', cipher: 'sm4-cbc', key: '0123456789abcdef', output: 'hex' }),
    ],
    ['source.values.x.steps[0].publicKey', value({ step: 'sm2', publicKey: '{secret.key}', output: 'hex' })],
    ['source.values.x.steps[0].from', value({ step: 'slice' })],
  ])('with a wrong %s is refused when it is configured, by that name and without a secret', (field, wrong) => {
    const configured = () => httpVendor({ ...options(), ...wrong } as HttpVendorOptions)
    expect(configured).toThrow(expect.objectContaining({ name: 'ConfigurationError', field }))
    expect(configured).not.toThrow('S3CRET')
  })
})
