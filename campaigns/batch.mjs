// `npm run campaign -- batch [--rounds N] [--rows N] [--seed N] [--json]`: one sheet is verified while the server is killed with
// SIGKILL, N times, at places spread over the sheet; then the sheet that comes back, the source's own record and the database are
// held against each other. Rounds alternate between a source that takes its time (reserved, asked, settled) and a local one
// (charged in one step); both fail now and then.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { audit, readMasterKey } from '@heyan/store'
import { wait } from '../bench/load/server.mjs'
import { checkSheet } from './batch/check.mjs'
import { batchServer } from './batch/server.mjs'
import { personOf } from './kill/people.mjs'
import { randomOf } from './kill/random.mjs'
import { readSource } from './kill/records.mjs'

const POLL_MS = 10
/** After the place where a kill is due, it comes at any moment of this. */
const JITTER_MS = 50
/** The share of the sheet over which kills are spread: the last one, too, leaves something to do. */
const KILLED_SHARE = 0.6
/** With fewer rows for a kill, a local source would be through with the sheet before the next one. */
const ROWS_FOR_LOCAL = 1_500
const END_MAX_MS = 600_000
/** 95 % confidence that a rate is below 3/n where n tries showed none (the rule of three). */
const RULE_OF_THREE = 3

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: 'string', default: '50' },
      rows: { type: 'string', default: '100000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      json: { type: 'boolean', default: false },
    },
  })
  const [rounds, rows, seed] = [Number(values.rounds), Number(values.rows), Number(values.seed)]
  const folder = mkdtempSync(join(tmpdir(), 'heyan-batch-'))
  try {
    const result = { seed, rounds, rows, ...(await campaign({ rounds, rows, seed, folder })) }
    process.stdout.write(`${values.json ? JSON.stringify(result) : words(result)}\n`)
    return isSound(result) ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function isSound({ rounds, rows, kills, double, skipped, phantom, mixedUp, uncharged, charged, auditOk }) {
  const zeros = [double, skipped, phantom, mixedUp, uncharged]
  return kills === rounds && charged > rows / 2 && zeros.every((count) => count === 0) && auditOk
}

async function campaign({ rounds, rows, seed, folder }) {
  const random = randomOf(seed)
  const server = await batchServer(folder, seed)
  const people = Array.from({ length: rows }, (_, index) => personOf(index + 1))
  let id = null
  let kills = 0
  let killedAt = 0
  for (let round = 0; round < rounds; round++) {
    await server.start(round % 2 === 1 && rows / rounds >= ROWS_FOR_LOCAL ? 'local' : 'remote', round)
    id ??= await server.upload(['姓名,身份证号码', ...people.map(({ name, number }) => `${name},${number}`)].join('\n'))
    // Somewhere in what is left of its share of the sheet.
    const due = Math.max(killedAt + 1, Math.floor(((round + random()) * rows * KILLED_SHARE) / rounds))
    const batch = await until(server, id, ({ done, status }) => done >= due || status === 'completed')
    if (batch.status === 'completed') break
    await wait(random() * JITTER_MS)
    await server.kill()
    killedAt = batch.done
    kills++
    process.stderr.write(`\rkill ${kills} of ${rounds}: ${batch.done} rows`)
  }
  process.stderr.write('\n')
  await server.start('local', rounds)
  const batch = await until(server, id, ({ status }) => status !== 'running' && status !== 'queued')
  const sheet = await server.results(id)
  await server.kill()
  const found = checkSheet({ people, sheet, batch, ...readSource(server.sourceLog), databaseFile: server.databaseFile })
  const report = audit(server.databaseFile, readMasterKey(join(server.dataDir, 'master.key'), false))
  return { kills, status: batch.status, ...found, auditOk: report.ok, auditProblems: report.problems }
}

async function until(server, id, holds) {
  const started = performance.now()
  for (;;) {
    const batch = await server.batch(id)
    if (holds(batch)) return batch
    if (performance.now() - started > END_MAX_MS) throw new Error(`the batch does not go on: ${JSON.stringify(batch)}`)
    await wait(POLL_MS)
  }
}

function words(result) {
  const bound = `${((RULE_OF_THREE / Math.max(1, result.rows)) * 100).toPrecision(2)} %`
  return [
    `seed ${result.seed}: ${result.kills} kills over ${result.rows} rows; ${result.status}`,
    `double ${result.double}, skipped ${result.skipped}, phantom ${result.phantom}, mixed up ${result.mixedUp}, uncharged ${result.uncharged} (of none: below ${bound} of rows, with 95 % confidence)`,
    `${result.charged} charged, ${result.replayed} asked again free of charge, ${result.silent} rows without an answer of their source`,
    `the ledger ${result.auditOk ? 'adds up' : `does NOT add up: ${result.auditProblems.join('; ')}`}`,
  ].join('\n')
}
