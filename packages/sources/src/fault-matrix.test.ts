import { expect, test } from 'vitest'
import { FAULTS } from './testing/fake-supplier.js'
import { runFaultMatrix } from './testing/fault-matrix.js'

// How many calls are answered is a figure of `npm run campaign -- sources`: it hangs on the clock, and these tests do not.
test('whatever suppliers do, a verdict is the record’s, and nothing else is paid for', {
  timeout: 120_000,
}, async () => {
  const report = await runFaultMatrix({ callsPerCell: 6, callsAllDead: 6, timeoutMs: 400 })
  expect(report).toMatchObject({ rounds: FAULTS.length * 4, wrongVerdicts: 0, wrongCharges: 0 })
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
