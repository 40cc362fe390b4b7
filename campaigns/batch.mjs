// `npm run campaign -- batch [--rounds N] [--rows N] [--seed N] [--json]`: one sheet, and the process killed with SIGKILL again and
// again while it is worked on; the server goes on by itself each time. Then the sheet that came back is held from outside against
// what the source said and what the database charged. Rounds alternate between a source that takes its time (reserved, asked,
// settled) and a local one (charged in one step).
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { audit, readMasterKey } from '@heyan/store'
import { parse } from 'csv-parse/sync'
import { wait } from '../bench/load/server.mjs'
import { check, ZEROS } from './batch/check.mjs'
import { askedOf, csvOf, sheetOf } from './batch/sheet.mjs'
import { serverIn } from './kill/lives.mjs'
import { randomOf } from './kill/random.mjs'
import { readDatabase, readSource } from './kill/records.mjs'

const POLL_MS = 2
/** One round in so many is killed soon after it is ready: while it finds out what was done. */
const EARLY_IN = 5
const EARLY_MAX_MS = 300
const BATCH_MAX_MS = 600_000
/** Calls granted beyond what the sheet needs: a row charged twice is found by counting, not by running out. */
const SPARE_CALLS = 100_000
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
  const seed = Number(values.seed)
  const folder = mkdtempSync(join(tmpdir(), 'heyan-batch-'))
  try {
    const result = { seed, ...(await campaign(Number(values.rounds), Number(values.rows), seed, folder)) }
    process.stdout.write(`${values.json ? JSON.stringify(result) : words(result)}\n`)
    const isSound = ZEROS.every((name) => result[name] === 0) && result.rounds === Number(values.rounds)
    return isSound && result.status === 'completed' && result.billed === result.billable && result.auditOk ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function campaign(rounds, rows, seed, folder) {
  const random = randomOf(seed)
  const sheet = sheetOf(rows)
  const billable = askedOf(sheet)
  const server = await serverIn(folder, 'campaigns/batch/server.mjs')
  const start = (round) => server.start({ SOURCE_MODE: round % 2 === 0 ? 'remote' : 'local' })
  /** By the size of what the source wrote down: the server itself is not asked, and not held up. */
  const lineBytes = Buffer.byteLength(`said ${'x'.repeat(36)} 李安安安 mismatch\n`)
  const asked = () => statSync(server.sourceLog).size / lineBytes

  await start(0)
  const { appCode } = await server.operate('/applications', { name: 'batch', calls: billable + SPARE_CALLS })
  const ask = async (path, options = {}) => {
    const answer = await fetch(`${server.url}/v1/batches${path}`, {
      ...options,
      headers: { authorization: `Bearer ${appCode}`, connection: 'close' },
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }
  const form = new FormData()
  const wishes = { purpose: 'campaign', legalBasis: 'consent', dedupe: 'true', start: 'true' }
  for (const [name, value] of Object.entries(wishes)) form.append(name, value)
  form.append('file', new Blob([csvOf(sheet)]), 'sheet.csv')
  const { id } = await (await ask('', { method: 'POST', body: form })).json()

  let killed = 0
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await start(round)
    if (round % EARLY_IN === EARLY_IN - 1) await wait(random() * EARLY_MAX_MS)
    else {
      const until = asked() + ((billable * 1.6) / (rounds + 1)) * random()
      const waitedFrom = performance.now()
      while (asked() < until && performance.now() - waitedFrom < BATCH_MAX_MS) {
        if ((performance.now() - waitedFrom) % 1_000 < POLL_MS && (await isOver(ask, id))) break
        await wait(POLL_MS)
      }
    }
    if (await isOver(ask, id)) break
    await server.kill()
    killed++
    process.stderr.write(`\rkill ${killed} of ${rounds}: about ${Math.round(asked())} questions`)
  }
  if (killed === rounds) await start(rounds)
  process.stderr.write('\n')

  const over = await untilOver(ask, id)
  const csv = await (await ask(`/${id}/results?format=csv`)).text()
  const results = parse(csv, { bom: true, columns: true }).map((row) => ({
    name: row.姓名,
    number: row.身份证号码,
    result: row.结果,
    charged: row.是否计费,
    callId: row.流水号,
  }))
  const readable = filesWith(server.dataDir, [sheet[0].name, sheet[0].number, sheet.at(-2).number])
  await ask(`/${id}`, { method: 'DELETE' })
  await server.kill()
  const found = check({
    sheet,
    results,
    ...readSource(server.sourceLog),
    ...readDatabase(server.databaseFile),
    told: over.charged,
  })
  const report = audit(server.databaseFile, readMasterKey(join(server.dataDir, 'master.key'), false))
  return {
    rounds: killed,
    rows,
    status: over.status,
    billable,
    ...found,
    readable,
    auditOk: report.ok,
    auditProblems: report.problems,
  }
}

const ENDS = new Set(['completed', 'failed', 'cancelled', 'paused', 'out_of_quota'])

async function isOver(ask, id) {
  const { status } = await (await ask(`/${id}`)).json()
  return ENDS.has(status)
}

async function untilOver(ask, id) {
  const begun = performance.now()
  for (;;) {
    const batch = await (await ask(`/${id}`)).json()
    if (ENDS.has(batch.status) || performance.now() - begun > BATCH_MAX_MS) return batch
    await wait(100)
  }
}

/** Files in which somebody of the sheet can be read. */
function filesWith(folder, texts) {
  let found = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const bytes = readFileSync(join(entry.parentPath ?? entry.path, entry.name))
    if (texts.some((text) => bytes.includes(text))) found++
  }
  return found
}

function words(result) {
  const bound = `${((RULE_OF_THREE / result.rows) * 100).toPrecision(2)} %`
  return [
    `seed ${result.seed}: ${result.rows} rows, ${result.rounds} kills, ${result.status}; ${result.billed} rows billed, ${result.charged} calls charged, ${result.billable} people to ask about`,
    `double ${result.double}, skipped ${result.skipped}, added ${result.added}, lost ${result.lost}, untold ${result.untold} (of none: below ${bound} of rows, with 95 % confidence)`,
    `unbalanced ${result.unbalanced}, held for ever ${result.stuck}, files with a person in them ${result.readable}, questions asked again ${result.askedAgain}, ${(result.askedAgain / Math.max(1, result.rounds)).toFixed(1)} a kill`,
    `the ledger ${result.auditOk ? 'adds up' : `does NOT add up: ${result.auditProblems.join('; ')}`}`,
  ].join('\n')
}
