import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { contentMd5, platformStringToSign, stringToSign } from '@heyan/contract'
import { SANDBOX_SUBJECTS, type SandboxOutcome, sandbox } from '@heyan/sources'
import type { CreatedApplication } from '@heyan/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  BODY_MAX_BYTES,
  HEADERS_TIMEOUT_MS,
  IDEMPOTENCY_KEY_MAX_BYTES,
  KEEP_ALIVE_TIMEOUT_MS,
  TIMESTAMP_TOLERANCE_MS,
  URL_MAX_BYTES,
  V1_BODY_MAX_BYTES,
  VERIFY_BUDGET_MS,
} from '../limits.js'
import { type Answer, NOON, TestServer } from '../testing/server.js'

const SITE = new URL('../../../../docs/site/', import.meta.url)
const LANGUAGES = ['zh', 'en'] as const
const slugs = (language: string) => readdirSync(new URL(`${language}/`, SITE)).map((file) => file.replace(/\.md$/, ''))
const read = (language: string, slug: string) => readFileSync(new URL(`${language}/${slug}.md`, SITE), 'utf8')

/** Who is in the record of the documents: the sample of the standard, and whom the sandbox knows. */
const record = () => {
  const inner = sandbox()
  return {
    ...inner,
    name: 'record',
    ask: ((subject, context) =>
      subject.number.text === '11010519491231002X'
        ? { kind: 'verdict', verdict: subject.name.text === '李三' ? 'match' : 'mismatch' }
        : inner.ask(subject, context)) as typeof inner.ask,
  }
}

interface Written {
  readonly method: string
  readonly target: string
  readonly headers: Record<string, string>
  readonly body: string
}

/** A page's examples: each block of a request with the block of its answer, which is the next. */
function examplesOf(text: string): { request: string; answer: string }[] {
  const blocks = [...text.matchAll(/^```http\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
  const examples = []
  for (let place = 0; place < blocks.length; place += 2)
    examples.push({ request: blocks[place] ?? '', answer: blocks[place + 1] ?? '' })
  return examples
}

function parse(block: string): { first: string; headers: Record<string, string>; body: string } {
  const [head = '', body = ''] = block.split('\n\n', 2)
  const [first = '', ...lines] = head.trim().split('\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { first, headers, body: body.trim() }
}

/** The request as it is sent: with credentials of this server, signed where it is signed. */
function fill(block: string, live: CreatedApplication, sandboxed: CreatedApplication): Written {
  const filled = block
    .replaceAll('YOUR_SANDBOX_APPCODE', sandboxed.appCode)
    .replaceAll('YOUR_APPCODE', live.appCode)
    .replaceAll('YOUR_APPKEY', live.appKey)
    .replaceAll('YOUR_APPID', live.appId)
    .replaceAll('YOUR_TIMESTAMP', String(NOON))
    .replaceAll('YOUR_SENDTIME', String(NOON / 1_000))
  const { first, headers, body } = parse(filled)
  const [method = '', target = ''] = first.split(' ')
  const sign = (text: string, encoding: 'base64' | 'hex') =>
    createHmac('sha256', live.appSecret).update(text).digest(encoding)
  const [path = '', query = ''] = target.split('?')
  if (headers['x-ca-signature'] === 'YOUR_SIGNATURE') {
    const signed = (headers['x-ca-signature-headers'] ?? '').split(',').sort()
    const text = [
      method,
      headers.accept ?? '',
      '',
      '',
      '',
      ...signed.map((name) => `${name}:${headers[name]}`),
      `${path}?${sorted(query)}`,
    ].join('\n')
    headers['x-ca-signature'] = sign(text, 'base64')
  }
  const parameters = path === '/open/idcard' ? body || query : ''
  const platformSign = sign(platformStringToSign(new Map(new URLSearchParams(parameters))), 'hex')
  return {
    method,
    target: target.replace('YOUR_SIGN', platformSign),
    headers,
    body: body.replace('YOUR_SIGN', platformSign),
  }
}

const sorted = (query: string) =>
  [...new URLSearchParams(query)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')

/** `…` in a written answer stands for what is another each time. */
function pattern(written: string): RegExp {
  return new RegExp(
    `^${written
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*')}$`,
  )
}

describe('every request of the documents is answered as it is written', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await TestServer.start({ source: record() })
  })
  afterAll(() => server.close())

  /** The id of a batch that was started, once it has come to its end: that is when its events do. */
  const ended = async (started: Answer, { appCode }: CreatedApplication) => {
    const id = String(started.json().id)
    await server.services.batches.runDue()
    await server.ask(`/v1/batches/${id}/events`, { headers: { authorization: `Bearer ${appCode}` } })
    return id
  }

  const pages = LANGUAGES.flatMap((language) => slugs(language).map((slug) => [language, slug] as const))
  test.each(pages.filter(([language, slug]) => examplesOf(read(language, slug)).length > 0))(
    'docs/site/%s/%s.md',
    async (language, slug) => {
      const application = await server.newApplication({ calls: 100 })
      const sandboxed = await server.newApplication({ mode: 'sandbox' })
      let batch = ''
      for (const { request, answer } of examplesOf(read(language, slug))) {
        const filled = fill(request, application, sandboxed)
        const { method, headers, body } = filled
        const target = filled.target.replace('YOUR_BATCH', batch)
        const given = await server.ask(target, { method, headers, ...(body === '' ? {} : { body }) })
        const wanted = parse(answer)
        expect([request, `HTTP/1.1 ${given.status}`]).toEqual([request, wanted.first])
        for (const [name, value] of Object.entries(wanted.headers))
          expect([name, Buffer.from(String(given.headers[name]), 'latin1').toString('utf8')]).toEqual([name, value])
        // A sheet begins with a mark of its encoding and has lines of Windows.
        const text = given.text.replace('\uFEFF', '').replaceAll('\r\n', '\n').trim()
        expect(text).toMatch(pattern(wanted.body))
        if (given.status === 202) batch = await ended(given, application)
      }
    },
  )
})

test('both languages have the same pages, examples and tables, and each is listed', () => {
  const { groups } = JSON.parse(readFileSync(new URL('contents.json', SITE), 'utf8')) as {
    groups: { pages: string[] }[]
  }
  const listed = groups.flatMap(({ pages }) => pages)
  expect(slugs('zh').sort()).toEqual([...listed].sort())
  expect(slugs('en').sort()).toEqual([...listed].sort())
  const tables = (text: string) => [...text.matchAll(/^\{\{(.+)\}\}$/gm)].map(([, name]) => name)
  const statuses = (text: string) => examplesOf(text).map(({ answer }) => parse(answer).first)
  for (const slug of listed) {
    const [zh, en] = [read('zh', slug), read('en', slug)]
    expect([slug, tables(en)]).toEqual([slug, tables(zh)])
    expect([slug, statuses(en)]).toEqual([slug, statuses(zh)])
  }
})

describe.each(LANGUAGES)('docs/site/%s', (language) => {
  test('the strings to sign have the signatures that stand below them', () => {
    const text = read(language, 'authentication')
    const blocks = [...text.matchAll(/^```text\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block.trimEnd())
    const signed = blocks.filter((block) => block.startsWith('GET\n'))
    expect(signed).toHaveLength(2)
    for (const block of signed) {
      const below = blocks[blocks.indexOf(block) + 1] ?? ''
      for (const line of below.split('\n')) {
        const [method = '', signature] = line.split(/\s+/)
        const hash = method.replace('Hmac', '').toLowerCase()
        expect(createHmac(hash, 'secret').update(block).digest('base64')).toBe(signature)
      }
    }
    const [body = '', md5] = blocks.find((block) => block.startsWith('{'))?.split('\n') ?? []
    expect(contentMd5(Buffer.from(body))).toBe(md5)
    expect(
      stringToSign({
        method: 'GET',
        header: () => undefined,
        path: '/idcard',
        parameters: new Map([
          ['xm', '阿卜杜拉·买买提'],
          ['sfz', '1'],
          ['empty', ''],
        ]),
      }),
    ).toBe(signed[1])
  })

  test('the sandbox is as its table says', () => {
    const rows = read(language, 'sandbox')
      .split('\n')
      .filter((line) => /^\| 沙/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    const shown = SANDBOX_SUBJECTS.filter(({ name }) => name.startsWith('沙'))
    expect(rows.map(([, name, number]) => [name, number])).toEqual(shown.map(({ name, number }) => [name, number]))
    for (const [place, { number, outcome }] of shown.entries()) {
      const [, , , sex = '', ending = ''] = rows[place] ?? []
      expect(ending).toContain(endingOf(outcome))
      const isMale = Number(number.charAt(16)) % 2 === 1
      expect(sex).toBe(language === 'zh' ? (isMale ? '男' : '女') : isMale ? 'male' : 'female')
    }
  })

  test('the limits are those of the server', () => {
    const text = read(language, 'limits')
    const [kb, s, min] = [
      (bytes: number) => `${bytes / 1_024} KB`,
      (ms: number) => ms / 1_000,
      (ms: number) => ms / 60_000,
    ]
    const unit =
      language === 'zh' ? { s: '秒', min: '分钟', bytes: '字节' } : { s: 'seconds', min: 'minutes', bytes: 'bytes' }
    for (const wanted of [
      kb(BODY_MAX_BYTES),
      kb(V1_BODY_MAX_BYTES),
      kb(URL_MAX_BYTES),
      `${s(VERIFY_BUDGET_MS)} ${unit.s}`,
      `${s(HEADERS_TIMEOUT_MS)} ${unit.s}`,
      `${s(KEEP_ALIVE_TIMEOUT_MS)} ${unit.s}`,
      `${min(TIMESTAMP_TOLERANCE_MS)} ${unit.min}`,
      `${IDEMPOTENCY_KEY_MAX_BYTES} ${unit.bytes}`,
    ])
      expect(text).toContain(wanted)
  })
})

function endingOf(outcome: SandboxOutcome): string {
  if (outcome.kind !== 'verdict') return '666 核验服务暂不可用，请稍后重试'
  return {
    match: '200 实名信息正确',
    mismatch: '200 实名校验失败:身份证与姓名不匹配',
    no_record: '200 实名校验失败:查无记录',
  }[outcome.verdict]
}
