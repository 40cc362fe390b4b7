import { describe, expect, test } from 'vitest'
import type { BillLine } from './bill-reader.js'
import { BilledCalls } from './billed-calls.js'
import { type Finding, type OurAttempt, Reconciliation } from './reconcile.js'

const PERIOD = { from: 1_000, until: 2_000 }
const row = (reference: string, centifen: number | null = 330): BillLine => ({ line: 1, reference, at: null, centifen })
const attempt = (callId: string, more: Partial<OurAttempt> = {}): OurAttempt => ({
  callId,
  ordinal: 1,
  at: 1_500,
  outcome: 'verdict',
  costCentifen: 330,
  mayBeBilled: false,
  reference: null,
  ...more,
})
const late = { outcome: 'timeout', costCentifen: 0, mayBeBilled: true } as const

function reconciled(rows: readonly BillLine[], attempts: readonly OurAttempt[]) {
  const billed = new BilledCalls()
  for (const each of rows) billed.add(each)
  const findings: Finding[] = []
  const reconciliation = new Reconciliation(billed, PERIOD, (finding) => findings.push(finding))
  for (const each of attempts) reconciliation.add(each)
  reconciliation.end()
  const unknown = rows.filter(({ reference }) => !billed.isTaken(reference)).map(({ reference }) => reference)
  return { findings: findings.map(({ at: _, ...finding }) => finding), unknown, counts: reconciliation.counts }
}

describe('a bill and our attempts', () => {
  test("agree by our call's id or by the supplier's reference, however either is written", () => {
    const { findings, unknown, counts } = reconciled(
      [row('0190ABCD-0000'), row('ref-B')],
      [attempt('0190abcd0000'), attempt('call-b', { reference: 'REF-b' })],
    )
    expect([findings, unknown]).toEqual([[], []])
    expect(counts).toMatchObject({ calls: 2, billedKnown: 2, differenceCentifen: 0 })
  })

  test('differ where a verdict is not billed, within the days of the bill only', () => {
    const { findings } = reconciled([], [attempt('a'), attempt('before', { at: 999 }), attempt('after', { at: 2_000 })])
    expect(findings).toEqual([{ kind: 'not_billed', callId: 'a', attempts: 1 }])
    expect(reconciled([row('before')], [attempt('before', { at: 999 })]).unknown).toEqual([])
  })

  test('differ where a row is nobody’s', () => {
    expect(reconciled([row('strange'), row('a')], [attempt('a')]).unknown).toEqual(['strange'])
  })

  test('differ where one call is billed twice, but not where it was asked twice', () => {
    expect(reconciled([row('a'), row('a')], [attempt('a')]).findings).toEqual([
      { kind: 'billed_too_often', callId: 'a', rows: 1 },
    ])
    const twice = [attempt('a', { reference: 'r-1' }), attempt('a', { ordinal: 2, reference: 'r-2' })]
    expect(reconciled([row('r-1'), row('r-2')], twice).findings).toEqual([])
    expect(reconciled([row('r-1')], twice).findings).toEqual([{ kind: 'not_billed', callId: 'a', attempts: 1 }])
  })

  test('tell apart what was billed though no verdict reached us: it may be right, and it is money', () => {
    expect(reconciled([row('a')], [attempt('a', late)]).findings).toEqual([
      { kind: 'billed_without_verdict', callId: 'a', rows: 1 },
    ])
    expect(reconciled([], [attempt('a', late)]).findings).toEqual([])
    expect(reconciled([row('a')], [attempt('a', { outcome: 'refused', costCentifen: 0 })]).findings).toEqual([
      { kind: 'billed_too_often', callId: 'a', rows: 1 },
    ])
  })

  test('differ in cost by call, where the bill names amounts', () => {
    const { findings, counts } = reconciled(
      [row('a', 400), row('b', null), row('c', 300)],
      [attempt('a'), attempt('b'), attempt('c')],
    )
    expect(findings).toEqual([
      { kind: 'cost_differs', callId: 'a', billedCentifen: 400, expectedCentifen: 330 },
      { kind: 'cost_differs', callId: 'c', billedCentifen: 300, expectedCentifen: 330 },
    ])
    expect(counts.differenceCentifen).toBe(40)
  })

  test('of any length are held against each other: what is known stays known as the bill grows', () => {
    const names = Array.from({ length: 20_000 }, (_, at) => `call-${at}`)
    const { findings, unknown, counts } = reconciled(
      names.map((name) => row(name)),
      names.slice(1).map((name) => attempt(name)),
    )
    expect([findings, unknown, counts.billedKnown]).toEqual([[], ['call-0'], 19_999])
  })
})
