import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const MAIN = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url))
const running: ChildProcess[] = []
const folders: string[] = []

// At a file's end: its tests may share a server.
afterAll(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-journey-'))
  folders.push(folder)
  return folder
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `heyan …` to its end, in an environment that holds only what is given. */
export function heyan(args: readonly string[], env: Readonly<Record<string, string>>, input = ''): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { PATH: process.env.PATH, ...env } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr }),
    )
    // A command that ends early does not read what it is given.
    child.stdin?.on('error', () => undefined).end(input)
  })
}

export interface Server {
  readonly child: ChildProcess
  readonly url: string
  readonly env: Readonly<Record<string, string>>
  /** All it has written so far. */
  output(): string
  readonly ended: Promise<number | null>
  stop(): Promise<number | null>
}

/** `heyan serve` in a folder, ready when it has greeted. */
export async function serve(folder: string, more: Readonly<Record<string, string>> = {}): Promise<Server> {
  const env = { DATA_DIR: join(folder, 'data'), PORT: '0', ...more }
  const child = spawn(process.execPath, [MAIN, 'serve'], { env: { PATH: process.env.PATH, ...env } })
  running.push(child)
  let output = ''
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      output += chunk
      const greeted = /核验 Heyan {2}(\S+)\/\n[\s\S]*\n\n/.exec(output)?.[1]
      if (greeted !== undefined) resolve(greeted)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${output}`)))
  })
  return {
    child,
    url,
    env: { ...env, HEYAN_URL: url },
    output: () => output,
    ended,
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** What the greeting says about the demo. */
export function greeted(output: string): { appCode: string; appKey: string; appSecret: string; curl: string } {
  const find = (pattern: RegExp) => pattern.exec(output)?.[1] ?? ''
  return {
    appCode: find(/^AppCode:\s+(\S+)$/m),
    appKey: find(/^AppKey:\s+(\S+)$/m),
    appSecret: find(/^AppSecret:\s+(\S+)$/m),
    curl: find(/^(curl .*)$/m),
  }
}

/** A shell line; its standard output. */
export function shell(line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('/bin/sh', ['-c', line], (error, stdout) => (error === null ? resolve(stdout) : reject(error)))
  })
}

export const LI_SAN = `xm=${encodeURIComponent('李三')}&sfz=11010519491231002X`

export async function callMarket(
  url: string,
  appCode: string,
  query = LI_SAN,
): Promise<{ status: number; body: string; error: string | null }> {
  const answer = await fetch(`${url}/idcard?${query}`, { headers: { authorization: `APPCODE ${appCode}` } }).catch(
    (error) => {
      throw new Error(`no answer: ${error}`)
    },
  )
  return { status: answer.status, body: await answer.text(), error: answer.headers.get('x-ca-error-message') }
}

export function modeOf(mode: number): string {
  return (mode & 0o777).toString(8)
}
