// `npm run campaign -- rolling [--calls N] [--json]`: three servers on one PostgreSQL behind haproxy, by the file of
// docs/samples/proxies, are restarted one after another for as long as the calls come. None may fail, and each is charged once.
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { auditShared } from '@heyan/store'
import { startPostgres } from '../scripts/postgres/server.mjs'
import { ask, fleetOn, MASTER, wait } from './postgres/nodes.mjs'
import { PROXIES, startHaproxyBefore, versionOf } from './proxies/kinds.mjs'

const NODES = 3
const CALLERS = 32
/** The proxy asks each node this often whether it is ready, and must have seen it before the next one goes. */
const SEEN_MS = 1_500
const SETTINGS = { SOURCE_FAULT_SHARE: '0', TRUST_PROXY: '1' }

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { calls: { type: 'string', default: '100000' }, json: { type: 'boolean', default: false } },
  })
  const version = versionOf(PROXIES.find(({ name }) => name === 'haproxy'))
  if (version === null) {
    process.stdout.write('SKIPPED: there is no haproxy here\n')
    return 0
  }
  const folder = mkdtempSync(join(tmpdir(), 'heyan-rolling-'))
  const server = await startPostgres()
  const url = await server.createDatabase()
  const fleet = fleetOn(url)
  let proxy = null
  try {
    const nodes = []
    for (let place = 0; place < NODES; place++) nodes.push(await fleet.start({ settings: SETTINGS }))
    proxy = await startHaproxyBefore(
      nodes.map(({ port }) => port),
      folder,
    )
    await wait(SEEN_MS)
    const application = await fleet.operate(nodes[0], 'POST', '/applications', { name: 'rolling', calls: 50_000_000 })
    await fleet.operate(nodes[0], 'PATCH', `/applications/${application.appId}`, { ratePerSecond: 1_000_000 })
    const traffic = startCalls(`http://127.0.0.1:${proxy.port}`, application.appCode, Number(values.calls))
    let restarts = 0
    // At least each node once; the calls go on meanwhile, however many that makes.
    while (restarts < NODES || !traffic.isEnough()) {
      const place = restarts % NODES
      nodes[place].child.kill('SIGTERM')
      await nodes[place].ended
      nodes[place] = await fleet.start({ port: nodes[place].port, settings: SETTINGS })
      restarts++
      await wait(SEEN_MS)
    }
    const { asked, failed, charged } = await traffic.stop()
    const usage = await fleet.operate(nodes[0], 'GET', `/applications/${application.appId}/usage`)
    const { problems } = await auditShared(url, MASTER)
    const isExact = usage.used === charged && usage.reserved === 0 && problems.length === 0
    const ok = failed.length === 0 && isExact && asked >= Number(values.calls)
    const result = {
      proxy: version,
      calls: asked,
      restarts,
      failed: failed.length,
      charged,
      used: usage.used,
      problems,
      ok,
    }
    const text = [
      `${version}: ${asked} calls over ${restarts} restarts of ${NODES} nodes, ${failed.length} failed${failed.length > 0 ? `, the first: ${failed.slice(0, 5).join('; ')}` : ''}`,
      `answered as charged ${charged}, charged in the database ${usage.used}; audit: ${problems.length === 0 ? 'adds up' : problems.join('; ')}`,
    ]
    process.stdout.write(`${values.json ? JSON.stringify(result) : text.join('\n')}\n`)
    return ok ? 0 : 1
  } finally {
    await proxy?.stop()
    await fleet.close()
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Callers that keep their connections, and go on until they are stopped. Whatever is not a verdict has failed. */
function startCalls(url, appCode, enough) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CALLERS })
  const headers = { authorization: `APPCODE ${appCode}` }
  const failed = []
  let [asked, charged, isOver] = [0, 0, false]
  const caller = async () => {
    while (!isOver) {
      const answer = await ask(url, headers, agent)
      asked++
      if (answer?.status !== 200) failed.push(answer === null ? 'no answer' : `${answer.status} ${answer.error}`)
      if (answer?.isCharged) charged++
    }
  }
  const calling = Promise.all(Array.from({ length: CALLERS }, caller))
  return {
    isEnough: () => asked >= enough,
    async stop() {
      isOver = true
      await calling
      agent.destroy()
      return { asked, failed, charged }
    },
  }
}
