// `npm run campaign -- fuzz [--rounds N] [--seed S] [--json]`: garbage of every kind over HTTP, and on the bare connection: an answer
// that callers know, never a 5xx, never a crash, never a charge without a verdict, and a memory that stays where it was.
import { parseArgs } from 'node:util'
import { sendGarbage } from '../packages/server/dist/testing/garbage.js'

const WARM_UP_ROUNDS = 2_000
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
  await sendGarbage({ rounds: Math.min(rounds, WARM_UP_ROUNDS), seed: seed + 1 })
  const beforeMb = process.memoryUsage.rss() / MEGABYTE
  const started = performance.now()
  const report = await sendGarbage({
    rounds,
    seed,
    onRound: (done) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${rounds}`)
    },
  })
  const result = {
    ...report,
    seed,
    seconds: Math.round((performance.now() - started) / 1000),
    rssMb: { before: Math.round(beforeMb), after: Math.round(process.memoryUsage.rss() / MEGABYTE) },
  }
  const { serverErrors, crashes, unexpected, chargedProblems, faultsLogged } = report
  const ok = serverErrors + crashes + unexpected.length + chargedProblems + faultsLogged === 0
  const words = `${rounds} requests of garbage: ${serverErrors} × 5xx, ${crashes} crashes, ${unexpected.length} unknown statuses, ${chargedProblems} charged problems, ${faultsLogged} faults logged; memory ${result.rssMb.before} → ${result.rssMb.after} MB`
  process.stdout.write(`${values.json ? JSON.stringify(result) : words}\n`)
  return ok ? 0 : 1
}
