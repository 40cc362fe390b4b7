import { expect, test } from 'vitest'
import { FAULTS } from './testing/fake-supplier.js'
import { runFaultMatrix } from './testing/fault-matrix.js'

test('whatever suppliers do, a verdict is the record’s, and one dead source costs nobody an answer', {
  timeout: 120_000,
}, async () => {
  const report = await runFaultMatrix({ callsPerCell: 24, callsAllDead: 16, timeoutMs: 400 })
  expect(report).toMatchObject({ rounds: FAULTS.length * 4, wrongVerdicts: 0, wrongCharges: 0, availability: 1 })
})

test('with all sources dead, the sources see hardly more than one attempt a call', async () => {
  const report = await runFaultMatrix({
    faults: ['status_500', 'early_close'],
    callsPerCell: 1,
    callsAllDead: 1_000,
    timeoutMs: 1_000,
  })
  expect(report.attemptsAllDead).toBeLessThanOrEqual(1.1)
})
