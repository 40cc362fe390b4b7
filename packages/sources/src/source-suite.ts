import type { Source, SourceAnswer, SubjectQuestion, Verdict } from '@heyan/core'
import { describe, expect, onTestFinished, test } from 'vitest'

/** A source as its adapter's test sets it up, fresh for each rule. */
export interface SourceUnderTest {
  readonly source: Source
  /** A subject for each verdict that the source gives at once. */
  readonly subjects: Readonly<Record<Verdict, SubjectQuestion>>
  /** Makes the record say something else of `subjects.match`; absent where the record cannot change. */
  readonly changeRecord?: (verdict: Verdict) => void | Promise<void>
  /** How many questions have reached the upstream; absent where there is none to count at. */
  readonly timesAsked?: () => number
  /** The clock of deadlines. */
  readonly monotonicMs: () => number
  /** Gives back what the test set up beside the source. */
  readonly cleanUp?: () => void | Promise<void>
}

/** Far enough for any answer of a source under test. */
const AMPLE_MS = 10_000

/** Texts no door lets through, and a source survives all the same. */
const HOSTILE = [
  '',
  ' ',
  '\0',
  '\uD800',
  '李'.repeat(100_000),
  '__proto__',
  '"}',
  '&a=b\r\nX: y',
  '%00%',
  '\u202E李',
  '🀄',
]

export function question(name: string, number: string): SubjectQuestion {
  return { name: { text: name, key: name }, number: { text: number } }
}

/** The rules of the port. Every adapter runs them. */
export function describeSource(name: string, make: () => SourceUnderTest | Promise<SourceUnderTest>): void {
  describe(`${name}, as every source`, () => {
    async function setUp() {
      const under = await make()
      onTestFinished(async () => {
        await under.source.close()
        await under.cleanUp?.()
      })
      const context = (more: { deadlineMs?: number; signal?: AbortSignal } = {}) => ({
        callId: '019A0000-0000-7000-8000-000000000000',
        deadlineMs: under.monotonicMs() + AMPLE_MS,
        ...more,
      })
      return { ...under, context }
    }

    test('gives the verdict that the record gives', async () => {
      const { source, subjects, context } = await setUp()
      expect(source.isReady()).toBe(true)
      expect(await source.ask(subjects.match, context())).toEqual({ kind: 'verdict', verdict: 'match' })
      expect(await source.ask(subjects.mismatch, context())).toEqual({ kind: 'verdict', verdict: 'mismatch' })
      expect(await source.ask(subjects.no_record, context())).toEqual({ kind: 'verdict', verdict: 'no_record' })
    })

    test('asks afresh every time: a record that has changed is answered as it is now', async () => {
      const { source, subjects, changeRecord, timesAsked, context } = await setUp()
      const before = timesAsked?.() ?? 0
      for (let time = 0; time < 3; time += 1) await source.ask(subjects.match, context())
      if (timesAsked !== undefined) expect(timesAsked() - before).toBe(3)
      for (const verdict of changeRecord === undefined ? [] : (['mismatch', 'no_record', 'match'] as const)) {
        await changeRecord?.(verdict)
        expect(await source.ask(subjects.match, context())).toEqual({ kind: 'verdict', verdict })
      }
    })

    test('never throws and never rejects, whatever it is asked, and answers one of four', async () => {
      const { source, subjects, context } = await setUp()
      for (const hostile of HOSTILE) {
        const { name: someone, number } = subjects.match
        const answers = [
          await source.ask(question(hostile, number.text), context()),
          await source.ask(question(someone.text, hostile), context()),
        ]
        for (const answer of answers) expectAnswer(answer)
      }
    })

    test('gives no verdict once the deadline has passed', async () => {
      const { source, subjects, monotonicMs, context } = await setUp()
      const answer = await source.ask(subjects.match, context({ deadlineMs: monotonicMs() }))
      expect(answer).toEqual({ kind: 'unavailable', reason: 'timeout' })
    })

    test('gives no verdict to a caller who has given up', async () => {
      const { source, subjects, context } = await setUp()
      const answer = await source.ask(subjects.match, context({ signal: AbortSignal.abort() }))
      expect(answer).toEqual({ kind: 'unavailable', reason: 'cancelled' })
    })

    test('says nothing of the person in any answer', async () => {
      const { source, subjects, context } = await setUp()
      for (const subject of Object.values(subjects)) {
        const text = JSON.stringify(await source.ask(subject, context()))
        expect(text).not.toContain(subject.name.text)
        expect(text).not.toContain(subject.number.text)
      }
    })

    test('is closed for good: not ready, no verdict, and closing again does no harm', async () => {
      const { source, subjects, context } = await setUp()
      await source.close()
      expect(source.isReady()).toBe(false)
      expect(await source.ask(subjects.match, context())).toEqual({ kind: 'unavailable', reason: 'closed' })
      await source.close()
    })
  })
}

function expectAnswer(answer: SourceAnswer): void {
  if (answer.kind === 'verdict') expect(['match', 'mismatch', 'no_record']).toContain(answer.verdict)
  else expect(answer).toEqual({ kind: 'unavailable', reason: expect.stringMatching(/^[a-z_]{1,20}$/) })
}
