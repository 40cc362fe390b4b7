// Starts servers as processes of their own, for benches and campaigns.
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const START_MAX_MS = 30_000
const POLL_MS = 20
const root = fileURLToPath(new URL('../..', import.meta.url))

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs a script until it prints what `ready` finds; its output goes to a file, so that reading it costs the server nothing. */
export async function startProcess(command, args, { env = {}, ready, folder }) {
  const outputFile = join(folder, `output-${process.hrtime.bigint()}.log`)
  const output = openSync(outputFile, 'w')
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', output, output] })
  closeSync(output)
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  const until = Date.now() + START_MAX_MS
  for (;;) {
    const found = ready.exec(readFileSync(outputFile, 'utf8'))
    if (found) return { child, ended, found, outputFile }
    if (child.exitCode !== null || Date.now() > until) {
      child.kill('SIGKILL')
      throw new Error(`a server did not start: ${readFileSync(outputFile, 'utf8').slice(-2000)}`)
    }
    await wait(POLL_MS)
  }
}

/** The real server, as `npm start` runs it, in a folder of its own. */
export async function startDoor({ env = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-door-'))
  const dataDir = join(folder, 'data')
  const server = await startProcess(process.execPath, ['packages/cli/dist/main.js', 'serve'], {
    env: { DATA_DIR: dataDir, PORT: '0', ...env },
    ready: /(http:\/\/127\.0\.0\.1:\d+)\/\n/,
    folder,
  })
  const url = server.found[1]
  const token = readFileSync(join(dataDir, 'operator.token'), 'utf8').trim()
  return {
    ...server,
    url,
    dataDir,
    databaseFile: join(dataDir, 'heyan.sqlite'),
    async admin(method, path, body) {
      const answer = await fetch(`${url}/admin/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
      return answer.json()
    },
    async stop() {
      server.child.kill('SIGTERM')
      await server.ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
