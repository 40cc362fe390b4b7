// Makes sure that what is committed is installed and built, before a command that needs it. Node's own modules only: this runs
// on a machine where nothing is installed yet. Quick when nothing has changed. Says what it does on standard error, so that
// `heyan … --json` keeps standard output to itself.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const OLDEST_NODE = [20, 19]
const LOCK_WAIT_MS = 15 * 60_000
const LOCK_POLL_MS = 200
const PREBUILT_PROBE_MS = 8_000
const LOG_TAIL_LINES = 12

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampFolder = join(root, 'node_modules', '.heyan')
const workFolder = join(root, '.stamp')
const isQuiet = process.argv.includes('--quiet')

const say = (text) => process.stderr.write(`heyan: ${text}\n`)

function fail(text) {
  say(text)
  process.exit(1)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const isOldEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
  if (!isOldEnough) fail(`Node ${process.versions.node} is too old: version ${OLDEST_NODE.join('.')} or newer is needed`)
}

const digest = (text) => createHash('sha256').update(text).digest('hex')

/** Changes with the lockfile, and with the Node that native code was built for. */
function wantedInstall() {
  const lockfile = readFileSync(join(root, 'package-lock.json'))
  return digest(`${digest(lockfile)} ${process.versions.modules} ${process.platform} ${process.arch}`)
}

/** Changes with any source, by name, size and time. */
function wantedBuild() {
  const seen = []
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name === 'dist' || entry.name === 'node_modules') continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) walk(path)
      else if (!entry.name.endsWith('.test.ts') && !entry.name.endsWith('.tsbuildinfo')) {
        const { size, mtimeMs } = statSync(path)
        seen.push(`${path} ${size} ${mtimeMs}`)
      }
    }
  }
  walk(join(root, 'packages'))
  for (const name of ['tsconfig.json', 'tsconfig.base.json']) seen.push(readFileSync(join(root, name), 'utf8'))
  return digest(seen.sort().join('\n'))
}

function stamp(name) {
  try {
    return readFileSync(join(stampFolder, name), 'utf8')
  } catch {
    return ''
  }
}

function writeStamp(name, value) {
  mkdirSync(stampFolder, { recursive: true })
  writeFileSync(join(stampFolder, name), value)
}

const isInstalled = () => stamp('installed') === wantedInstall()
const isBuilt = () => existsSync(join(root, 'packages/cli/dist/main.js')) && stamp('built') === wantedBuild()

/** One at a time: two commands started together must not install over each other. A lock whose process is gone counts for nothing. */
function lock() {
  mkdirSync(workFolder, { recursive: true })
  const file = join(workFolder, 'lock')
  const until = Date.now() + LOCK_WAIT_MS
  for (;;) {
    try {
      const handle = openSync(file, 'wx')
      writeFileSync(handle, String(process.pid))
      closeSync(handle)
      process.on('exit', () => rmSync(file, { force: true }))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`${workFolder} cannot be written (${error.code})`)
    }
    if (!isHeld(file)) rmSync(file, { force: true })
    else if (Date.now() > until) fail(`another command has been installing for too long; if none is running, remove ${file}`)
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS)
  }
}

function isHeld(file) {
  try {
    const holder = Number(readFileSync(file, 'utf8'))
    if (!(holder > 0)) return Date.now() - statSync(file).mtimeMs < LOCK_POLL_MS * 5
    process.kill(holder, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

const has = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0

/** SQLite is native code: it comes prebuilt where that can be had, else it is compiled. Found out before the install, not in it. */
async function checkCompiler() {
  if (process.platform === 'win32') return
  const missing = [
    ...(has('python3', '--version') || has('python', '--version') ? [] : ['python3']),
    ...(has('make', '--version') ? [] : ['make']),
    ...(has('c++', '--version') || has('g++', '--version') || has('clang++', '--version') ? [] : ['a C++ compiler']),
  ]
  if (missing.length === 0 || (await isPrebuiltReachable())) return
  fail(
    `${missing.join(', ')} missing, needed to compile SQLite (no prebuilt one can be reached): ` +
      'apt-get install python3 make g++ | dnf install python3 make gcc-c++ | apk add python3 make g++ | xcode-select --install',
  )
}

async function isPrebuiltReachable() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const version = packages['node_modules/better-sqlite3']?.version
  const name = `better-sqlite3-v${version}-node-v${process.versions.modules}-${process.platform}-${process.arch}.tar.gz`
  try {
    const url = `https://github.com/WiseLibs/better-sqlite3/releases/download/v${version}/${name}`
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(PREBUILT_PROBE_MS) })
    return answer.ok
  } catch {
    return false
  }
}

/** Runs a step with its output in a log; shows the end of that where it fails. */
function step(name, command, args) {
  const log = join(workFolder, `${name}.log`)
  const handle = openSync(log, 'w')
  // What is built here needs the development dependencies, whatever the environment says.
  const { NODE_ENV: _, ...env } = process.env
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', handle, handle], env })
  closeSync(handle)
  if (status === 0) return
  const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n')
  if (tail !== '') process.stderr.write(`${tail}\n`)
  fail(`${name} failed${error ? ` (${error.code})` : ''}; all it said: ${log}`)
}

function install() {
  if (!isQuiet || !existsSync(join(root, 'node_modules'))) say('installing; the first time this takes a minute or two …')
  // Not `ci`: it refuses a lockfile that lacks optional packages of other platforms, which a mirror may not have. Versions and
  // integrity come from the lockfile all the same, and nothing is written to it.
  const args = ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund']
  const npm = process.env.npm_execpath
  if (npm?.endsWith('.js')) step('install', process.execPath, [npm, ...args])
  else step('install', process.platform === 'win32' ? 'npm.cmd' : 'npm', args)
  writeStamp('installed', wantedInstall())
}

function build() {
  if (!isQuiet) say('building …')
  const wanted = wantedBuild()
  step('build', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'])
  writeStamp('built', wanted)
}

checkNode()
if (!isInstalled() || !isBuilt()) {
  lock()
  if (!isInstalled()) {
    if (!existsSync(join(root, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'))) await checkCompiler()
    install()
  }
  if (!isBuilt()) build()
}
