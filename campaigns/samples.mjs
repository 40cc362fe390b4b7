// `npm run campaign -- samples [--only LANGUAGE] [--json]`: every file of docs/samples, filled in and run against a real server: a
// match, problems with a body of 666, refusals, a name full of quotes; and over TLS: the server's certificate is verified. A
// language that is not on this machine is said aloud.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fillSample } from '../packages/contract/dist/index.js'
import { LANGUAGES } from './samples/languages.mjs'

const START_MAX_MS = 20_000
/** Time for a Go that compiles its own library first. */
const RUN_MAX_MS = 180_000
const CALLS = 200

const HEYAN = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url))
const FOLDER = fileURLToPath(new URL('../docs/samples/', import.meta.url))

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { only: { type: 'string' }, json: { type: 'boolean', default: false } },
  })
  const { placeholders, samples } = JSON.parse(readFileSync(join(FOLDER, 'index.json'), 'utf8'))
  const wanted = samples.filter(({ language }) => values.only === undefined || language === values.only)
  if (wanted.length === 0) throw new Error(`no samples of ${values.only}`)

  const directory = mkdtempSync(join(tmpdir(), 'heyan-samples-'))
  const servers = []
  const report = []
  const absent = new Map()
  try {
    const certificates = makeCertificates(directory)
    servers.push(await startServer(join(directory, 'plain'), {}))
    if (certificates !== null) {
      const { cert: TLS_CERT_FILE, key: TLS_KEY_FILE } = certificates
      servers.push(await startServer(join(directory, 'tls'), { TLS_CERT_FILE, TLS_KEY_FILE }))
    }
    for (const sample of wanted) {
      const language = LANGUAGES[sample.language]
      const lack = language.lack()
      if (lack !== null) {
        absent.set(sample.label, lack)
        continue
      }
      const runs = []
      for (const trial of trialsOf(sample, servers, language.trust, certificates)) {
        const code = fillSample(readFileSync(join(FOLDER, sample.file), 'utf8'), sample.quote, placeholders, trial.fill)
        const room = mkdtempSync(join(directory, 'run-'))
        writeFileSync(join(room, sample.file), code)
        const said = await runSteps(language.steps(sample.file), room, trial.environment)
        const wrong = existsSync(join(room, 'pwned')) ? 'a value was run as code' : trial.judge(said)
        runs.push({ trial: trial.name, ...(wrong === null ? {} : { wrong, said }) })
      }
      report.push({ file: sample.file, runs })
      if (!values.json) tell(sample.file, runs)
    }
  } finally {
    await Promise.all(servers.map(stopServer))
    rmSync(directory, { recursive: true, force: true })
  }

  const failed = report.flatMap(({ runs }) => runs).filter(({ wrong }) => wrong !== undefined).length
  const missing = Object.fromEntries(absent)
  if (values.json) process.stdout.write(`${JSON.stringify({ report, absent: missing, failed })}\n`)
  else {
    for (const [label, lack] of absent) process.stdout.write(`NOT HERE, not run: ${label} (${lack})\n`)
    if (servers.length === 1) process.stdout.write('NOT HERE: openssl, so nothing was run over TLS\n')
    const runs = report.reduce((sum, { runs }) => sum + runs.length, 0)
    process.stdout.write(
      `${report.length} samples, ${runs} runs, ${failed} failed, ${absent.size} languages not here\n`,
    )
  }
  return failed === 0 ? 0 : 1
}

function tell(file, runs) {
  const wrong = runs.filter((run) => run.wrong !== undefined)
  process.stdout.write(`${wrong.length === 0 ? 'ok    ' : 'FAILED'} ${file} (${runs.length} runs)\n`)
  for (const { trial, wrong: what, said } of wrong) {
    process.stdout.write(`  ${trial}: ${what}\n    ${`${said.stdout}${said.stderr}`.trim().slice(0, 800)}\n`)
  }
}

/** What could leave its quotes in one of the languages; it is no possible name. */
const HOSTILE_NAME = `李'"\\ $(touch pwned) \`touch pwned\` \${x} %s #{1} \\`

/** What each sample is asked to do: the values filled in, and what its output must be. */
function trialsOf({ credential }, [plain, secure], trust, certificates) {
  const isSigned = credential === 'signature'
  const ask = (server, more = {}) => {
    const { appCode, appKey, appSecret } = server.application
    return { address: server.url, ...(isSigned ? { appKey, appSecret } : { appCode }), ...more }
  }
  const prints =
    (...texts) =>
    ({ code, stdout }) => {
      const lacking = texts.filter((text) => !stdout.includes(text))
      if (lacking.length > 0) return `did not print ${lacking.join(', ')}`
      return code === 0 ? null : `ended with ${code}`
    }
  const refuses = ({ code, stdout }) =>
    /\b200\b|实名/.test(stdout) ? 'trusted a certificate that nobody vouches for' : code === 0 ? 'ended with 0' : null
  const trials = [
    { name: 'match', fill: ask(plain), judge: prints('200', '实名信息正确', 'rue') },
    {
      name: 'mismatch',
      fill: ask(plain, { name: '李四' }),
      judge: prints('200', '实名校验失败:身份证与姓名不匹配', 'alse'),
    },
    {
      name: 'wrong number',
      fill: ask(plain, { number: '110105194912310021' }),
      judge: prints('666', '身份证号码有误'),
    },
    { name: 'name full of quotes', fill: ask(plain, { name: HOSTILE_NAME }), judge: prints('666', '姓名有误') },
    isSigned
      ? {
          name: 'wrong AppSecret',
          fill: ask(plain, { appSecret: 'not-the-secret' }),
          judge: prints('400', 'Invalid Signature, Server StringToSign:'),
        }
      : {
          name: 'unknown AppCode',
          fill: ask(plain, { appCode: 'not-a-code' }),
          judge: prints('400', 'Invalid AppCode `not exists`'),
        },
  ]
  if (secure !== undefined) {
    trials.push({ name: 'a certificate that nobody vouches for', fill: ask(secure), judge: refuses })
    const environment = trust?.(certificates) ?? null
    if (environment !== null)
      trials.push({
        name: 'a certificate that is vouched for',
        fill: ask(secure),
        environment,
        judge: prints('200', '实名信息正确'),
      })
  }
  return trials
}

/** A command after the other, the last one's end; a compiler that fails ends the row. */
async function runSteps(steps, room, environment = {}) {
  let said = { code: 0, stdout: '', stderr: '' }
  for (const step of steps) {
    said = await runOne(step, room, environment)
    if (said.code !== 0) break
  }
  return said
}

function runOne([command, ...options], cwd, environment) {
  return new Promise((resolve) => {
    // Nothing else of this environment: a proxy of it would stand between the sample and the server.
    const { PATH, HOME } = process.env
    const child = spawn(command, options, {
      cwd,
      env: { PATH, HOME, LANG: 'C.UTF-8', ...environment },
      timeout: RUN_MAX_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    child.once('error', (error) => resolve({ code: -1, stdout, stderr: String(error) }))
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }))
  })
}

/** A server's certificate for 127.0.0.1, and the authority that made it; null without openssl. */
function makeCertificates(directory) {
  const folder = join(directory, 'certificates')
  mkdirSync(folder)
  const inFolder = (name) => join(folder, name)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout']
  writeFileSync(inFolder('extensions'), 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n')
  const openssl = (...options) => spawnSync('openssl', options, { cwd: folder }).status === 0
  const isMade =
    openssl('req', '-x509', ...newKey, 'ca.key', '-out', 'ca.pem', '-days', '1', '-subj', '/CN=samples') &&
    openssl('req', ...newKey, 'key.pem', '-out', 'request', '-subj', '/CN=127.0.0.1') &&
    openssl(
      ...['x509', '-req', '-in', 'request', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '1', '-out', 'cert.pem'],
      ...['-extfile', 'extensions'],
    )
  return isMade ? { cert: inFolder('cert.pem'), key: inFolder('key.pem'), ca: inFolder('ca.pem'), folder } : null
}

async function startServer(dataDir, environment) {
  const child = spawn(process.execPath, [HEYAN, 'serve'], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the server did not start')), START_MAX_MS)
    child.once('exit', () => reject(new Error('the server ended')))
    child.stdout.on('data', (chunk) => {
      said += chunk
      if (!/^curl /m.test(said)) return
      clearTimeout(late)
      resolve()
    })
  })
  const url = /核验 Heyan {2}(\S+)\/\n/.exec(said)?.[1] ?? ''
  const made = spawnSync(
    process.execPath,
    [HEYAN, 'app', 'create', '--name', 'samples', '--calls', String(CALLS), '--json'],
    {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        HEYAN_URL: url,
        HEYAN_TOKEN: readFileSync(join(dataDir, 'operator.token'), 'utf8').trim(),
        ...(environment.TLS_CERT_FILE === undefined
          ? {}
          : { NODE_EXTRA_CA_CERTS: join(environment.TLS_CERT_FILE, '../ca.pem') }),
      },
    },
  )
  if (made.status !== 0) throw new Error(`no application could be made: ${made.stderr}`)
  return { child, url, application: JSON.parse(made.stdout) }
}

async function stopServer({ child }) {
  child.removeAllListeners('exit')
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}
