// `npm run bench -- idcard [--seconds N] [--rounds N] [--json]`: the real door, with everything on, beside a bare Fastify route
// that answers a constant of the same size, in one go and in turns. Nothing is switched off: roster, AppCode or signature,
// validation, rate limit, one durable charge a call, one log line a call.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { load, loader } from './load/load.mjs'
import { startDoor, startProcess, wait } from './load/server.mjs'
import { signedHeaders } from './load/signing.mjs'

const CONNECTIONS = [1, 16, 64, 256]
const NAME = '李三'
const NUMBER = '11010519491231002X'
const PATH = `/idcard?xm=${encodeURIComponent(NAME)}&sfz=${NUMBER}`
/** Signed requests made ready for each second: more than are sent in one. */
const SIGNED_PER_SECOND = 25_000
const CALLS = 1_000_000_000
const RATE_PER_SECOND = 1_000_000
/** Calls whose every answer is read to the end, so that answers and charges can be held against each other exactly. */
const COUNTED_CALLS = 20_000
/** The count stands when it is the same twice, this far apart. */
const STANDING_MS = 500
const COUNTED_CONNECTIONS = 64

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      seconds: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  })
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)]
  const say = (text) => process.stderr.write(`${text}\n`)
  const folder = mkdtempSync(join(tmpdir(), 'heyan-bench-'))
  const bare = await startProcess(process.execPath, ['bench/load/bare.mjs'], { ready: /(http:\S+)\/\n/, folder })
  const door = await startDoor()
  try {
    const application = await door.admin('POST', '/applications', { name: 'bench', calls: CALLS })
    await door.admin('PATCH', `/applications/${application.appId}`, { ratePerSecond: RATE_PER_SECOND })
    const charged = async () => (await door.admin('GET', `/applications/${application.appId}/usage`)).charged
    const results = { bare: {}, door: {}, signed: {} }
    say(`${loader}, ${seconds} s a run, ${rounds} rounds; medians`)
    for (const connections of CONNECTIONS) {
      const runs = { bare: [], door: [], signed: [] }
      for (let round = 0; round < rounds; round++) {
        runs.bare.push(await load({ url: `${bare.found[1]}${PATH}`, connections, seconds }))
        runs.door.push(
          await loadDoor({ connections, seconds, headers: { Authorization: `APPCODE ${application.appCode}` } }),
        )
        runs.signed.push(await loadDoor({ connections, seconds, ...signedRequests(seconds) }))
      }
      for (const name of Object.keys(runs)) results[name][connections] = median(runs[name])
      say(line(connections, results))
    }
    const counted = await countExactly(charged, application)
    const ratio = Object.fromEntries(CONNECTIONS.map((n) => [n, round2(results.door[n].rps / results.bare[n].rps)]))
    const report = { ...results, ratio, answered200: counted.answered, charged: counted.charged }
    if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`)
    else process.stdout.write(`answers with 200: ${counted.answered}, charges in the database: ${counted.charged}\n`)
    return counted.answered === counted.charged ? 0 : 1

    /** Whatever was answered 200 was charged; charged and not counted can only be what was on its way when the load stopped. */
    async function loadDoor(options) {
      const before = await charged()
      const result = await load({ ...options, url: `${door.url}${PATH}` })
      const onTheWay = (await charged()) - before - (result.answered - result.notFine)
      if (onTheWay < 0 || onTheWay > options.connections || result.notFine > 0) {
        throw new Error(`answers and charges differ by ${onTheWay}; ${result.notFine} answers were not 200`)
      }
      return result
    }

    function signedRequests(forSeconds) {
      const at = Date.now()
      const host = new URL(door.url).host
      const requests = Array.from({ length: SIGNED_PER_SECOND * forSeconds }, () =>
        signedHeaders(application, NAME, NUMBER, at),
      )
      if (loader !== 'wrk') return { requests: requests.map((headers) => ({ method: 'GET', path: PATH, headers })) }
      const requestsFile = join(folder, 'requests')
      const lines = requests.map((headers) => {
        const text = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
        return `GET ${PATH} HTTP/1.1\r\nhost: ${host}\r\n${text.join('')}\r\n\u0001`
      })
      writeFileSync(requestsFile, lines.join(''))
      return { requestsFile }
    }

    async function countExactly(readCharged, { appCode }) {
      const before = await standing(readCharged)
      const agent = new http.Agent({ keepAlive: true, maxSockets: COUNTED_CONNECTIONS })
      let asked = 0
      let answered = 0
      const one = () =>
        new Promise((resolve, reject) => {
          http
            .get(`${door.url}${PATH}`, { agent, headers: { authorization: `APPCODE ${appCode}` } }, (answer) => {
              answer.resume().once('end', () => {
                if (answer.statusCode === 200) answered++
                resolve()
              })
            })
            .once('error', reject)
        })
      const worker = async () => {
        while (asked++ < COUNTED_CALLS) await one()
      }
      await Promise.all(Array.from({ length: COUNTED_CONNECTIONS }, worker))
      agent.destroy()
      return { answered, charged: (await readCharged()) - before }
    }
  } finally {
    bare.child.kill()
    await door.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The count once nothing that was on its way when the load stopped is counted any more. */
async function standing(readCharged) {
  for (let last = await readCharged(); ; ) {
    await wait(STANDING_MS)
    const now = await readCharged()
    if (now === last) return now
    last = now
  }
}

const round2 = (value) => Math.round(value * 100) / 100

/** By requests a second. */
function median(runs) {
  const { rps, p50Ms, p99Ms } = runs.toSorted((one, other) => one.rps - other.rps)[Math.floor(runs.length / 2)]
  return { rps: Math.round(rps), p50Ms: round2(p50Ms), p99Ms: round2(p99Ms) }
}

function line(connections, { bare, door, signed }) {
  const show = ({ rps, p50Ms, p99Ms }) => `${rps} rps, p50 ${p50Ms} ms, p99 ${p99Ms} ms`
  const ratio = round2(door[connections].rps / bare[connections].rps)
  return [
    `${connections} connections: ratio ${ratio}`,
    `  bare    ${show(bare[connections])}`,
    `  AppCode ${show(door[connections])}`,
    `  signed  ${show(signed[connections])}`,
  ].join('\n')
}
