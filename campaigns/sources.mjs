import { parseArgs } from 'node:util'
import { runFaultMatrix } from '../packages/sources/dist/testing/fault-matrix.js'

const CALLS_ALL_DEAD = 1_000
const TIMEOUT_MS = 500
const AVAILABILITY_MIN = 0.999
const ATTEMPTS_MAX = 1.1

/**
 * Every way in which a supplier can misbehave, in every place of a route of three, `--calls` calls each, and in all places
 * at once: no wrong verdict, no wrong charge, at least 99.9 % of the calls answered with one supplier dead, and at most 1.1
 * attempts a call with all of them dead. Exit code 1 where any of it is not so.
 */
export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { calls: { type: 'string', default: '200' }, json: { type: 'boolean', default: false } },
  })
  const options = { callsPerCell: Number(values.calls), callsAllDead: CALLS_ALL_DEAD, timeoutMs: TIMEOUT_MS }
  const report = await runFaultMatrix(options)
  const { rounds, calls, wrongVerdicts, wrongCharges, availability, attemptsAllDead } = report
  const ok = wrongVerdicts + wrongCharges === 0 && availability >= AVAILABILITY_MIN && attemptsAllDead <= ATTEMPTS_MAX
  const text = `${rounds} rounds, ${calls} calls: ${wrongVerdicts} wrong verdicts, ${wrongCharges} wrong charges, ${availability * 100} % answered with one dead, ${attemptsAllDead} attempts a call with all dead`
  process.stdout.write(`${values.json ? JSON.stringify({ ...report, ok }) : text}\n`)
  return ok ? 0 : 1
}

if (import.meta.url === `file://${process.argv[1]}`) process.exitCode = await run(process.argv.slice(2))
