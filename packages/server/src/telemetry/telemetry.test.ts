import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Attempt } from '@heyan/core'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
