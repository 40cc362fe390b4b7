import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Attempt } from '@heyan/core'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestServer } from '../testing/server.js'
import { sourceMetrics } from './source-metrics.js'
import { sourceSpans } from './source-spans.js'

const ATTEMPT: Attempt = {
  callId: '0190abcd-0000-7000-8000-000000000001',
  source: 'market',
  ordinal: 1,
  durationMs: 120,
  class: 'verdict',
  costFen: 3.3,
  mayBeBilled: false,
}

test('the metrics of a source say how often, how it ended, how long, what it cost and how it is', async () => {
  const registry = new Registry()
  const onRoute = () => [{ name: 'market', breaker: 'resting' as const, active: 2, lateAnswers: 0 }]
  const { attempted, late, alerted } = sourceMetrics(registry, { onRoute })
  attempted(ATTEMPT)
  attempted({ ...ATTEMPT, class: 'timeout', costFen: 0, durationMs: 3_000 })
  late({ source: 'market', callId: ATTEMPT.callId, answer: { kind: 'verdict', verdict: 'match' } })
  alerted({ source: 'market', reason: 'exhausted', code: '' }, 0)
  const text = await registry.metrics()
  for (const line of [
    'heyan_source_attempts_total{source="market",class="verdict"} 1',
    'heyan_source_attempts_total{source="market",class="timeout"} 1',
    'heyan_source_attempt_seconds_count{source="market"} 2',
    'heyan_source_attempt_seconds_sum{source="market"} 3.12',
    'heyan_source_cost_fen_total{source="market"} 3.3',
    'heyan_source_late_answers_total{source="market"} 1',
    'heyan_source_alerts_total{source="market",reason="exhausted"} 1',
    'heyan_source_breaker{source="market",state="resting"} 1',
    'heyan_source_breaker{source="market",state="closed"} 0',
    'heyan_source_active{source="market"} 2',
  ])
    expect(text).toContain(`${line}\n`)
  expect(text).not.toContain(ATTEMPT.callId)
})

let collector: Server
let sent = ''
beforeAll(async () => {
  collector = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => {
      sent += `${request.url} ${chunk.toString('utf8')}`
    })
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
})
afterAll(() => new Promise((resolve) => collector.close(resolve)))

test('an attempt is a span at the endpoint: call, source, class and cost, and nothing else', async () => {
  const { port } = collector.address() as AddressInfo
  const { observer, close } = sourceSpans(`http://127.0.0.1:${port}/`)
  observer.attempted({ ...ATTEMPT, class: 'exhausted' })
  await close()
  expect(sent).toMatch(/^\/v1\/traces /)
  const names = [...sent.matchAll(/"key":"(heyan\.[\w.]+)"/g)].map(([, name]) => name)
  expect(names).toEqual([
    'heyan.call_id',
    'heyan.source',
    'heyan.ordinal',
    'heyan.class',
    'heyan.cost_fen',
    'heyan.may_be_billed',
  ])
  for (const part of ['source.attempt', ATTEMPT.callId, 'market', 'exhausted']) expect(sent).toContain(part)
})

test('a collector that is not there neither stops the end nor fails it', async () => {
  const { observer, close } = sourceSpans('http://127.0.0.1:1')
  observer.attempted(ATTEMPT)
  await expect(close()).resolves.toBeUndefined()
})

test('/metrics is on a listener of its own, and on no public one', async () => {
  const server = await TestServer.start({ environment: { METRICS_PORT: '0' } })
  try {
    const answer = await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)
    expect([answer.status, (await answer.text()).includes('heyan_source_attempts_total')]).toEqual([200, true])
    expect((await fetch(`http://127.0.0.1:${server.metricsPort}/`)).status).toBe(404)
    expect((await fetch(`${server.url}/metrics`)).status).not.toBe(200)
  } finally {
    await server.close()
  }
})

describe('what the doors measure', () => {
  const CANARY = { name: '金丝雀', number: '11010519491231002X' }
  let server: TestServer
  let text: string
  beforeAll(async () => {
    server = await TestServer.start({ environment: { METRICS_PORT: '0' } })
    const headers = { authorization: `APPCODE ${server.application.appCode}` }
    const person = `xm=${encodeURIComponent(CANARY.name)}&sfz=${CANARY.number}`
    await server.ask(`/idcard?${person}`, { headers })
    await server.ask(`/idcard?${person}0`, { headers })
    await server.ask(`/idcard?${person}`, { headers: { authorization: 'APPCODE nobody' } })
    await server.ask(`/open/idcard?${person}`)
    await server.ask('/v1/quota', { headers: { authorization: `Bearer ${server.application.appCode}` } })
    await server.ask(`/nowhere/${encodeURIComponent(CANARY.name)}`)
    text = await (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text()
  })
  afterAll(() => server.close())

  test('is how each request ended, at which door, and how long it took', () => {
    for (const line of [
      'heyan_requests_total{door="idcard",outcome="verdict"} 1',
      'heyan_requests_total{door="idcard",outcome="number_too_long"} 1',
      'heyan_requests_total{door="idcard",outcome="unknown_app_code"} 1',
      'heyan_requests_total{door="open",outcome="appid_missing"} 1',
      'heyan_requests_total{door="v1",outcome="2xx"} 1',
      'heyan_request_seconds_count{door="idcard"} 3',
      'heyan_quota_calls{state="granted"} 5',
      'heyan_quota_calls{state="left"} 4',
      'heyan_quota_calls{state="used"} 1',
      'heyan_accounts{quota="left"} 1',
      'heyan_accounts{quota="exhausted"} 0',
      'heyan_ledger_operations{state="waiting"} 0',
      'heyan_requests_in_flight 0',
    ])
      expect(text).toContain(`${line}\n`)
    expect(text).toMatch(/heyan_commit_operations_count [1-9]/)
    expect(text).toMatch(/heyan_commit_seconds_sum 0\.\d+/)
  })

  test('names nobody: labels come from closed lists, and nothing that a caller sent is in a scrape', () => {
    const { appCode, appKey, appSecret, appId, accountId } = server.application
    for (const secret of [...Object.values(CANARY), appCode, appKey, appSecret, appId, accountId, 'nobody', 'nowhere'])
      expect(text).not.toContain(secret)
    const own = text.split('\n').filter((line) => line.startsWith('heyan_'))
    const labels = new Set(own.flatMap((line) => [...line.matchAll(/[{,](\w+)="/g)].map(([, label]) => label)))
    expect([...labels].sort()).toEqual(['door', 'le', 'outcome', 'quota', 'state'])
  })

  test('is all that the example dashboard asks for', () => {
    const file = new URL('../../../../docs/dashboards/heyan.json', import.meta.url)
    const dashboard: { panels: { targets: { expr: string }[] }[] } = JSON.parse(readFileSync(file, 'utf8'))
    const asked = dashboard.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/\b(heyan|nodejs|process)_\w+/g) ?? []),
    )
    const known = new Set(text.split('\n').flatMap((line) => /^# TYPE (\w+) (\w+)/.exec(line)?.slice(1, 2) ?? []))
    const families = asked.map((name) => name.replace(/_(bucket|sum|count)$/, ''))
    expect(asked.length).toBeGreaterThan(10)
    expect(families.filter((name) => !known.has(name))).toEqual([])
  })
})
