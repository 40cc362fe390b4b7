import type { SourceAnswer } from '@heyan/core'
import { checkDigit, parseName } from '@heyan/core'
import { describe, expect, test } from 'vitest'
import { SANDBOX_DELAY_MS, SANDBOX_SUBJECTS, sandbox, sandboxOutcome } from './sandbox.js'
import { describeSource, question } from './source-suite.js'

const MATCH = question('沙一致', '110105188507070017')
const SLOW = question('沙延迟', '110105188507073015')
const FAULT = question('沙故障', '110105188507074018')
const SILENT = question('沙超时', '110105188507075010')

describeSource('the sandbox', () => ({
  source: sandbox(),
  subjects: {
    match: MATCH,
    mismatch: question('沙不一致', '11010518850707101X'),
    no_record: question('沙无记录', '110105188507072012'),
  },
  monotonicMs: () => performance.now(),
}))

/** A sandbox whose time passes only when told. */
function slowly() {
  let nowMs = 0
  let timers: { atMs: number; run: () => void }[] = []
  const source = sandbox({
    monotonicMs: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
  })
  const pass = (ms: number): void => {
    nowMs += ms
    for (const timer of timers.filter(({ atMs }) => atMs <= nowMs)) timer.run()
  }
  const seen: SourceAnswer[] = []
  const ask = (subject: typeof SLOW, deadlineMs: number, signal?: AbortSignal): Promise<unknown> =>
    Promise.resolve(source.ask(subject, { callId: 'c', deadlineMs, ...(signal ? { signal } : {}) })).then((answer) =>
      seen.push(answer),
    )
  return { source, pass, ask, seen, pending: () => timers.length }
}

describe('the sandbox', () => {
  test('answers without a promise unless it is told to be late', () => {
    const context = { callId: 'c', deadlineMs: Number.POSITIVE_INFINITY }
    expect(sandbox().ask(MATCH, context)).toEqual({ kind: 'verdict', verdict: 'match' })
    expect(sandbox().ask(FAULT, context)).toEqual({ kind: 'unavailable', reason: 'upstream_fault' })
  })

  test('lists people who are possible and who cannot be alive, one for each outcome, each outcome as it happens', () => {
    for (const { name, number, outcome } of SANDBOX_SUBJECTS) {
      expect(parseName(name, { allowLatin: false }).ok).toBe(true)
      expect(checkDigit(number.slice(0, 17))).toBe(number.charAt(17))
      expect(sandboxOutcome(number)).toEqual(outcome)
      if (outcome.kind !== 'verdict' || outcome.verdict !== 'no_record') expect(number.slice(6, 9)).toBe('188')
    }
    expect(new Set(SANDBOX_SUBJECTS.map(({ outcome }) => JSON.stringify(outcome))).size).toBe(6)
  })

  test('knows nothing of anybody born outside the 1880s, so it confirms no living person', () => {
    for (const number of ['11010519491231002X', '110105200001010012', '932682198501010017', '110105189001010011']) {
      expect(sandboxOutcome(number)).toEqual({ kind: 'verdict', verdict: 'no_record', delayMs: 0 })
    }
  })

  test('is late by two seconds for the slow subject', async () => {
    const { pass, ask, seen } = slowly()
    const asked = ask(SLOW, 10_000)
    pass(SANDBOX_DELAY_MS - 1)
    expect(seen).toEqual([])
    pass(1)
    await asked
    expect(seen).toEqual([{ kind: 'verdict', verdict: 'match' }])
  })

  test('ends at the deadline where the answer would come after it, or never', async () => {
    const { pass, ask, seen, pending } = slowly()
    const asked = [ask(SLOW, 2_000), ask(SILENT, 2_000)]
    pass(2_000)
    await Promise.all(asked)
    expect(seen).toEqual([
      { kind: 'unavailable', reason: 'timeout' },
      { kind: 'unavailable', reason: 'timeout' },
    ])
    expect(pending()).toBe(0)
  })

  test('stops waiting, and leaves no timer, when the caller gives up or the source is closed', async () => {
    const { source, ask, seen, pending } = slowly()
    const caller = new AbortController()
    const asked = [ask(SILENT, 10_000, caller.signal), ask(SLOW, 10_000)]
    caller.abort()
    await source.close()
    await Promise.all(asked)
    expect(seen).toEqual([
      { kind: 'unavailable', reason: 'cancelled' },
      { kind: 'unavailable', reason: 'closed' },
    ])
    expect(pending()).toBe(0)
  })
})
