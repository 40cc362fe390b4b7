import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { welch } from './timing/welch.mjs'

/** Welch's t beyond which two classes of answers count as told apart. */
const T_MAX = 4.5
const SAMPLES = 200_000
/** Samples before the measurement, in which everything warms up. */
const WARM_UP = 4_000
/** Of both classes together, the slowest share that is left out: pauses of the machine, not work of ours. */
const LEFT_OUT = 0.05

/**
 * Whether an unknown appid can be told from a wrong sign by the time of the refusal: Welch's t over `--samples` answers of a
 * real server on the loopback, one connection, the classes in random order. Two controls: the same class twice (has to
 * pass), and a server that answers unknown appids without the work (has to fail). Exit code 1 where any of it is not so.
 */
export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { samples: { type: 'string', default: String(SAMPLES) }, json: { type: 'boolean', default: false } },
  })
  const samples = Number(values.samples)
  const controlSamples = Math.min(samples, 20_000)
  const results = {
    samples,
    product: await withServer(false, (target) => compare(target, target.unknown, target.wrong, samples)),
    same: await withServer(false, (target) => compare(target, target.unknown, target.unknown, controlSamples)),
    leaky: await withServer(true, (target) => compare(target, target.unknown, target.wrong, controlSamples)),
  }
  const isGood =
    Math.abs(results.product.t) < T_MAX && Math.abs(results.same.t) < T_MAX && Math.abs(results.leaky.t) >= T_MAX
  if (values.json) process.stdout.write(`${JSON.stringify({ ...results, ok: isGood })}\n`)
  else {
    const line = ({ t, medianUs }) =>
      `t ${t.toFixed(2).padStart(8)}   medians ${medianUs.map((us) => us.toFixed(1)).join(' / ')} µs`
    process.stdout.write(`unknown appid / wrong sign, ${samples} answers   ${line(results.product)}   |t| < ${T_MAX}\n`)
    process.stdout.write(
      `control, one class twice, ${controlSamples}          ${line(results.same)}   |t| < ${T_MAX}\n`,
    )
    process.stdout.write(
      `control, no work for unknown, ${controlSamples}     ${line(results.leaky)}   |t| >= ${T_MAX}\n`,
    )
  }
  return isGood ? 0 : 1
}

async function withServer(isLeaky, measure) {
  const { quietLog, readConfig, startServer } = await import('../packages/server/dist/index.js')
  const directory = mkdtempSync(join(tmpdir(), 'heyan-timing-'))
  const config = readConfig({ DATA_DIR: directory, PORT: '0', DEMO: 'off' })
  const server = await startServer(config, { log: quietLog() })
  try {
    const { store } = server.services
    const application = await store.run('createApplication', {
      actor: 'campaign',
      accountId: null,
      name: 'timing',
      mode: 'live',
      fields: 'masked',
      calls: 10,
      validDays: 1,
      isNoRecordFree: false,
    })
    if (isLeaky) leak(store, application.appId)
    // An application in use is remembered; that must not show either.
    await prime(server.url, application)
    const request = (appId) => {
      const query = new URLSearchParams({
        appid: appId,
        sendtime: String(Date.now()),
        xm: '李三',
        sfz: '11010519491231002X',
        sign: randomBytes(32).toString('hex'),
      })
      return `GET /open/idcard?${query} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    }
    const unknown = () => request(`app_${randomBytes(13).toString('hex')}`)
    const wrong = () => request(application.appId)
    const client = await connect(new URL(server.url).port)
    const measured = await measure({ client, unknown, wrong })
    client.end()
    return measured
  } finally {
    await server.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function prime(url, { appId, appSecret }) {
  const signed = `appid=${appId}&sendtime=${Date.now()}&sfz=*&xm=*`
  const sign = createHmac('sha256', appSecret).update(signed).digest('hex')
  const client = await connect(new URL(url).port)
  await client.ask(`GET /open/idcard?${signed}&sign=${sign} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  client.end()
}

/** What the product would be without a decoy: nothing is read for an appid that is not there. */
function leak(store, known) {
  const run = store.run.bind(store)
  let decoy
  store.run = async (name, input) => {
    if (name !== 'findSigner' || input === known) return run(name, input)
    decoy ??= await run(name, input)
    return decoy
  }
}

async function compare({ client }, one, other, samples) {
  const classes = [one, other]
  const times = [[], []]
  for (let count = 0; count < samples + WARM_UP; count++) {
    const which = randomBytes(1)[0] & 1
    const request = classes[which]()
    const took = await client.ask(request)
    if (count >= WARM_UP) times[which].push(took)
  }
  const pooled = Float64Array.from([...times[0], ...times[1]]).sort()
  const longest = pooled[Math.floor(pooled.length * (1 - LEFT_OUT))]
  const kept = times.map((list) => list.filter((time) => time < longest))
  return {
    t: welch(kept[0], kept[1]),
    medianUs: times.map((list) => list.sort((a, b) => a - b)[list.length >> 1] / 1_000),
  }
}

/** One connection; nanoseconds from the last byte written to the whole answer read. */
function connect(port) {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
    let answered = null
    let text = ''
    let started = 0n
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      const now = process.hrtime.bigint()
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (head === -1) return
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      if (text.length < head + 4 + length) return
      if (!text.startsWith('HTTP/1.1 666')) reject(new Error(`not a refusal: ${text.slice(0, 80)}`))
      text = ''
      answered?.(Number(now - started))
    })
    socket.on('connect', () =>
      resolve({
        ask: (request) =>
          new Promise((done) => {
            answered = done
            started = process.hrtime.bigint()
            socket.write(request)
          }),
        end: () => socket.destroy(),
      }),
    )
  })
}

if (import.meta.url === `file://${process.argv[1]}`) process.exitCode = await run(process.argv.slice(2))
