// `npm run campaign -- replay [--requests N] [--json]`: signed requests are captured and sent again: to the same server, to it after it
// was killed, and to another node of a shared store. One nonce is raced a thousand times. Whoever replays gets nothing.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startProcess } from '../bench/load/server.mjs'
import { signedHeaders } from '../bench/load/signing.mjs'
import { startPostgres } from '../scripts/postgres/server.mjs'
import { ask, fleetOn } from './postgres/nodes.mjs'

const SOCKETS = 64
const RACERS = 1_000
const NAME = '李三'
const NUMBER = '11010519491231002X'

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { requests: { type: 'string', default: '10000' }, json: { type: 'boolean', default: false } },
  })
  const requests = Number(values.requests)
  const one = await onOneServer(requests)
  const two = await onTwoNodes(requests)
  const result = { requests, ...one, ...two }
  const ok =
    one.accepted === requests &&
    two.acceptedByNode === requests &&
    one.racedAccepted === 1 &&
    one.replayed + one.replayedAfterKill + two.replayedAtOtherNode === 0
  const text = [
    `${requests} signed requests, accepted ${one.accepted}; sent again: accepted ${one.replayed}, after a kill ${one.replayedAfterKill}, at another node ${two.replayedAtOtherNode}`,
    `one nonce raced ${RACERS} times: accepted ${one.racedAccepted}`,
  ]
  process.stdout.write(`${values.json ? JSON.stringify({ ...result, ok }) : text.join('\n')}\n`)
  return ok ? 0 : 1
}

/** How many of these requests were let in: whatever the answer, but that the nonce was seen. */
async function accepted(url, captured) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: SOCKETS })
  const answers = await Promise.all(captured.map((headers) => ask(url, headers, agent)))
  agent.destroy()
  if (answers.includes(null)) throw new Error('a request had no answer')
  return answers.filter(({ error }) => error !== 'Nonce Used').length
}

const capture = (application, count) => {
  const at = Date.now()
  return Array.from({ length: count }, () => signedHeaders(application, NAME, NUMBER, at))
}

async function onOneServer(requests) {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-replay-'))
  const start = async () => {
    const server = await startProcess(process.execPath, ['packages/cli/dist/main.js', 'serve'], {
      env: { DATA_DIR: join(folder, 'data'), PORT: '0', LOG_LEVEL: 'warn' },
      ready: /(http:\/\/127\.0\.0\.1:\d+)\/\n/,
      folder,
    })
    return { ...server, url: server.found[1] }
  }
  let server = await start()
  try {
    const token = readFileSync(join(folder, 'data/operator.token'), 'utf8').trim()
    const answer = await fetch(`${server.url}/admin/v1/applications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'replay', calls: requests * 10 }),
    })
    const application = await answer.json()
    const captured = capture(application, requests)
    const first = await accepted(server.url, captured)
    const replayed = await accepted(server.url, captured)
    server.child.kill('SIGKILL')
    await server.ended
    server = await start()
    const replayedAfterKill = await accepted(server.url, captured)
    const [raced] = capture(application, 1)
    const racedAccepted = await accepted(server.url, Array(RACERS).fill(raced))
    return { accepted: first, replayed, replayedAfterKill, racedAccepted }
  } finally {
    server.child.kill('SIGTERM')
    await server.ended
    rmSync(folder, { recursive: true, force: true })
  }
}

async function onTwoNodes(requests) {
  const database = await startPostgres()
  const fleet = fleetOn(await database.createDatabase())
  try {
    const [one, other] = [await fleet.start(), await fleet.start()]
    const application = await fleet.operate(one, 'POST', '/applications', { name: 'replay', calls: requests * 10 })
    const captured = capture(application, requests)
    return {
      acceptedByNode: await accepted(one.url, captured),
      replayedAtOtherNode: await accepted(other.url, captured),
    }
  } finally {
    await fleet.close()
    await database.close()
  }
}
