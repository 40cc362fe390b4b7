// `npm run campaign -- fuzz [--rounds N] [--seed S] [--json]`: ten times N cases of garbage through everything that reads what callers
// send, in this process; then N over HTTP, and on the bare connection: an answer
// that callers know, never a 5xx, never a crash, never a charge without a verdict, and a memory that stays where it was.
import { parseArgs } from 'node:util'
import { sendGarbage } from '../packages/server/dist/testing/garbage.js'
import { fuzzDomain } from './fuzz/domain.mjs'

const WARM_UP_ROUNDS = 2_000
/** Cases in process for each one over HTTP. */
const DOMAIN_SHARE = 10
const MEGABYTE = 1024 * 1024

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '20260115' },
      json: { type: 'boolean', default: false },
    },
  })
  const [rounds, seed] = [Number(values.rounds), Number(values.seed)]
  const domain = fuzzDomain({ rounds: rounds * DOMAIN_SHARE, seed, onRound: progress(rounds * DOMAIN_SHARE) })
  await sendGarbage({ rounds: Math.min(rounds, WARM_UP_ROUNDS), seed: seed + 1 })
  const beforeMb = process.memoryUsage.rss() / MEGABYTE
  const started = performance.now()
  const report = await sendGarbage({
    rounds,
    seed,
    onRound: progress(rounds),
  })
  const result = {
    ...report,
    inProcess: domain.rounds,
    wrongInProcess: domain.wrong,
    seed,
    seconds: Math.round((performance.now() - started) / 1000),
    rssMb: { before: Math.round(beforeMb), after: Math.round(process.memoryUsage.rss() / MEGABYTE) },
  }
  const { serverErrors, crashes, unexpected, chargedProblems, faultsLogged } = report
  const wrong = Object.entries(domain.wrong)
  const ok = wrong.length === 0 && serverErrors + crashes + unexpected.length + chargedProblems + faultsLogged === 0
  const words = `${domain.rounds} cases in process: ${wrong.length === 0 ? 'all read as they should be' : wrong.map(([what, times]) => `${times} × ${what}`).join('; ')}\n${rounds} requests of garbage: ${serverErrors} × 5xx, ${crashes} crashes, ${unexpected.length} unknown statuses, ${chargedProblems} charged problems, ${faultsLogged} faults logged; memory ${result.rssMb.before} → ${result.rssMb.after} MB`
  process.stdout.write(`${values.json ? JSON.stringify(result) : words}\n`)
  return ok ? 0 : 1
}

function progress(rounds) {
  return (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${rounds}`)
  }
}
