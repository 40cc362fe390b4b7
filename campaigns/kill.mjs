// `npm run campaign -- kill [--rounds N] [--seconds N] [--seed N] [--json]`: kills the server with SIGKILL under load, again and
// again, and holds from outside what clients received against what the source said and what the database charged. Rounds
// alternate between a source that takes its time (reserved, asked, settled) and a local one (charged in one step).
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { audit, readMasterKey } from '@heyan/store'
import { wait } from '../bench/load/server.mjs'
import { check, ZEROS } from './kill/check.mjs'
import { ask, client } from './kill/client.mjs'
import { serverIn } from './kill/lives.mjs'
import { personOf } from './kill/people.mjs'
import { randomOf } from './kill/random.mjs'
import { readDatabase, readSource } from './kill/records.mjs'

const CLIENTS = 48
const KILL_AFTER_MIN_MS = 300
const RICH_CALLS = 100_000_000
/** Calls that the application without means is given each round: it asks for more. */
const POOR_CALLS = 20
/** Signed requests of the round before, sent again after a kill; and as many of any round, at the end. */
const REPLAYS = 50
/** Seeds of one run lie apart by this, so that no two rounds or clients share one. */
const SEED_STEP = 7919
/** 95 % confidence that a rate is below 3/n where n tries showed none (the rule of three). */
const RULE_OF_THREE = 3

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      json: { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds)
  const seed = Number(values.seed)
  const folder = mkdtempSync(join(tmpdir(), 'heyan-kill-'))
  try {
    const result = { seed, ...(await campaign({ rounds, seed, spanMs: Number(values.seconds) * 1000, folder })) }
    process.stdout.write(`${values.json ? JSON.stringify(result) : words(result)}\n`)
    return isSound(result) ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function isSound(result) {
  const hasProved = result.charged > 0 && result.replays > 0
  return hasProved && ZEROS.every((name) => result[name] === 0) && result.replaysAccepted === 0 && result.auditOk
}

async function campaign({ rounds, seed, spanMs, folder }) {
  const random = randomOf(seed)
  const server = await serverIn(folder, 'campaigns/kill/server.mjs')
  const start = (mode, life) => server.start({ SOURCE_MODE: mode, SOURCE_SEED: String(seed + life) })
  const application = (calls) => server.operate('/applications', { name: 'kill', calls })
  let people = 0
  const nextPerson = () => personOf(++people)
  const restartsMs = []
  const all = { attempts: 0, answers: [], signed: [] }
  const replayed = { replays: 0, replaysAccepted: 0 }
  let applications = null
  let last = { signed: [], cut: [] }

  for (let round = 0; round < rounds; round++) {
    const tookMs = await start(round % 2 === 0 ? 'remote' : 'local', round)
    if (round > 0) restartsMs.push(tookMs)
    applications ??= { rich: await application(RICH_CALLS), poor: await application(POOR_CALLS) }
    if (round > 0) await server.operate(`/applications/${applications.poor.appId}/lots`, { calls: POOR_CALLS })
    await replay(server.url, last.signed.slice(-REPLAYS), replayed)

    // Whoever was cut off under a key asks again under it, and finds it as the kill left it.
    const clients = Array.from({ length: CLIENTS }, (_, place) =>
      client({
        url: server.url,
        applications,
        random: randomOf(seed + SEED_STEP * (round * CLIENTS + place + 1)),
        nextPerson,
        cut: last.cut[place] ?? null,
      }),
    )
    await wait(KILL_AFTER_MIN_MS + random() * spanMs)
    await server.kill()
    const records = await Promise.all(clients)
    last = { signed: records.flatMap(({ signed }) => signed), cut: records.flatMap(({ cut }) => cut ?? []) }
    for (const { attempts, answers, signed } of records) {
      all.attempts += attempts
      all.answers.push(...answers)
      all.signed.push(...signed.slice(0, 1))
    }
    process.stderr.write(`\rround ${round + 1} of ${rounds}: ${all.answers.length} answers`)
  }
  process.stderr.write('\n')

  // One more start gives back what the last kill left held.
  restartsMs.push(await start('local', rounds))
  await replay(server.url, [...last.signed.slice(-REPLAYS), ...sample(all.signed, REPLAYS, random)], replayed)
  await server.kill()
  const found = check({
    attempts: all.attempts,
    answers: all.answers,
    ...readSource(server.sourceLog),
    ...readDatabase(server.databaseFile),
  })
  const report = audit(server.databaseFile, readMasterKey(join(server.dataDir, 'master.key'), false))
  return {
    rounds,
    attempts: all.attempts,
    ...found,
    statuses: countBy(all.answers.map(({ status, billing }) => (status === 200 ? `200 billing ${billing}` : status))),
    ...replayed,
    auditOk: report.ok,
    auditProblems: report.problems,
    restartMs: { p50: percentile(restartsMs, 0.5), p99: percentile(restartsMs, 0.99) },
  }
}

/** A nonce that was answered once is spent, whatever the answer was, and whatever happened to the process since. */
async function replay(url, signed, replayed) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  for (const request of signed) {
    const { status, error } = await ask(url, request, agent)
    replayed.replays++
    if (status !== 400 || error !== 'Nonce Used') replayed.replaysAccepted++
  }
  agent.destroy()
}

function sample(values, size, random) {
  return Array.from({ length: Math.min(size, values.length) }, () => values[Math.floor(random() * values.length)])
}

function countBy(values) {
  const counts = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

function percentile(values, share) {
  const sorted = values.toSorted((one, other) => one - other)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
}

function words(result) {
  const bound = (tries) => `${((RULE_OF_THREE / Math.max(1, tries)) * 100).toPrecision(2)} %`
  const statuses = Object.entries(result.statuses).map(([status, times]) => `${status}: ${times}`)
  return [
    `seed ${result.seed}: ${result.rounds} kills, ${result.attempts} calls, ${result.answers} whole answers (${statuses.join(', ')}), ${result.charged} charged`,
    `lost ${result.lost}, double ${result.double}, phantom ${result.phantom} (of none: below ${bound(result.charged)} of charges, with 95 % confidence)`,
    `charged problems ${result.chargedProblems}, mixed up ${result.mixedUp}, asked unrecorded ${result.unrecorded}, held for ever ${result.stuck}, unbalanced ${result.unbalanced}, unasked ${result.unasked}, given away ${result.givenAway} (below ${bound(result.attempts)} of calls)`,
    `replays accepted ${result.replaysAccepted} of ${result.replays} (below ${bound(result.replays)})`,
    `verdicts that a crash made free: ${result.leakage}, ${(result.leakage / result.rounds).toFixed(1)} a kill`,
    `restart p50 ${result.restartMs.p50} ms, p99 ${result.restartMs.p99} ms; the ledger ${result.auditOk ? 'adds up' : `does NOT add up: ${result.auditProblems.join('; ')}`}`,
  ].join('\n')
}
