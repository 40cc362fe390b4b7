// Several nodes of the built server as processes of their own, on one PostgreSQL, and traffic that knows which node it asks.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const READY_MAX_MS = 30_000
const READY_POLL_MS = 20
const MASTER_KEY = '07'.repeat(32)

export const MASTER = Buffer.from(MASTER_KEY, 'hex')

/** A fleet whose nodes come and go; `url` is its database, for one node through a proxy if it is told so. */
export function fleetOn(url) {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-nodes-'))
  const masterKeyFile = join(folder, 'master.key')
  writeFileSync(masterKeyFile, `${MASTER_KEY}\n`, { mode: 0o600 })
  const nodes = []

  async function start({ databaseUrl = url, mode = 'local', port = null, settings = {} } = {}) {
    const place = nodes.length
    const dataDir = join(folder, `node-${place}`)
    mkdirSync(dataDir, { mode: 0o700 })
    const outputFile = join(folder, `node-${place}.log`)
    const output = openSync(outputFile, 'a')
    const own = port ?? (await freePort())
    const env = {
      ...process.env,
      DATABASE_URL: databaseUrl,
      MASTER_KEY_FILE: masterKeyFile,
      DATA_DIR: dataDir,
      PORT: String(own),
      LOG_LEVEL: 'warn',
      SOURCE_LOG: join(folder, `source-${place}.log`),
      SOURCE_MODE: mode,
      SOURCE_SEED: String(place + 1),
      ...settings,
    }
    const child = spawn(process.execPath, ['campaigns/kill/server.mjs'], { env, stdio: ['ignore', output, output] })
    closeSync(output)
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const node = { place, port: own, url: `http://127.0.0.1:${own}`, child, ended, dataDir, outputFile }
    nodes.push(node)
    const begun = performance.now()
    while (!(await isReady(node.url))) {
      if (child.exitCode !== null || performance.now() - begun > READY_MAX_MS)
        throw new Error(`a node does not become ready: ${readFileSync(outputFile, 'utf8').slice(-2000)}`)
      await wait(READY_POLL_MS)
    }
    return node
  }

  return {
    nodes,
    start,
    async operate(node, method, path, body) {
      const token = readFileSync(join(node.dataDir, 'operator.token'), 'utf8').trim()
      const answer = await fetch(`${node.url}/admin/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          connection: 'close',
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
      return answer.json()
    },
    async close() {
      for (const { child } of nodes) child.kill('SIGTERM')
      const late = setTimeout(() => nodes.forEach(({ child }) => void child.kill('SIGKILL')), 15_000)
      await Promise.all(nodes.map(({ ended }) => ended))
      clearTimeout(late)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function isReady(url) {
  try {
    return (await fetch(`${url}/readyz`, { headers: { connection: 'close' } })).ok
  } catch {
    return false
  }
}

export async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

const PERSON = `/idcard?xm=${encodeURIComponent('李三')}&sfz=11010519491231002X`

/** One call: its status, and whether it was charged. Null where there was no answer, or none in time. */
export function ask(url, headers, agent, timeoutMs = 30_000) {
  return new Promise((resolve) => {
    const request = http.get(`${url}${PERSON}`, { headers, agent, timeout: timeoutMs }, (answer) => {
      answer.resume()
      answer.once('error', () => resolve(null))
      answer.once('end', () =>
        resolve({
          status: answer.statusCode,
          isCharged: answer.headers['x-ca-market-billing-result'] === '1',
          id: answer.headers['x-ca-request-id'],
          error: answer.headers['x-ca-error-message'] ?? null,
        }),
      )
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(null))
  })
}

/** Clients that ask their own node without a pause until they are stopped. */
export function startClients(nodes, appCode, clientsPerNode) {
  let isOver = false
  const counts = nodes.map(() => ({ answered: 0, charged: 0, none: 0 }))
  const charged = new Set()
  const running = nodes.flatMap((node, place) =>
    Array.from({ length: clientsPerNode }, async () => {
      const agent = new http.Agent({ keepAlive: true })
      while (!isOver) {
        const answer = await ask(node.url, { authorization: `APPCODE ${appCode}` }, agent)
        if (answer === null) {
          counts[place].none++
          await wait(20)
          continue
        }
        counts[place].answered++
        if (answer.isCharged) {
          counts[place].charged++
          charged.add(answer.id)
        }
      }
      agent.destroy()
    }),
  )
  return {
    counts,
    charged,
    /** Charged answers a second of each node over so long a time. */
    async rates(ms) {
      const before = counts.map((count) => count.charged)
      const begun = performance.now()
      await wait(ms)
      const seconds = (performance.now() - begun) / 1000
      return counts.map((count, place) => Math.round((count.charged - before[place]) / seconds))
    },
    async stop() {
      isOver = true
      await Promise.all(running)
    },
  }
}

export function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
