import { spawn } from 'node:child_process'
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs'
import http from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { wait } from '../../bench/load/server.mjs'

const READY_POLL_MS = 10
const READY_MAX_MS = 60_000

/** The process under test, on one port and one folder over all its lives. */
export async function serverIn(folder, script) {
  const dataDir = join(folder, 'data')
  const sourceLog = join(folder, 'source.log')
  const outputFile = join(folder, 'output.log')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child = null
  let ended = null
  appendFileSync(sourceLog, '')

  /** Starts it; gives the ms from its start to the first answer that it is ready. */
  async function start(environment) {
    const output = openSync(outputFile, 'a')
    const env = {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: String(port),
      DEMO: 'off',
      LOG_LEVEL: 'warn',
      SOURCE_LOG: sourceLog,
      ...environment,
    }
    const started = performance.now()
    child = spawn(process.execPath, [script], { env, stdio: ['ignore', output, output] })
    closeSync(output)
    const current = child
    ended = new Promise((resolve) => current.once('exit', resolve))
    while (performance.now() - started < READY_MAX_MS && child.exitCode === null) {
      if (await isReady(url)) return performance.now() - started
      await wait(READY_POLL_MS)
    }
    child.kill('SIGKILL')
    throw new Error(`the server does not become ready: ${readFileSync(outputFile, 'utf8').slice(-2000)}`)
  }

  async function operate(path, body) {
    const token = readFileSync(join(dataDir, 'operator.token'), 'utf8').trim()
    const answer = await fetch(`${url}/admin/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  return {
    url,
    dataDir,
    sourceLog,
    databaseFile: join(dataDir, 'heyan.sqlite'),
    start,
    operate,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function isReady(url) {
  return new Promise((resolve) => {
    http
      .get(`${url}/readyz`, { agent: false }, (answer) => {
        answer.resume()
        resolve(answer.statusCode === 200)
      })
      .once('error', () => resolve(false))
  })
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
