// `npm run campaign -- overload [--seconds N] [--json]`: ten and twenty times as many connections as saturate the server, then one
// account with fifty times the connections of another. Goodput is counted in the database; what callers of either account wait is
// measured by a client that asks now and then, accepted calls apart from refused ones. A bare route that answers a constant, under as
// many connections in the same run, tells what the machine itself loses by them: goodput is held against that.

import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { load, loader } from '../bench/load/load.mjs'
import { median } from '../bench/load/median.mjs'
import { startDoor, startProcess, wait } from '../bench/load/server.mjs'

const SATURATING = 64
const FACTORS = [1, 10, 20]
const NOISE = 50
const CALLS = 1_000_000_000
const GOODPUT_MIN = 0.95
const P99_MAX_MS = 500
const NOISY_P99_MAX = 1.2
/** The client that asks now and then. */
const PROBES = 8
const PROBE_PAUSE_MS = 5
const ROUNDS = 3
/** How long until the loud one's connections are all open: Node accepts one each time it looks around. */
const RAMP_MS = 5_000
const PATH = `/idcard?xm=${encodeURIComponent('李三')}&sfz=11010519491231002X`

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { seconds: { type: 'string', default: '6' }, json: { type: 'boolean', default: false } },
  })
  const seconds = Number(values.seconds)
  const folder = mkdtempSync(join(tmpdir(), 'heyan-overload-'))
  const bare = await startProcess(process.execPath, ['bench/load/bare.mjs'], { ready: /(http:\S+)\/\n/, folder })
  const door = await startDoor({ env: { LOG_LEVEL: 'warn' } })
  try {
    const [noisy, quiet] = [await applicationOf(door), await applicationOf(door)]
    await flood(door, noisy, SATURATING, seconds)
    const runs = Object.fromEntries(FACTORS.map((factor) => [factor, []]))
    const bareRuns = Object.fromEntries(FACTORS.map((factor) => [factor, []]))
    for (let round = 0; round < ROUNDS; round++) {
      for (const factor of FACTORS) {
        runs[factor].push(await flood(door, noisy, SATURATING * factor, seconds))
        const alone = { url: `${bare.found[1]}${PATH}`, connections: SATURATING * factor, seconds }
        bareRuns[factor].push((await load(alone)).rps)
      }
    }
    const middle = (factor, figure) => median(runs[factor].map((each) => each[figure]))
    const peak = middle(1, 'goodput')
    const neighbours = await noise(door, noisy, quiet, seconds)
    const result = {
      loader,
      peak,
      goodput: Object.fromEntries(FACTORS.slice(1).map((factor) => [factor, round2(middle(factor, 'goodput') / peak)])),
      bare: Object.fromEntries(
        FACTORS.slice(1).map((factor) => [factor, round2(median(bareRuns[factor]) / median(bareRuns[1]))]),
      ),
      p99Ms: Object.fromEntries(FACTORS.map((factor) => [factor, middle(factor, 'p99Ms')])),
      sheds: Object.fromEntries(FACTORS.map((factor) => [factor, middle(factor, 'sheds')])),
      instantSheds: runs[20].reduce((sum, { instantSheds }) => sum + instantSheds, 0),
      ...neighbours,
    }
    const ok =
      FACTORS.slice(1).every((factor) => result.goodput[factor] >= GOODPUT_MIN * Math.min(1, result.bare[factor])) &&
      Object.values(result.p99Ms).every((ms) => ms <= P99_MAX_MS) &&
      result.instantSheds === 0 &&
      result.quietErrors === 0 &&
      result.noisyRatio <= NOISY_P99_MAX
    const text = [
      `${peak} charged calls a second at ${SATURATING} connections; at ten times as many ${percent(result.goodput[10])} of that, at twenty times ${percent(result.goodput[20])}; a bare route keeps ${percent(result.bare[10])} and ${percent(result.bare[20])}`,
      `p99 of accepted calls: ${FACTORS.map((factor) => `${result.p99Ms[factor]} ms at ${factor}x`).join(', ')}; refused for lack of room: ${FACTORS.map((factor) => result.sheds[factor]).join(', ')}, of them at once ${result.instantSheds}`,
      `p99 of one account beside another: ${result.quietP99Ms} ms with as many connections each, ${result.besideP99Ms} ms where the other has ${NOISE} times as many: ${result.noisyRatio} times; errors ${result.quietErrors}`,
    ]
    process.stdout.write(`${values.json ? JSON.stringify({ ...result, ok }) : text.join('\n')}\n`)
    return ok ? 0 : 1
  } finally {
    bare.child.kill()
    await door.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const percent = (share) => `${Math.round(share * 100)} %`
const round2 = (value) => Math.round(value * 100) / 100

async function applicationOf(door) {
  const application = await door.admin('POST', '/applications', { name: 'overload', calls: CALLS })
  const charged = async () => (await door.admin('GET', `/applications/${application.appId}/usage`)).charged
  return { headers: { Authorization: `APPCODE ${application.appCode}` }, charged }
}

/** Charged calls a second under so many connections, and what a caller of that account waits meanwhile. */
async function flood(door, application, connections, seconds) {
  const probe = startProbe(door, application)
  const before = await application.charged()
  const begun = performance.now()
  await load({ url: `${door.url}${PATH}`, connections, seconds, headers: application.headers })
  const goodput = Math.round((((await application.charged()) - before) * 1_000) / (performance.now() - begun))
  return { goodput, ...(await probe.stop()) }
}

async function noise(door, noisy, quiet, seconds) {
  const beside = async (connections) => {
    const other = load({
      url: `${door.url}${PATH}`,
      connections,
      seconds: seconds + RAMP_MS / 1_000,
      headers: noisy.headers,
    })
    await wait(RAMP_MS)
    const { p99Ms, notFine } = await load({
      url: `${door.url}${PATH}`,
      connections: SATURATING,
      seconds: Math.max(1, seconds - 1),
      headers: quiet.headers,
    })
    await other
    return { p99Ms, notFine }
  }
  const pairs = []
  for (let round = 0; round < ROUNDS; round++)
    pairs.push({ even: await beside(SATURATING), loud: await beside(SATURATING * NOISE) })
  const quietP99Ms = round2(median(pairs.map(({ even }) => even.p99Ms)))
  const besideP99Ms = round2(median(pairs.map(({ loud }) => loud.p99Ms)))
  return {
    quietP99Ms,
    besideP99Ms,
    noisyRatio: round2(besideP99Ms / quietP99Ms),
    quietErrors: pairs.reduce((sum, { even, loud }) => sum + even.notFine + loud.notFine, 0),
  }
}

/** Asks now and then over connections of its own. */
function startProbe(door, { headers }) {
  const accepted = []
  let sheds = 0
  let instantSheds = 0
  let isOver = false
  const agent = new http.Agent({ keepAlive: true })
  const ask = () =>
    new Promise((resolve) => {
      const begun = performance.now()
      http
        .get(`${door.url}${PATH}`, { agent, headers }, (answer) => {
          answer.resume().once('end', () => {
            const ms = performance.now() - begun
            if (answer.statusCode === 200) accepted.push(ms)
            else {
              sheds++
              if (ms < 500 || answer.headers['retry-after'] === undefined) instantSheds++
            }
            resolve()
          })
        })
        .once('error', resolve)
    })
  const running = Array.from({ length: PROBES }, async () => {
    while (!isOver) {
      await ask()
      await wait(PROBE_PAUSE_MS)
    }
  })
  return {
    async stop() {
      isOver = true
      await Promise.all(running)
      agent.destroy()
      accepted.sort((one, other) => one - other)
      return { p99Ms: round2(accepted[Math.floor(accepted.length * 0.99)] ?? 0), sheds, instantSheds }
    },
  }
}
