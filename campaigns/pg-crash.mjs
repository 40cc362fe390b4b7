// `npm run campaign -- pg-crash [--rounds N] [--json]`: PostgreSQL ends at once under the load of three nodes, again and again; then
// the answers to COMMIT are lost on the way; then a standby takes over. What every client was told is held against the database.
import { parseArgs } from 'node:util'
import { Store } from '@heyan/store'
import { startPostgres } from '../scripts/postgres/server.mjs'
import { startProxy, through } from './postgres/proxy.mjs'
import { applicationOf, startTraffic, verdictOn, ZEROS } from './postgres/traffic.mjs'

const NODES = 3
const CLIENTS = 48
const CALLS = 50_000_000
const MASTER = Buffer.alloc(32, 7)
const RUN_MS = 400
/** From the database's being back to the first charge. */
const BACK_MAX_MS = 3_000
/** COMMITs whose answers are lost, for each round of the first part. */
const CUTS_PER_ROUND = 5

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { rounds: { type: 'string', default: '40' }, json: { type: 'boolean', default: false } },
  })
  const rounds = Number(values.rounds)
  const stops = await immediateStops(rounds)
  const commits = await lostCommits(rounds * CUTS_PER_ROUND)
  const standby = await standbyTakesOver()
  const parts = { stops, commits, ...(standby === null ? {} : { standby }) }
  const isSound = Object.values(parts).every((part) => part.charged > 0 && ZEROS.every((name) => part[name] === 0))
  const ok = isSound && stops.backMaxMs < BACK_MAX_MS && commits.cut === rounds * CUTS_PER_ROUND
  const result = { rounds, ...parts, ok }
  const line = (name, part) =>
    `${name}: ${part.charged} charged, ${part.failed} told of a problem; ${ZEROS.map((zero) => `${zero} ${part[zero]}`).join(', ')}${part.problems.length > 0 ? `\n  ${part.problems.join('\n  ')}` : ''}`
  const text = [
    line(`${rounds} immediate stops`, stops),
    `  back after ${stops.backP50Ms} ms (half of them), ${stops.backMaxMs} ms at most`,
    line(`${commits.cut} COMMITs whose answer was lost`, commits),
    standby === null
      ? 'no standby: these binaries have no pg_basebackup'
      : line('a standby promoted under remote_apply', standby),
  ]
  process.stdout.write(`${values.json ? JSON.stringify(result) : text.join('\n')}\n`)
  return ok ? 0 : 1
}

async function withStores(url, work) {
  const stores = await Promise.all(
    Array.from({ length: NODES }, () => Store.open({ url, master: MASTER, now: Date.now })),
  )
  for (const store of stores) store.on('fatal', (error) => process.stderr.write(`fatal: ${error.message}\n`))
  try {
    return await work(stores, await applicationOf(stores[0], CALLS))
  } finally {
    await Promise.all(stores.map((store) => store.close()))
  }
}

async function immediateStops(rounds) {
  const server = await startPostgres()
  try {
    const url = await server.createDatabase()
    return await withStores(url, async (stores, application) => {
      const traffic = startTraffic(stores, application, CLIENTS)
      const backMs = []
      for (let round = 0; round < rounds; round++) {
        await wait(RUN_MS)
        await server.stop('immediate')
        await server.start()
        const backAt = performance.now()
        await until(() => traffic.lastChargedAt > backAt)
        backMs.push(Math.round(traffic.lastChargedAt - backAt))
      }
      await wait(RUN_MS)
      await traffic.stop()
      backMs.sort((one, other) => one - other)
      return {
        ...(await verdictOn(url, MASTER, application, traffic.said)),
        backP50Ms: backMs[Math.floor(rounds / 2)],
        backMaxMs: backMs.at(-1),
      }
    })
  } finally {
    await server.close()
  }
}

async function lostCommits(count) {
  const server = await startPostgres()
  const proxy = await startProxy(server.port)
  try {
    const url = await server.createDatabase()
    return await withStores(through(url, proxy), async (stores, application) => {
      const traffic = startTraffic(stores, application, CLIENTS)
      while (proxy.cut < count) {
        proxy.cutAfterCommit(1)
        const before = proxy.cut
        await until(() => proxy.cut > before)
        await wait(20)
      }
      await traffic.stop()
      return { ...(await verdictOn(url, MASTER, application, traffic.said)), cut: proxy.cut }
    })
  } finally {
    await proxy.close()
    await server.close()
  }
}

/** Null where the binaries at hand cannot make a standby. */
async function standbyTakesOver() {
  const server = await startPostgres()
  try {
    const url = await server.createDatabase()
    let standby
    try {
      standby = await server.createStandby()
    } catch (error) {
      if (error.code === 'ENOENT') return null
      throw error
    }
    await server.set({ synchronous_standby_names: "'*'", synchronous_commit: 'remote_apply' })
    const proxy = await startProxy(server.port)
    try {
      return await withStores(through(url, proxy), async (stores, application) => {
        const traffic = startTraffic(stores, application, CLIENTS)
        await wait(RUN_MS * 3)
        await server.stop('immediate')
        await standby.promote()
        proxy.lead(standby.port)
        const backAt = performance.now()
        await until(() => traffic.lastChargedAt > backAt)
        await wait(RUN_MS)
        await traffic.stop()
        const promoted = new URL(url)
        promoted.port = String(standby.port)
        return verdictOn(promoted.href, MASTER, application, traffic.said)
      })
    } finally {
      await proxy.close()
    }
  } finally {
    await server.close()
  }
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

const PATIENCE_MS = 30_000

async function until(isSo) {
  const begun = performance.now()
  while (!isSo()) {
    if (performance.now() - begun > PATIENCE_MS) throw new Error('nothing was charged any more')
    await wait(2)
  }
}
