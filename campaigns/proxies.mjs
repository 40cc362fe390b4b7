// `npm run campaign -- proxies [--only NAME] [--json]`: real nginx and haproxy, by the files of docs/samples/proxies, with TLS in
// front of a real server: 666 and the refusals pass as they are, HTTP/1.1 upstream on kept connections, raw bytes in the request
// line, the caller's address and nobody's invention of one, the table of requests that two programs may read differently with
// nothing smuggled, and logs in which nobody stands. What is not on this machine is skipped, aloud.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { parseArgs } from 'node:util'
import { behind, RAW_TABLE } from '../packages/server/dist/testing/raw-table.js'
import { MATCH, TestServer } from '../packages/server/dist/testing/server.js'
import { PROXIES, versionOf } from './proxies/kinds.mjs'
import { startNaive } from './proxies/naive.mjs'

const CALLS = 10_000
const ANSWER_MAX_MS = 4_000
/** Where no answer is what is looked for. */
const CONTROL_ANSWER_MAX_MS = 1_000
const HOST = 'localhost'
const QUERY = `xm=${encodeURIComponent(MATCH.name)}&sfz=${MATCH.number}`
/** What must not be in a log: the person of every request, however written. */
const PERSON = [MATCH.name, MATCH.number, '%E6%9D%8E', '\xc0\xee\xc8\xfd', 'xm=', 'sfz=']
const RAW_NAMES = { 'raw UTF-8': Buffer.from(MATCH.name), 'raw GBK': Buffer.from([0xc0, 0xee, 0xc8, 0xfd]) }
/** This row is HTTP/0.9 to nginx, where an answer is its body alone. */
const WITHOUT_VERSION = 'no version'
const URL_TOO_LARGE_BYTES = 17 * 1024
const BODY_TOO_LARGE_BYTES = 64 * 1024 + 1

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { only: { type: 'string' }, json: { type: 'boolean', default: false } },
  })
  const say = (text) => values.json || process.stdout.write(`${text}\n`)
  const report = {}
  for (const proxy of PROXIES.filter(({ name }) => values.only === undefined || values.only === name)) {
    const version = versionOf(proxy)
    const obstacle =
      version === null
        ? `there is no ${proxy.name} here`
        : spawnSync('openssl', ['version']).error
          ? 'there is no openssl here to make a certificate'
          : null
    if (obstacle !== null) {
      say(`SKIPPED: ${proxy.name}: ${obstacle}`)
      report[proxy.name] = { skipped: obstacle }
      continue
    }
    const wrong = await trial(proxy)
    report[proxy.name] = { version, rows: RAW_TABLE.length, wrong }
    say(
      `${wrong.length === 0 ? 'ok  ' : 'NOT '} ${version}: ${RAW_TABLE.length} rows of the table, ${wrong.length} wrong`,
    )
    for (const each of wrong) say(`     ${each}`)
  }
  if (Object.values(report).some(({ rows }) => rows !== undefined)) {
    const noticed = await control()
    report.control = { wrong: noticed > 0 ? [] : ['a proxy that mixes its callers up was not noticed'] }
    say(`${noticed > 0 ? 'ok  ' : 'NOT '} the control, a proxy that knows no chunks: noticed ${noticed} times`)
  }
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  return Object.values(report).every(({ wrong = [] }) => wrong.length === 0) ? 0 : 1
}

/** What was not as it should be, in words. */
async function trial(proxy) {
  const folder = mkdtempSync(join(tmpdir(), `heyan-${proxy.name}-`))
  const logs = join(folder, 'proxy')
  mkdirSync(logs)
  const certificate = makeCertificate(folder)
  const on = await TestServer.start({ calls: CALLS, environment: { TRUST_PROXY: '1' } })
  await on.operate('PATCH', `/applications/${on.application.appId}`, { ratePerSecond: CALLS })
  const seen = watch(on)
  const wrong = []
  const check = (name, got, wanted) => {
    if (JSON.stringify(got) !== JSON.stringify(wanted))
      wrong.push(`${name}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`)
  }
  const running = await proxy.start({ folder: logs, serverPort: Number(new URL(on.url).port), certificate })
  const wire = { port: running.port, ca: certificate.ca }
  const credential = `Authorization: APPCODE ${on.application.appCode}`
  try {
    await checkAnswers({ on, wire, check, seen })
    await checkRawBytes({ proxy, wire, credential, check })
    await checkAddress({ on, wire, check })
    await checkTable({ wire, credential, check, seen })
    // With nobody behind it: proxies like to tell of whole requests then.
    await on.close()
    const gone = await ask(wire, `/idcard?${QUERY}`)
    if (![502, 503, 504].includes(gone.status)) wrong.push(`without a server: ${gone.status}`)
  } finally {
    await running.stop()
  }
  checkLogs(logs, wrong)
  rmSync(folder, { recursive: true, force: true })
  return wrong
}

/** How often the table notices that a proxy and the server read a request differently, where they do. */
async function control() {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-naive-'))
  const certificate = makeCertificate(folder)
  const on = await TestServer.start({ calls: CALLS })
  const running = await startNaive({ serverPort: Number(new URL(on.url).port), certificate })
  const wire = { port: running.port, ca: certificate.ca, waitMs: CONTROL_ANSWER_MAX_MS }
  const credential = `Authorization: APPCODE ${on.application.appCode}`
  const rows = RAW_TABLE.filter(({ name }) => name === 'chunks')
  let noticed = 0
  const check = (_name, got, wanted) => {
    if (JSON.stringify(got) !== JSON.stringify(wanted)) noticed++
  }
  await checkTable({ wire, credential, check, seen: watch(on), rows }).catch(() => noticed++)
  await running.stop()
  await on.close()
  rmSync(folder, { recursive: true, force: true })
  return noticed
}

async function checkAnswers({ on, wire, check, seen }) {
  const headers = { authorization: `APPCODE ${on.application.appCode}` }
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' }
  const json = { ...headers, 'content-type': 'application/json' }
  const told = ({ status, text, message }) => [status, /"msg":"([^"]*)"/.exec(text)?.[1] ?? (message || text)]
  const MATCHED = [200, '实名信息正确']
  const UNTOLD = [666, '未传入身份证号码sfz']
  check('a query', told(await ask(wire, `/idcard?${QUERY}`, { headers })), MATCHED)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (let time = 0; time < 3; time++) check('again', told(await ask(wire, '/idcard?xm=1', { headers, agent })), UNTOLD)
  agent.destroy()
  check('a form', told(await ask(wire, '/idcard', { method: 'POST', headers: form, body: QUERY })), MATCHED)
  const text = JSON.stringify({ xm: MATCH.name, sfz: MATCH.number })
  check('JSON', told(await ask(wire, '/idcard', { method: 'POST', headers: json, body: text })), MATCHED)
  check('nobody', told(await ask(wire, `/idcard?${QUERY}`)), [403, 'Unauthorized'])
  check('PUT', told(await ask(wire, '/idcard', { method: 'PUT', headers })), [400, 'Invalid HttpMethod'])
  const large = `/idcard?xm=${'a'.repeat(URL_TOO_LARGE_BYTES)}`
  check('a URL too large', told(await ask(wire, large, { headers })), [414, 'Request URL too Large'])
  const body = 'a'.repeat(BODY_TOO_LARGE_BYTES)
  const post = await ask(wire, '/idcard', { method: 'POST', headers, body })
  check('a body too large', told(post), [413, 'Request body too Large'])
  check('the version upstream', [...new Set(seen.map(({ version }) => version))], ['1.1'])
  const kept = new Set(seen.map(({ port }) => port)).size
  if (kept === seen.length) check('connections kept upstream', kept, 'fewer than requests')
}

async function checkRawBytes({ proxy, wire, credential, check }) {
  for (const [name, bytes] of Object.entries(RAW_NAMES)) {
    const target = Buffer.concat([Buffer.from('/idcard?xm='), bytes, Buffer.from(`&sfz=${MATCH.number}`)])
    const text = `GET ${target.toString('latin1')} HTTP/1.1\r\nHost: ${HOST}\r\n${credential}\r\nConnection: close\r\n\r\n`
    check(name, statuses(await exchange(wire, text)), proxy.takesRawBytes ? [200] : [400])
  }
}

/** The address that counts is the one the proxy saw; what a caller says of itself is nothing. */
async function checkAddress({ on, wire, check }) {
  const { appId, appCode } = await on.newApplication({ calls: CALLS })
  await on.operate('PATCH', `/applications/${appId}`, { allowList: ['127.0.0.2'] })
  const from = async (localAddress, more = {}) =>
    (await ask(wire, `/idcard?${QUERY}`, { headers: { authorization: `APPCODE ${appCode}`, ...more }, localAddress }))
      .status
  check('an address that is allowed', await from('127.0.0.2'), 200)
  check('an address that is not', await from('127.0.0.3'), 403)
  check('an address that is invented', await from('127.0.0.3', { 'x-forwarded-for': '127.0.0.2' }), 403)
}

/** Each row, and then somebody else, who must get the answer to what they asked. */
async function checkTable({ wire, credential, check, seen, rows = RAW_TABLE }) {
  for (const { name, request: write } of rows) {
    seen.length = 0
    const received = await exchange(wire, write(credential, HOST) + behind(credential, HOST))
    // An interim answer is none. A request that the proxy did not know of has no answer here: it goes to whoever comes next.
    const answers = statuses(received).filter((status) => status >= 200)
    if (seen.length > answers.length + (name === WITHOUT_VERSION ? 1 : 0))
      check(`${name}: requests that the server saw`, seen, answers)
    const next = await ask(wire, '/idcard?xm=next')
    check(`${name}: whoever comes next`, [next.status, next.message], [403, 'Unauthorized'])
  }
}

/** Every request that comes to the server, as it says itself. */
function watch(on) {
  const seen = []
  on.app.server.prependListener('request', ({ httpVersion, headers, socket }) =>
    seen.push({ version: httpVersion, host: headers.host, port: socket.remotePort }),
  )
  return seen
}

function checkLogs(logs, wrong) {
  let lines = 0
  for (const file of readdirSync(logs).filter((name) => name.endsWith('.log'))) {
    const text = readFileSync(join(logs, file), 'latin1')
    lines += text.split('\n').length - 1
    for (const each of PERSON) {
      const place = text.indexOf(Buffer.from(each).toString('latin1'))
      if (place !== -1) wrong.push(`${file} holds ${each}: ${text.slice(Math.max(0, place - 80), place + 40)}`)
    }
  }
  if (lines < RAW_TABLE.length) wrong.push(`only ${lines} lines were logged: nothing was looked at`)
}

function ask(
  { port, ca, waitMs = ANSWER_MAX_MS },
  path,
  { method = 'GET', headers = {}, body, localAddress, agent = false } = {},
) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, ca, servername: HOST, path, method, agent, localAddress }
    const sent = request({ ...options, headers: { host: HOST, ...headers } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      const message = answer.headers['x-ca-error-message']
      answer.on('end', () => resolve({ status: answer.statusCode, text: message === undefined ? text : '', message }))
    })
    sent.setTimeout(waitMs, () => sent.destroy(new Error(`no answer to ${method}`)))
    sent.on('error', reject).end(body)
  })
}

/** All that comes back for these bytes, until the connection is closed or nothing more comes. */
function exchange({ port, ca, waitMs = ANSWER_MAX_MS }, text) {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect({ host: '127.0.0.1', port, ca, servername: HOST }, () => socket.write(text, 'latin1'))
    const finished = () => {
      socket.destroy()
      resolve(received)
    }
    socket.setTimeout(waitMs, finished)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
    socket.on('error', finished)
    socket.on('close', finished)
  })
}

const statuses = (received) => [...received.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status))

function makeCertificate(folder) {
  const [cert, key, both] = ['cert.pem', 'key.pem', 'both.pem'].map((name) => join(folder, name))
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const names = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST},IP:127.0.0.1`]
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, '-days', '2', ...names], {
    stdio: 'pipe',
  })
  writeFileSync(both, readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'))
  return { cert, key, both, ca: readFileSync(cert) }
}
