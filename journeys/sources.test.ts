import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type FakeSupplier,
  SUPPLIER_APP_CODE,
  SUPPLIER_CA,
  startFakeSupplier,
} from '../packages/sources/src/testing/fake-supplier.js'
import { callMarket, type Server as Heyan, heyan, newFolder, serve } from './processes.js'

const VENDOR_KEY = 'vendor-key-1'
const LI_SAN = { name: '李三', number: '11010519491231002X' }

let supplier: FakeSupplier
let vendor: Server
let vendorUrl: string
let folder: string
let server: Heyan
let application: { appId: string; appCode: string }
beforeAll(async () => {
  supplier = await startFakeSupplier()
  supplier.record.set(LI_SAN.number, LI_SAN.name)
  vendor = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { realName, idCard, order, time } = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>
      const sign = createHash('sha256').update(`${VENDOR_KEY}${idCard}${time}`).digest('hex')
      const isRight = request.headers['x-api-key'] === VENDOR_KEY && request.headers['x-sign'] === sign
      const code = !isRight ? '401' : realName === LI_SAN.name ? '01' : '02'
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ code: isRight ? '200' : code, data: { result: code, orderNo: order } }))
    })
  })
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve))
  vendorUrl = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}/id/check`
  folder = newFolder()
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  writeFileSync(join(folder, 'data', 'sources.json'), '{"allowPrivate":true}')
  server = await serve(folder, { DEMO: 'off' })
  application = JSON.parse(await said(['app', 'create', '--name', '门诊', '--calls', '50', '--json']))
})
afterAll(() => Promise.all([supplier.close(), new Promise((resolve) => vendor.close(resolve))]))

async function said(args: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await heyan(args, server.env, input)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

function file(name: string, content: string | object): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

/** The vendor that the guide describes. */
function guideExample(): object {
  const guide = readFileSync(new URL('../docs/guides/sources.md', import.meta.url), 'utf8')
  const [, json = ''] = /```json\n(\{[\s\S]*?\n\})\n```/.exec(guide) ?? []
  return JSON.parse(json) as object
}

test('an operator adds a marketplace supplier and a vendor of JSON, tries them, and callers are served', async () => {
  const { port } = new URL(supplier.origin)
  const market = file('market.json', { ca: SUPPLIER_CA, ports: [Number(port)] })
  const added = await said(
    ['source', 'add', 'market', '--kind', 'aliyun-market', '--url', supplier.url]
      .concat(['--settings', market, '--secrets', '-', '--cost', '3.3', '--json'])
      .concat(['--second-question', 'on_mismatch']),
    `appCode=${SUPPLIER_APP_CODE}\n`,
  )
  expect(JSON.parse(added)).toMatchObject({
    name: 'market',
    status: 'disabled',
    costCentifen: 330,
    secretNames: ['appCode'],
  })
  expect(added).not.toContain(SUPPLIER_APP_CODE)

  const settings = file('vendor-settings.json', {
    ...guideExample(),
    url: vendorUrl,
    allowHttp: true,
    ports: [Number(new URL(vendorUrl).port)],
  })
  const secrets = file('vendor-secrets.json', { key: VENDOR_KEY })
  await said(
    ['source', 'add', 'vendor', '--kind', 'http', '--settings', settings, '--secrets', secrets].concat([
      '--priority',
      '2',
      '--cost',
      '4',
    ]),
  )
  const about = ['--name', LI_SAN.name, '--number', LI_SAN.number]
  expect(await said(['source', 'test', 'market', ...about])).toContain('match')
  expect(JSON.parse(await said(['source', 'test', 'vendor', ...about, '--json']))).toMatchObject({ verdict: 'match' })
  for (const name of ['market', 'vendor']) await said(['source', 'enable', name])
  expect((await callMarket(server.url, application.appCode)).body).toContain('实名信息正确')
  const list = await said(['source', 'list'])
  expect(list).toMatch(/market {2}aliyun-market {2}enabled {2}closed {2}priority 1 {2}weight 1 {2}3.3 fen/)
  expect(list).toContain('since the start: 1 attempts')
  expect(list).not.toContain(SUPPLIER_APP_CODE)
})

test('a mistake is told by the name of the field, and the value stays unsaid', async () => {
  const wrong = async (...args: string[]) => {
    const { code, stderr } = await heyan(['source', ...args], server.env, 'key=s-e-c-r-e-t\nnonsense')
    return `${code} ${stderr}`
  }
  expect(await wrong('add', 'x', '--kind', 'http', '--url', 'http://vendor.example')).toMatch(/^1 .*source\.url/)
  expect(await wrong('add', 'x', '--kind', 'http', '--secrets', '-')).toBe(
    '1 heyan: --secrets: line 2 is not name=value\n',
  )
  expect(await wrong('set', 'market', '--cost', '3.333')).toMatch(/^1 .*--cost/)
  expect(await wrong('enable', 'nobody')).toMatch(/there are market, vendor/)
  expect(await wrong('set', 'roster', '--weight', '3')).toMatch(/--priority and nothing else/)
})

test("a supplier's bill is held against our record: what agrees, and each way in which it does not", async () => {
  for (let call = 0; call < 2; call++) await callMarket(server.url, application.appCode)
  const billed = supplier.references().slice(-3)
  const now = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
  const bill = (rows: readonly string[]) => file('bill.csv', ['请求ID,调用时间,金额（元）', ...rows].join('\n'))
  const even = bill(billed.map((reference) => `${reference},${now},0.033`))
  const report = async (path: string, ...more: string[]) => {
    const { code, stdout } = await heyan(
      ['source', 'reconcile', path, '--source', 'market', '--json', ...more],
      server.env,
    )
    return { code, ...JSON.parse(stdout) }
  }
  expect(await report(even)).toMatchObject({
    code: 0,
    isEven: true,
    bill: { rows: 3, unknown: 0, centifen: 990 },
    ours: { calls: 3, verdicts: 3, billedKnown: 3 },
  })
  const [known = '', dear = ''] = billed
  const odd = bill([
    `${known},${now},0.033`,
    `${known},${now},0.033`,
    `${dear},${now},0.05`,
    `NOBODY-0001,${now},0.033`,
  ])
  const details = join(folder, 'details.jsonl')
  expect(await report(odd, '--details', details)).toMatchObject({
    code: 1,
    isEven: false,
    bill: { rows: 4, unknown: 1 },
    ours: { billedTooOften: 1, notBilled: 1, costDiffers: 1, differenceCentifen: 170 },
    findings: expect.arrayContaining([{ kind: 'billed_unknown', line: 5, reference: 'NOBODY-0001' }]),
  })
  const { stdout } = await heyan(['source', 'reconcile', odd, '--source', 'market'], server.env)
  expect(stdout).toMatch(/billed and unknown {2,}1/)
  expect((await heyan(['source', 'reconcile', odd], server.env)).stderr).toContain('market, vendor')
})

test('what is disabled or removed is asked no more; what it was asked stays', async () => {
  await said(['source', 'set', 'market', '--priority', '9'])
  expect((await callMarket(server.url, application.appCode)).status).toBe(200)
  const asked = supplier.asked()
  await said(['source', 'disable', 'market'])
  await said(['source', 'remove', 'market'])
  expect((await callMarket(server.url, application.appCode)).status).toBe(200)
  expect(supplier.asked()).toBe(asked)
  const { stdout } = await heyan(
    ['source', 'reconcile', join(folder, 'bill.csv'), '--source', 'market', '--json'],
    server.env,
  )
  expect(JSON.parse(stdout)).toMatchObject({ ours: { calls: 3 } })
})
