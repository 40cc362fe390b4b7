// `npm run campaign -- nodes [--rounds N] [--json]`: three servers on one PostgreSQL. The last call is sold once, a nonce is good
// once, a key is charged once, a suspension is heard everywhere; then one of them is killed, and another cut off from the database.
import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { parseArgs } from 'node:util'
import { auditShared } from '@heyan/store'
import { signedHeaders } from '../bench/load/signing.mjs'
import { startPostgres } from '../scripts/postgres/server.mjs'
import { ask, fleetOn, MASTER, startClients, wait } from './postgres/nodes.mjs'
import { startProxy, through } from './postgres/proxy.mjs'

const NODES = 3
const QUOTA = 1_000
const CALLS = 10_000
const SOCKETS = 128
const RACERS = 300
const CLIENTS_PER_NODE = 12
const RATE_MS = 4_000
const SILENCE_MS = 14_000
const HEARD_MAX_MS = 1_000
const GOODPUT_MIN = 0.95

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { rounds: { type: 'string', default: '100' }, json: { type: 'boolean', default: false } },
  })
  const rounds = Number(values.rounds)
  const server = await startPostgres()
  const proxy = await startProxy(server.port)
  const url = await server.createDatabase()
  const fleet = fleetOn(url)
  try {
    const nodes = [await fleet.start(), await fleet.start(), await fleet.start({ databaseUrl: through(url, proxy) })]
    const sold = await lastCalls(fleet, nodes, rounds)
    const raced = await races(fleet, nodes)
    const heardMs = await suspension(fleet, nodes)
    const faults = await killAndCut(fleet, nodes, proxy)
    const { problems } = await auditShared(url, MASTER)
    const ok =
      sold.wrong === 0 &&
      raced.nonce === 1 &&
      raced.key === 1 &&
      heardMs <= HEARD_MAX_MS &&
      faults.overspent === 0 &&
      faults.lost === 0 &&
      faults.stuck === 0 &&
      faults.killGoodput >= GOODPUT_MIN &&
      faults.cutGoodput >= GOODPUT_MIN &&
      faults.isBack &&
      problems.length === 0
    const result = { rounds, ...sold, raced, heardMs, ...faults, auditProblems: problems, ok }
    const text = [
      `${rounds} rounds of ${CALLS} calls for ${QUOTA}: ${sold.wrong} with another number of charges`,
      `one nonce over ${NODES} nodes ${RACERS} times: accepted ${raced.nonce}; one key: charged ${raced.key}`,
      `a suspension is heard by all after ${heardMs} ms`,
      `one of three killed: the others keep ${percent(faults.killGoodput)} of what they answered; one cut off for ${SILENCE_MS / 1000} s: ${percent(faults.cutGoodput)}, and it ${faults.isBack ? 'is back' : 'does NOT come back'}`,
      `charged answers without a charge ${faults.lost}, spent above quota ${faults.overspent}, calls still held ${faults.stuck}; audit: ${problems.length === 0 ? 'adds up' : problems.join('; ')}`,
    ]
    process.stdout.write(`${values.json ? JSON.stringify(result) : text.join('\n')}\n`)
    return ok ? 0 : 1
  } finally {
    proxy.silence(false)
    await fleet.close()
    await proxy.close()
    await server.close()
  }
}

const percent = (share) => `${Math.round(share * 100)} %`

async function lastCalls(fleet, nodes, rounds) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: SOCKETS })
  let wrong = 0
  for (let round = 0; round < rounds; round++) {
    const { appCode, appId } = await fleet.operate(nodes[0], 'POST', '/applications', {
      name: 'last calls',
      calls: QUOTA,
    })
    const headers = { authorization: `APPCODE ${appCode}` }
    const answers = await Promise.all(
      Array.from({ length: CALLS }, (_, turn) => ask(nodes[turn % NODES].url, headers, agent)),
    )
    const charged = answers.filter((answer) => answer?.isCharged).length
    const { used, reserved } = await fleet.operate(nodes[0], 'GET', `/applications/${appId}/usage`)
    if (charged !== QUOTA || used !== QUOTA || reserved !== 0) {
      wrong++
      process.stderr.write(
        `round ${round + 1}: ${charged} answers were charged, ${used} calls used, ${reserved} held\n`,
      )
    }
  }
  agent.destroy()
  return { wrong }
}

async function races(fleet, nodes) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: SOCKETS })
  const application = await fleet.operate(nodes[0], 'POST', '/applications', { name: 'races', calls: 10_000 })
  const signed = signedHeaders(application, '李三', '11010519491231002X')
  const race = async (headers) =>
    await Promise.all(Array.from({ length: RACERS }, (_, turn) => ask(nodes[turn % NODES].url, headers, agent)))
  const byNonce = await race(signed)
  const byKey = await race({ authorization: `APPCODE ${application.appCode}`, 'idempotency-key': randomUUID() })
  agent.destroy()
  return {
    nonce: byNonce.filter((answer) => answer !== null && answer.error !== 'Nonce Used').length,
    key: byKey.filter((answer) => answer?.isCharged).length,
  }
}

/** From the answer to the operator to the last call that another node lets in. */
async function suspension(fleet, nodes) {
  const { appCode, appId } = await fleet.operate(nodes[0], 'POST', '/applications', {
    name: 'suspended',
    calls: 100_000,
  })
  const agent = new http.Agent({ keepAlive: true })
  const headers = { authorization: `APPCODE ${appCode}` }
  for (const { url } of nodes) await ask(url, headers, agent)
  await fleet.operate(nodes[0], 'PATCH', `/applications/${appId}`, { status: 'suspended' })
  const begun = performance.now()
  const heard = nodes.map(async ({ url }) => {
    for (;;) {
      const answer = await ask(url, headers, agent)
      if (answer?.error === 'Unauthorized') return performance.now() - begun
      if (performance.now() - begun > HEARD_MAX_MS * 10) return Number.POSITIVE_INFINITY
    }
  })
  const ms = Math.ceil(Math.max(...(await Promise.all(heard))))
  agent.destroy()
  return ms
}

/** The third node is cut off from the database and comes back; then the second is killed. */
async function killAndCut(fleet, nodes, proxy) {
  const granted = 5_000_000
  const { appCode, appId } = await fleet.operate(nodes[0], 'POST', '/applications', { name: 'faults', calls: granted })
  const clients = startClients(nodes, appCode, CLIENTS_PER_NODE)
  await wait(1_000)
  const before = await clients.rates(RATE_MS)
  proxy.silence(true)
  const during = await clients.rates(SILENCE_MS)
  proxy.silence(false)
  const third = clients.counts[2].charged
  for (let waited = 0; waited < 200 && clients.counts[2].charged === third; waited++) await wait(100)
  const isBack = clients.counts[2].charged > third
  await wait(1_000)
  const again = await clients.rates(RATE_MS)
  nodes[1].child.kill('SIGKILL')
  const after = await clients.rates(RATE_MS)
  await clients.stop()
  // What the killed node held is given back when it is missed.
  let usage = null
  for (let waited = 0; waited < 150; waited++) {
    usage = await fleet.operate(nodes[0], 'GET', `/applications/${appId}/usage`)
    if (usage.reserved === 0) break
    await wait(100)
  }
  return {
    cutGoodput: (during[0] + during[1]) / (before[0] + before[1]),
    killGoodput: (after[0] + after[2]) / (again[0] + again[2]),
    isBack,
    lost: Math.max(0, clients.charged.size - usage.used),
    overspent: Math.max(0, usage.used + usage.reserved - granted),
    stuck: usage.reserved,
  }
}
