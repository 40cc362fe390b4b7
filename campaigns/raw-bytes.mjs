// `npm run campaign -- raw-bytes [--seconds N] [--rounds N] [--connections N] [--json]`: requests with a name put into the request
// line as it is, in UTF-8 and GBK, beside the same requests escaped, in turns: each answered 200 and charged, how quick they are
// beside each other, and that no connection is left behind. Needs wrk.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { load, loader } from '../bench/load/load.mjs'
import { startDoor, wait } from '../bench/load/server.mjs'

const NUMBER = '11010519491231002X'
const NAMES = {
  escaped: Buffer.from(encodeURIComponent('李三')),
  'UTF-8': Buffer.from('李三'),
  GBK: Buffer.from([0xc0, 0xee, 0xc8, 0xfd]),
}
const MIXED = 'all three in turns'
/** More of them than are sent in one run. */
const MIXED_TURNS = 30_000
const CALLS = 1_000_000_000
const RATE_PER_SECOND = 1_000_000
/** Of /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100
const CLOSED_WITHIN_MS = 5_000
const POLL_MS = 50

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '64' },
      json: { type: 'boolean', default: false },
    },
  })
  if (loader !== 'wrk') {
    process.stdout.write('SKIPPED: there is no wrk here, and nothing else sends raw bytes quickly enough\n')
    return 0
  }
  const [seconds, rounds, connections] = [values.seconds, values.rounds, values.connections].map(Number)
  const folder = mkdtempSync(join(tmpdir(), 'heyan-raw-bytes-'))
  const door = await startDoor()
  try {
    const application = await door.admin('POST', '/applications', { name: 'raw', calls: CALLS })
    await door.admin('PATCH', `/applications/${application.appId}`, { ratePerSecond: RATE_PER_SECOND })
    const charged = async () => (await door.admin('GET', `/applications/${application.appId}/usage`)).charged
    const request = (name) =>
      Buffer.concat([
        Buffer.from('GET /idcard?xm='),
        name,
        Buffer.from(
          `&sfz=${NUMBER} HTTP/1.1\r\nhost: ${new URL(door.url).host}\r\nauthorization: APPCODE ${application.appCode}\r\n\r\n\u0001`,
        ),
      ])
    const files = Object.fromEntries(
      [...Object.entries(NAMES), [MIXED, null]].map(([kind, name], place) => {
        const file = join(folder, `requests-${place}`)
        // wrk looks at the first request with a parser of its own, and goes on with the last one of a file.
        const turns = name === null ? Array.from({ length: MIXED_TURNS }, () => Object.values(NAMES)).flat() : [name]
        writeFileSync(file, Buffer.concat([NAMES.escaped, ...turns].map(request)))
        return [kind, file]
      }),
    )
    const measure = async (kind, forSeconds = seconds) => {
      const before = mainThreadUs(door)
      const result = await load({
        url: `${door.url}/idcard`,
        connections,
        seconds: forSeconds,
        requestsFile: files[kind],
      })
      return { ...result, cpuUs: (mainThreadUs(door) - before) / result.answered }
    }
    await measure(MIXED, 1)
    const before = { descriptors: await settledDescriptors(door), charged: await charged() }
    const runs = Object.fromEntries(Object.keys(files).map((kind) => [kind, []]))
    for (let round = 0; round < rounds; round++)
      for (const kind of Object.keys(files)) runs[kind].push(await measure(kind))
    const all = Object.values(runs).flat()
    const leftOpen = (await settledDescriptors(door, before.descriptors)) - before.descriptors
    const answered = all.reduce((sum, each) => sum + each.answered - each.notFine, 0)
    const onTheWay = (await charged()) - before.charged - answered
    const figures = (name) => Object.fromEntries(Object.keys(runs).map((kind) => [kind, median(runs[kind], name)]))
    const [rps, cpuUs] = [figures('rps'), figures('cpuUs')]
    const beside = (each) =>
      Object.fromEntries(Object.keys(each).map((kind) => [kind, round2(each[kind] / each.escaped)]))
    const report = {
      connections,
      rps: Object.fromEntries(Object.entries(rps).map(([kind, each]) => [kind, Math.round(each)])),
      ratio: beside(rps),
      cpuRatio: beside(cpuUs),
      notFine: all.reduce((sum, each) => sum + each.notFine, 0),
      leftOpen,
      rssMb: residentMb(door),
    }
    const isWhole = report.notFine === 0 && leftOpen <= 0 && onTheWay >= 0 && onTheWay <= connections * all.length
    if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`)
    else {
      for (const kind of Object.keys(runs)) {
        const beside = `${report.ratio[kind]} of the escaped; ${report.cpuRatio[kind]} of its time of the main thread for a call`
        process.stdout.write(`${kind}: ${report.rps[kind]} rps, ${beside}\n`)
      }
      process.stdout.write(
        `${report.notFine} answers were not 200, ${leftOpen} descriptors left open, ${onTheWay} charges beyond the answers read; ${report.rssMb} MB\n`,
      )
    }
    return isWhole ? 0 : 1
  } finally {
    await door.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const round2 = (value) => Math.round(value * 100) / 100

function median(runs, name) {
  return runs.map((run) => run[name]).toSorted((one, other) => one - other)[Math.floor(runs.length / 2)]
}

/** What the server's main thread has used of a processor; unlike its speed, hardly changed by what else the machine does. */
function mainThreadUs({ child }) {
  const fields = readFileSync(`/proc/${child.pid}/task/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6
}

/** How many descriptors the server has open, once there are no more than `wanted` or its time is over. */
async function settledDescriptors({ child }, wanted = 0) {
  const until = Date.now() + (wanted === 0 ? 1_000 : CLOSED_WITHIN_MS)
  for (;;) {
    const open = readdirSync(`/proc/${child.pid}/fd`).length
    if (open <= wanted || Date.now() > until) return open
    await wait(POLL_MS)
  }
}

function residentMb({ child }) {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}
