import { spawn } from 'node:child_process'
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { wait } from '../../bench/load/server.mjs'

const READY_POLL_MS = 10
const READY_MAX_MS = 60_000
const CALLS = 100_000_000

/** The process under test, on one port and one folder over all its lives, and an application's way to its batches. */
export async function batchServer(folder, seed) {
  const dataDir = join(folder, 'data')
  const sourceLog = join(folder, 'source.log')
  const outputFile = join(folder, 'output.log')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child = null
  let ended = null
  let appCode = null
  appendFileSync(sourceLog, '')

  async function start(mode, life) {
    const output = openSync(outputFile, 'a')
    const env = {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: String(port),
      DEMO: 'off',
      LOG_LEVEL: 'warn',
      SOURCE_LOG: sourceLog,
      SOURCE_MODE: mode,
      SOURCE_SEED: String(seed + life),
    }
    child = spawn(process.execPath, ['campaigns/kill/server.mjs'], { env, stdio: ['ignore', output, output] })
    closeSync(output)
    const current = child
    ended = new Promise((resolve) => current.once('exit', resolve))
    const started = performance.now()
    while (performance.now() - started < READY_MAX_MS && current.exitCode === null) {
      const isReady = await fetch(`${url}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      )
      if (isReady) {
        appCode ??= await application()
        return
      }
      await wait(READY_POLL_MS)
    }
    current.kill('SIGKILL')
    throw new Error(`the server does not become ready: ${readFileSync(outputFile, 'utf8').slice(-2000)}`)
  }

  async function application() {
    const token = readFileSync(join(dataDir, 'operator.token'), 'utf8').trim()
    const created = await ask('/admin/v1/applications', token, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'batch', calls: CALLS }),
    })
    return (await created.json()).appCode
  }

  async function ask(path, token, { headers = {}, ...init } = {}) {
    const answer = await fetch(`${url}${path}`, {
      ...init,
      headers: { ...headers, authorization: `Bearer ${token}`, connection: 'close' },
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }

  return {
    dataDir,
    sourceLog,
    databaseFile: join(dataDir, 'heyan.sqlite'),
    start,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    /** Sends a sheet and begins; gives its id. */
    async upload(csv) {
      const form = new FormData()
      form.append('purpose', 'campaign')
      form.append('legalBasis', 'other_law')
      form.append('start', 'true')
      form.append('file', new Blob([csv]), 'people.csv')
      return (await (await ask('/v1/batches', appCode, { method: 'POST', body: form })).json()).id
    },
    batch: async (id) => (await ask(`/v1/batches/${id}`, appCode)).json(),
    /** The rows of the sheet that comes back. */
    async results(id) {
      const columns = 'result,note,charged,callId'
      const text = await (await ask(`/v1/batches/${id}/results?format=csv&columns=${columns}`, appCode)).text()
      const [, ...lines] = text.trim().split('\r\n')
      return lines.map((line) => {
        const [name, number, result, note, charged, callId] = line.split(',')
        return { name, number, result, note, charged, callId }
      })
    },
  }
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
