// `npm run campaign -- kill [--rounds N] [--seconds N] [--json]`: kills the server with SIGKILL under load, again and again, and
// holds from outside what clients received against what the source said and what the database charged. Rounds alternate between
// a local source (charged in one step) and one that takes its time (reserved, asked, settled).
import { createHmac, randomUUID } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { audit, keysOf, readMasterKey } from '@heyan/store'
import { startProcess, wait } from '../bench/load/server.mjs'
import { signedHeaders } from '../bench/load/signing.mjs'
import { check, ZEROS } from './kill/check.mjs'

const CLIENTS = 48
const KILL_AFTER_MIN_MS = 300
const CALLS = 10_000_000
const SIGNED_SHARE = 0.3
const KEY_SHARE = 0.4
const REPEAT_SHARE = 0.3
const NUMBER = '11010519491231002X'
/** Captured signed requests sent again after each kill. */
const REPLAYS_PER_ROUND = 20
const READY_POLL_MS = 5
const READY_MAX_MS = 30_000
/** 95 % confidence that a rate is below 3/n where n tries showed none (the rule of three). */
const RULE_OF_THREE = 3

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds)
  const folder = mkdtempSync(join(tmpdir(), 'heyan-kill-'))
  const dataDir = join(folder, 'data')
  const sourceLog = join(folder, 'source.log')
  appendFileSync(sourceLog, '')
  const answers = []
  const restartsMs = []
  let attempts = 0
  let replaysAccepted = 0
  let application = null
  let captured = []
  let cut = []
  try {
    for (let round = 0; round < rounds; round++) {
      const started = performance.now()
      const server = await startProcess(process.execPath, ['campaigns/kill/server.mjs'], {
        env: {
          DATA_DIR: dataDir,
          PORT: '0',
          DEMO: 'off',
          LOG_LEVEL: 'warn',
          SOURCE_LOG: sourceLog,
          SOURCE_MODE: round % 2 === 0 ? 'remote' : 'local',
        },
        ready: /READY (http:\S+)\/\n/,
        folder,
      })
      const url = server.found[1]
      await untilReady(url)
      if (round > 0) restartsMs.push(performance.now() - started)
      application ??= await newApplication(url, dataDir)
      for (const replayed of captured) {
        const { status } = await ask(url, replayed).catch(() => ({ status: 0 }))
        if (status === 200 || status === 666) replaysAccepted++
      }
      captured = []
      // Whoever was cut off asks again under the same key, as the kill left it.
      const clients = Array.from({ length: CLIENTS }, (_, place) => client(url, application, cut[place] ?? null))
      cut = []
      await wait(KILL_AFTER_MIN_MS + Math.random() * Number(values.seconds) * 1000)
      server.child.kill('SIGKILL')
      await server.ended
      for (const record of await Promise.all(clients)) {
        answers.push(...record.answers)
        attempts += record.attempts
        captured.push(...record.signed.slice(-1))
        if (record.cutKey !== null) cut.push(record.cutKey)
      }
      captured = captured.slice(0, REPLAYS_PER_ROUND)
      process.stderr.write(`\rround ${round + 1} of ${rounds}: ${answers.length} answers`)
    }
    process.stderr.write('\n')
    // One more start gives back what the last kill left held.
    const last = await startProcess(process.execPath, ['campaigns/kill/server.mjs'], {
      env: { DATA_DIR: dataDir, PORT: '0', DEMO: 'off', SOURCE_LOG: sourceLog, SOURCE_MODE: 'local' },
      ready: /READY (http:\S+)\/\n/,
      folder,
    })
    last.child.kill('SIGKILL')
    await last.ended

    const master = readMasterKey(join(dataDir, 'master.key'), false)
    const found = check({
      answers,
      said: readSaid(sourceLog),
      calls: await readCalls(join(dataDir, 'heyan.sqlite'), answers, master),
    })
    const report = audit(join(dataDir, 'heyan.sqlite'), master)
    const sorted = restartsMs.toSorted((one, other) => one - other)
    const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
    const result = {
      rounds,
      attempts,
      ...found,
      replaysAccepted,
      auditOk: report.ok,
      auditProblems: report.problems,
      restartMs: { p50: at(0.5), p99: at(0.99) },
    }
    const isSound = ZEROS.every((name) => result[name] === 0) && replaysAccepted === 0 && report.ok && found.charged > 0
    process.stdout.write(`${values.json ? JSON.stringify(result) : words(result)}\n`)
    return isSound ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function untilReady(url) {
  const until = performance.now() + READY_MAX_MS
  while (performance.now() < until) {
    const isReady = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (isReady) return
    await wait(READY_POLL_MS)
  }
  throw new Error('the server does not become ready')
}

async function newApplication(url, dataDir) {
  const token = readFileSync(join(dataDir, 'operator.token'), 'utf8').trim()
  const answer = await fetch(`${url}/admin/v1/applications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'kill', calls: CALLS }),
  })
  return answer.json()
}

/** Asks one thing after another until the server is gone; what was cut off under a key is left for the next round. */
async function client(url, application, cutKey) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const record = { answers: [], attempts: 0, signed: [], cutKey: null }
  let repeated = cutKey
  for (;;) {
    const request = nextRequest(application, repeated)
    repeated = null
    record.attempts++
    const answer = await ask(url, request, agent).catch(() => null)
    if (answer === null) {
      record.cutKey = request.key
      break
    }
    record.answers.push({ ...answer, key: request.key })
    if (request.isSigned) record.signed.push(request)
    if (request.key !== null && Math.random() < REPEAT_SHARE) repeated = request.key
  }
  agent.destroy()
  return record
}

function nextRequest(application, repeatedKey) {
  const isSigned = Math.random() < SIGNED_SHARE
  const key = repeatedKey ?? (Math.random() < KEY_SHARE ? randomUUID() : null)
  const headers = isSigned
    ? signedHeaders(application, '李三', NUMBER)
    : { authorization: `APPCODE ${application.appCode}` }
  if (key !== null) headers['idempotency-key'] = key
  return { headers, key, isSigned }
}

function ask(url, { headers }, agent) {
  return new Promise((resolve, reject) => {
    const request = http.get(
      `${url}/idcard?xm=${encodeURIComponent('李三')}&sfz=${NUMBER}`,
      { agent, headers },
      (answer) => {
        answer.resume()
        answer.once('error', reject)
        answer.once('end', () => {
          if (!answer.complete) return reject(new Error('cut off'))
          resolve({
            id: answer.headers['x-ca-request-id'],
            status: answer.statusCode,
            billing: answer.headers['x-ca-market-billing-result'] ?? null,
          })
        })
      },
    )
    request.once('error', reject)
  })
}

function readSaid(file) {
  return new Map(
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes(' '))
      .map((line) => line.split(' ')),
  )
}

/** Rows of the database, each with the Idempotency-Key it was made under: found by the same digest that the server keeps. */
async function readCalls(file, answers, master) {
  const { default: Database } = await import('better-sqlite3')
  const { repeatKey } = keysOf(master)
  const keyOfAnswer = new Map(answers.map(({ id, key }) => [id, key]))
  const keyByDigest = new Map(
    answers
      .filter(({ key }) => key !== null)
      .map(({ key }) => [createHmac('sha256', repeatKey).update(`key ${key}`).digest('base64url'), key]),
  )
  const db = new Database(file, { readonly: true })
  const rows = db.prepare('SELECT id, state, charged FROM calls').all()
  const remembered = new Map(
    db
      .prepare('SELECT call_id, key_digest FROM idempotency')
      .raw()
      .all()
      .map(([id, digest]) => [id, keyByDigest.get(digest) ?? digest]),
  )
  db.close()
  return rows.map((row) => ({ ...row, key: keyOfAnswer.get(row.id) ?? remembered.get(row.id) ?? null }))
}

function words(result) {
  const bound = ((RULE_OF_THREE / Math.max(1, result.attempts)) * 100).toPrecision(2)
  return [
    `${result.rounds} kills, ${result.attempts} calls, ${result.answers} answers, ${result.charged} charged`,
    `lost ${result.lost}, double ${result.double}, phantom ${result.phantom}, charged problems ${result.chargedProblems}, held for ever ${result.stuck}, replays accepted ${result.replaysAccepted}`,
    `(none of so many: below ${bound} % of calls, with 95 % confidence)`,
    `verdicts that a crash made free: ${result.leakage}; restart p50 ${result.restartMs.p50} ms, p99 ${result.restartMs.p99} ms; the ledger ${result.auditOk ? 'adds up' : 'does NOT add up'}`,
  ].join('\n')
}
