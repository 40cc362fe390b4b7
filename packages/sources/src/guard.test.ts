import type { SourceAnswer } from '@heyan/core'
import { unavailable, verdictAnswer } from '@heyan/core'
import { describe, expect, test } from 'vitest'
import { type GuardOptions, guard, type LateAnswer, type SourceAlert } from './guard.js'
import { describeSource, question } from './source-suite.js'
import { type Upstream, UpstreamError } from './upstream.js'

const LI_SAN = question('李三', '11010519491231002X')
const MATCH = verdictAnswer('match')

describeSource('a guarded upstream', () => {
  let asked = 0
  const upstream: Upstream = {
    name: 'bureau',
    async ask({ name, number }) {
      asked += 1
      if (number.text.length !== 18) throw new Error(`no such number: ${name.text} ${number.text}`)
      return verdictAnswer(name.text === '李三' ? 'match' : name.text === '李四' ? 'mismatch' : 'no_record')
    },
    close: async () => {},
  }
  return {
    source: guard(upstream, { breaker: { failuresInARow: 1_000, sampleCalls: 1_000 } }),
    subjects: {
      match: LI_SAN,
      mismatch: question('李四', '11010519491231002X'),
      no_record: question('李五', '11010519491231002X'),
    },
    timesAsked: () => asked,
    monotonicMs: () => performance.now(),
  }
})

/** A guard whose time passes, and whose upstream answers, only when told. */
function guarded(options: GuardOptions = {}) {
  let nowMs = 1_000
  let timers: { atMs: number; run: () => void }[] = []
  const asked: { answer: (given: SourceAnswer | Error) => void; signal: AbortSignal }[] = []
  const alerts: SourceAlert[] = []
  const late: LateAnswer[] = []
  const upstream: Upstream = {
    name: 'bureau',
    ask: (_, { signal }) =>
      new Promise((resolve, reject) => {
        asked.push({ signal, answer: (given) => (given instanceof Error ? reject(given) : resolve(given)) })
      }),
    close: async () => {},
  }
  const source = guard(upstream, {
    random: () => 0,
    monotonicMs: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    onAlert: (alert) => alerts.push(alert),
    onLateAnswer: (one) => late.push(one),
    ...options,
  })
  const pass = (ms: number): void => {
    nowMs += ms
    for (const timer of timers.filter(({ atMs }) => atMs <= nowMs)) timer.run()
  }
  const ask = (more: { deadlineMs?: number; signal?: AbortSignal } = {}, force = false): Promise<SourceAnswer> =>
    source.ask(LI_SAN, { callId: 'call-1', deadlineMs: nowMs + 60_000, ...more }, force)
  const once = async (given: SourceAnswer | Error): Promise<SourceAnswer> => {
    const answer = ask()
    asked.at(-1)?.answer(given)
    return answer
  }
  return { source, pass, ask, once, asked, alerts, late, timers: () => timers.length }
}

describe('the guard', () => {
  test('gives up at its own time-out, or at the deadline where that is sooner, and lets go of the upstream', async () => {
    const { ask, pass, asked, timers } = guarded({ timeoutMs: 2_000 })
    const [usual, hurried] = [ask(), ask({ deadlineMs: 1_500 })]
    pass(500)
    expect(await hurried).toEqual(unavailable('timeout'))
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([false, true])
    pass(1_500)
    expect(await usual).toEqual(unavailable('timeout'))
    expect(timers()).toBe(0)
  })

  test("passes on the supplier's own name for a call, and nothing in its place that could be a person", async () => {
    const references: string[] = []
    const said = [
      'REQ-0190.abcd:1',
      '李三',
      LI_SAN.number.text,
      LI_SAN.number.text.toLowerCase(),
      'short',
      'x'.repeat(65),
    ]
    const source = guard({
      name: 'bureau',
      async ask(_, { refer }) {
        for (const each of said) refer(each)
        return MATCH
      },
      close: async () => {},
    })
    const deadlineMs = performance.now() + 3_000
    await source.ask(LI_SAN, { callId: 'call-1', deadlineMs, refer: (reference) => references.push(reference) })
    expect(references).toEqual(['REQ-0190.abcd:1'])
  })

  test('ignores an answer that comes late, and counts and reports it', async () => {
    const { ask, pass, asked, late, source } = guarded()
    const answer = ask()
    pass(3_000)
    asked[0]?.answer(MATCH)
    expect(await answer).toEqual(unavailable('timeout'))
    await new Promise(setImmediate)
    expect(late).toEqual([{ source: 'bureau', callId: 'call-1', answer: MATCH }])
    expect(source.health()).toEqual({ breaker: 'closed', active: 0, lateAnswers: 1 })
  })

  test('lets no more attempts through than it may, those that hang included', async () => {
    const { ask, pass, asked, source } = guarded({ maxConcurrent: 2 })
    const hanging = [ask(), ask()]
    expect(await ask()).toEqual(unavailable('overloaded'))
    pass(3_000)
    await Promise.all(hanging)
    expect(source.health().active).toBe(2)
    expect(await ask()).toEqual(unavailable('overloaded'))
    for (const one of asked) one.answer(new UpstreamError('unreachable'))
    await new Promise(setImmediate)
    const next = ask()
    asked.at(-1)?.answer(MATCH)
    expect(await next).toEqual(MATCH)
  })

  test('rests a source after five failures, probes it once, and takes it back', async () => {
    const { ask, once, pass, asked, source } = guarded()
    for (let time = 0; time < 5; time += 1) await once(new UpstreamError('unreachable', 'ECONNREFUSED'))
    expect(source.isReady()).toBe(false)
    expect(await ask()).toEqual(unavailable('circuit_open'))
    pass(30_000)
    expect(source.isReady()).toBe(true)
    const probe = ask()
    expect(await ask()).toEqual(unavailable('circuit_open'))
    asked.at(-1)?.answer(MATCH)
    expect(await probe).toEqual(MATCH)
    expect(await once(MATCH)).toEqual(MATCH)
  })

  test('asks a resting source all the same when it is forced to', async () => {
    const { ask, once, asked } = guarded()
    for (let time = 0; time < 5; time += 1) await once(new UpstreamError('upstream_fault'))
    const forced = ask({}, true)
    asked.at(-1)?.answer(MATCH)
    expect(await forced).toEqual(MATCH)
    expect(await once(MATCH)).toEqual(MATCH)
  })

  test('does not blame the source for a caller who gave up, nor for a question it refuses', async () => {
    const { ask, once, source } = guarded()
    for (let time = 0; time < 10; time += 1) {
      const caller = new AbortController()
      const answer = ask({ signal: caller.signal })
      caller.abort()
      expect(await answer).toEqual(unavailable('cancelled'))
      await once(unavailable('refused'))
    }
    expect(source.health().breaker).toBe('closed')
  })

  test.each(['exhausted', 'credential', 'untrusted'] as const)(
    'rests at once on %s, and alerts once',
    async (reason) => {
      const { once, pass, alerts, source } = guarded()
      await once(unavailable(reason))
      expect(source.isReady()).toBe(false)
      pass(30_000)
      await once(unavailable(reason))
      expect(alerts).toEqual([{ source: 'bureau', reason, code: '' }])
      pass(600_000)
      await once(unavailable(reason))
      expect(alerts).toHaveLength(2)
    },
  )

  test('turns any fault of the adapter into a reason, and tells the code of it, never its message', async () => {
    const { once, alerts } = guarded()
    const fault = Object.assign(new TypeError('李三 11010519491231002X'), { code: 'ERR_INVALID_CHAR' })
    expect(await once(fault)).toEqual(unavailable('fault'))
    expect(alerts).toEqual([{ source: 'bureau', reason: 'fault', code: 'ERR_INVALID_CHAR' }])
  })

  test('closed while questions are under way answers them, and lets go of the upstream', async () => {
    const { ask, asked, source, timers } = guarded()
    const answer = ask()
    await source.close()
    expect(await answer).toEqual(unavailable('closed'))
    expect(asked[0]?.signal.aborted).toBe(true)
    expect(timers()).toBe(0)
  })

  test('is not broken by those who watch it', async () => {
    const { once } = guarded({
      onAlert: () => {
        throw new Error('no mail server')
      },
    })
    expect(await once(unavailable('exhausted'))).toEqual(unavailable('exhausted'))
  })
})
