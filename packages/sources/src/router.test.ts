import { type Attempt, type Source, type SourceAnswer, unavailable, verdictAnswer } from '@heyan/core'
import { describe, expect, test } from 'vitest'
import { guard } from './guard.js'
import { type RouteEntry, type RouterOptions, router } from './router.js'
import { describeSource, question } from './source-suite.js'
import { type Upstream, UpstreamError } from './upstream.js'

const LI_SAN = question('李三', '11010519491231002X')
const MATCH = verdictAnswer('match')

/** An upstream that says what it is told to, guarded. */
function saying(name: string, ...says: (SourceAnswer | Error)[]) {
  const seen = { asked: 0 }
  const upstream: Upstream = {
    name,
    async ask() {
      const given = says[Math.min(seen.asked, says.length - 1)]
      seen.asked += 1
      if (given === undefined || given instanceof Error) throw given ?? new UpstreamError('unreachable')
      return given
    },
    close: async () => {},
  }
  const source = guard(upstream, { random: () => 0 })
  return { source, asked: () => seen.asked }
}

function route(entries: readonly RouteEntry[], options: RouterOptions = {}) {
  const attempts: Attempt[] = []
  const source = router('route', entries, { onAttempt: (attempt) => attempts.push(attempt), ...options })
  const ask = (more: { deadlineMs?: number; signal?: AbortSignal } = {}): Promise<SourceAnswer> =>
    Promise.resolve(source.ask(LI_SAN, { callId: 'call-1', deadlineMs: performance.now() + 3_000, ...more }))
  return { source, ask, attempts }
}

describeSource('a route', () => {
  const dead = saying('dead', new UpstreamError('unreachable'))
  const bureau = guard({
    name: 'bureau',
    ask: async ({ name }) =>
      verdictAnswer(name.text === '李三' ? 'match' : name.text === '李四' ? 'mismatch' : 'no_record'),
    close: async () => {},
  })
  return {
    source: router('route', [{ source: dead.source, priority: 0 }, { source: bureau }]),
    subjects: {
      match: LI_SAN,
      mismatch: question('李四', '11010519491231002X'),
      no_record: question('李五', '11010519491231002X'),
    },
    monotonicMs: () => performance.now(),
  }
})

describe('the router', () => {
  test('asks the source of the lowest priority number, and no other when it gives a verdict', async () => {
    for (const verdict of ['match', 'mismatch', 'no_record'] as const) {
      const [first, second] = [saying('first', verdictAnswer(verdict)), saying('second', MATCH)]
      const { ask } = route([
        { source: second.source, priority: 2 },
        { source: first.source, priority: 1 },
      ])
      expect(await ask()).toEqual(verdictAnswer(verdict))
      expect([first.asked(), second.asked()]).toEqual([1, 0])
    }
  })

  test('goes on to the next source only where there was no verdict', async () => {
    for (const reason of ['timeout', 'unreachable', 'upstream_fault', 'malformed', 'exhausted', 'refused'] as const) {
      const [first, second] = [saying('first', unavailable(reason)), saying('second', verdictAnswer('mismatch'))]
      const { ask } = route([{ source: first.source }, { source: second.source, priority: 2 }])
      expect(await ask()).toEqual(verdictAnswer('mismatch'))
      expect([first.asked(), second.asked()]).toEqual([1, 1])
    }
  })

  test('asks at most two sources a call', async () => {
    const dead = [1, 2, 3].map((place) => saying(`dead-${place}`, unavailable('upstream_fault')))
    const { ask } = route(dead.map(({ source }, priority) => ({ source, priority })))
    expect(await ask()).toEqual(unavailable('upstream_fault'))
    expect(dead.map((one) => one.asked())).toEqual([1, 1, 0])
  })

  test('does not ask anybody else for a caller who has given up', async () => {
    const [first, second] = [saying('first', unavailable('cancelled')), saying('second', MATCH)]
    const { ask } = route([{ source: first.source }, { source: second.source, priority: 2 }])
    expect(await ask()).toEqual(unavailable('cancelled'))
    expect(second.asked()).toBe(0)
  })

  test('shares calls of one priority by weight; weight 0 waits for the others to fail', async () => {
    let seed = 1
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const [three, one, none] = [saying('three', MATCH), saying('one', MATCH), saying('none', MATCH)]
    const { ask } = route(
      [
        { source: three.source, weight: 3 },
        { source: one.source, weight: 1 },
        { source: none.source, weight: 0 },
      ],
      { random },
    )
    for (let call = 0; call < 4_000; call += 1) await ask()
    expect(Math.abs(three.asked() - 3_000)).toBeLessThan(120)
    expect(one.asked() + three.asked()).toBe(4_000)
    expect(none.asked()).toBe(0)
  })

  test('asks the same source once more when its connection broke and there is no other', async () => {
    const only = saying('only', new UpstreamError('unreachable'), MATCH)
    expect(await route([{ source: only.source }]).ask()).toEqual(MATCH)
    const faulty = saying('faulty', unavailable('upstream_fault'), MATCH)
    expect(await route([{ source: faulty.source }]).ask()).toEqual(unavailable('upstream_fault'))
  })

  test('passes over a source that rests, at no cost and without an attempt', async () => {
    const [sick, well] = [saying('sick', unavailable('exhausted')), saying('well', MATCH)]
    const { ask, attempts } = route([{ source: sick.source }, { source: well.source, priority: 2 }])
    for (let call = 0; call < 10; call += 1) expect(await ask()).toEqual(MATCH)
    expect(sick.asked()).toBe(1)
    expect(attempts.map(({ source, ordinal }) => `${source}/${ordinal}`).slice(0, 4)).toEqual([
      'sick/1',
      'well/2',
      'well/1',
      'well/1',
    ])
  })

  test('never rests the last source: with all of them ill, each call is one attempt at the one that fell ill last', async () => {
    const dead = [1, 2, 3].map((place) => saying(`dead-${place}`, unavailable('upstream_fault')))
    const { ask, attempts } = route(dead.map(({ source }, priority) => ({ source, priority })))
    for (let call = 0; call < 1_000; call += 1) await ask()
    expect(attempts.length).toBeGreaterThanOrEqual(1_000)
    expect(attempts.length).toBeLessThanOrEqual(1_100)
    expect(new Set(attempts.slice(100).map(({ source }) => source)).size).toBe(1)
  })

  test('takes a source back as soon as a call that was forced on it goes well', async () => {
    const says: SourceAnswer[] = [...Array.from({ length: 5 }, () => unavailable('upstream_fault')), MATCH, MATCH]
    const only = saying('only', ...says)
    const { ask, source } = route([{ source: only.source }])
    for (let call = 0; call < 5; call += 1) await ask()
    expect(source.isReady()).toBe(false)
    expect(await ask()).toEqual(MATCH)
    expect(source.isReady()).toBe(true)
  })

  test('stops paying for second attempts when verdicts stop coming', async () => {
    const sources = [1, 2].map((place) =>
      guard(
        { name: `dead-${place}`, ask: async () => unavailable('upstream_fault'), close: async () => {} },
        { breaker: { failuresInARow: 1e9, sampleCalls: 1e9 } },
      ),
    )
    const { ask, attempts } = route(sources.map((source) => ({ source })))
    for (let call = 0; call < 1_000; call += 1) await ask()
    expect(attempts).toHaveLength(1_100)
  })

  test('leaves the second source its share of the time', async () => {
    const shares: number[] = []
    const source = (name: string): Source => ({
      name,
      isLocal: false,
      ask: (_, { deadlineMs }) => {
        shares.push(deadlineMs)
        return unavailable('upstream_fault')
      },
      isReady: () => true,
      close: () => {},
    })
    const { ask } = route([{ source: source('a') }, { source: source('b'), priority: 2 }], { monotonicMs: () => 1_000 })
    await ask({ deadlineMs: 4_000 })
    expect(shares).toEqual([2_800, 4_000])
  })

  test('reports every attempt with its cost, and what a supplier may charge for though it gave no verdict', async () => {
    const [slow, dear] = [saying('slow', unavailable('timeout')), saying('dear', verdictAnswer('no_record'))]
    const { ask, attempts } = route([
      { source: slow.source, priceFen: 3.3 },
      { source: dear.source, priority: 2, priceFen: 4, noRecordPriceFen: 0 },
    ])
    await ask()
    const common = { callId: 'call-1', durationMs: expect.any(Number), costFen: 0 }
    expect(attempts).toEqual([
      { ...common, source: 'slow', ordinal: 1, class: 'timeout', mayBeBilled: true },
      { ...common, source: 'dear', ordinal: 2, class: 'verdict', mayBeBilled: false },
    ])
    expect(JSON.stringify(attempts)).not.toMatch(/李|1949/)
  })

  test.each([
    ['match', verdictAnswer('match'), 'match'],
    ['mismatch', verdictAnswer('mismatch'), 'mismatch'],
    ['no record', verdictAnswer('no_record'), 'mismatch'],
    ['nothing', unavailable('upstream_fault'), 'mismatch'],
  ] as const)(
    'asks about another spelling after a mismatch, where it is told to: %s makes it %s',
    async (_, second, verdict) => {
      const names: string[] = []
      const bureau = guard({
        name: 'bureau',
        async ask({ name }) {
          names.push(name.text)
          return name.text === '刘䶮' ? verdictAnswer('mismatch') : second
        },
        close: async () => {},
      })
      const { source, attempts } = route([{ source: bureau, priceFen: 3, secondQuestion: 'on_mismatch' }])
      const subject = question('刘䶮', '11010519491231002X')
      const answer = await source.ask(subject, { callId: 'c', deadlineMs: performance.now() + 3_000 })
      expect(answer).toEqual(verdictAnswer(verdict))
      expect(names).toEqual(['刘䶮', '刘龑'])
      expect(attempts.map(({ ordinal }) => ordinal)).toEqual([1, 2])
      expect(attempts[0]?.costFen).toBe(3)
    },
  )

  test('asks about no other spelling where it is not told to, there is none, or the answer is no mismatch', async () => {
    const mismatching = saying('a', verdictAnswer('mismatch'))
    const quiet = route([{ source: mismatching.source }]).source
    const plain = route([{ source: mismatching.source, secondQuestion: 'on_mismatch' }]).source
    const absent = saying('b', verdictAnswer('no_record'))
    const without = route([{ source: absent.source, secondQuestion: 'on_mismatch' }]).source
    const at = { callId: 'c', deadlineMs: performance.now() + 3_000 }
    await quiet.ask(question('刘䶮', '11010519491231002X'), at)
    await plain.ask(question('一一', '11010519491231002X'), at)
    await without.ask(question('刘䶮', '11010519491231002X'), at)
    expect([mismatching.asked(), absent.asked()]).toEqual([2, 1])
  })

  test('without any source gives no verdict', async () => {
    const { ask, source } = route([])
    expect(await ask()).toEqual(unavailable('not_ready'))
    expect(source.isReady()).toBe(false)
  })

  test('is local where all its sources are', () => {
    expect(router('r', [{ source: saying('far', MATCH).source }]).isLocal).toBe(false)
  })
})
