// The work behind `scripts/ensure.mjs`: installs and builds what has changed, and is quick when nothing has. Says what it does on
// standard error, so that `heyan … --json` keeps standard output to itself.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const LOCK_WAIT_MS = 15 * 60_000
const LOCK_POLL_MS = 200
const PREBUILT_PROBE_MS = 8_000
const LOG_TAIL_LINES = 12

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const stampFolder = join(root, 'node_modules', '.heyan')
const workFolder = join(root, '.stamp')
const isQuiet = process.argv.includes('--quiet')

const say = (text) => process.stderr.write(`heyan: ${text}\n`)

function fail(text) {
  say(text)
  process.exit(1)
}

const digest = (text) => createHash('sha256').update(text).digest('hex')

/** Changes with the lockfile, and with the Node that native code was built for. */
function wantedInstall() {
  const lockfile = readFileSync(join(root, 'package-lock.json'))
  return digest(`${digest(lockfile)} ${process.versions.modules} ${process.platform} ${process.arch}`)
}

/** Every file under a folder that a build reads, by name, size and time. */
function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'dist' || entry.name === 'node_modules') continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* sources(path)
    else if (!entry.name.endsWith('.test.ts') && !entry.name.endsWith('.tsbuildinfo')) {
      const { size, mtimeMs } = statSync(path)
      yield `${path} ${size} ${mtimeMs}`
    }
  }
}

function wantedBuild() {
  const settings = ['tsconfig.json', 'tsconfig.base.json'].map((name) => readFileSync(join(root, name), 'utf8'))
  return digest([...sources(join(root, 'packages')), ...settings].sort().join('\n'))
}

/** The pages are made of their package, of what they import of ours, and of the documents and samples that they show. */
const PAGE_FOLDERS = ['packages/web', 'packages/contract', 'packages/core', 'docs']
const wantedPages = () =>
  digest([stamp('installed'), ...PAGE_FOLDERS.flatMap((name) => [...sources(join(root, name))]).sort()].join('\n'))

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
/** Packages whose output is gone, whatever the stamp says. */
const unbuilt = () =>
  readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    // The pages are built by another tool.
    .filter((folder) => existsSync(join(folder, 'tsconfig.json')) && !existsSync(join(folder, 'vite.config.ts')))
    .filter((folder) => !existsSync(join(folder, 'dist')))
const isBuilt = () => unbuilt().length === 0 && stamp('built') === wantedBuild()
const arePagesBuilt = () => existsSync(join(root, 'packages/web/dist/index.html')) && stamp('pages') === wantedPages()

/** One at a time: two commands started together must not install over each other. A lock whose process is gone counts for nothing. */
function lock() {
  const file = join(workFolder, 'lock')
  const until = Date.now() + LOCK_WAIT_MS
  let isWaiting = false
  for (;;) {
    try {
      mkdirSync(workFolder, { recursive: true })
      const handle = openSync(file, 'wx')
      writeFileSync(handle, String(process.pid))
      closeSync(handle)
      process.on('exit', () => rmSync(file, { force: true }))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`${workFolder} cannot be written (${error.code})`)
    }
    if (!isHeld(file)) takeAway(file)
    else if (Date.now() > until)
      fail(`another command has been installing for too long; if none is running, remove ${file}`)
    else {
      if (!isWaiting && !isQuiet) say('another command is installing or building: waiting for it …')
      isWaiting = true
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS)
    }
  }
}

/** Of several who find a dead lock, one moves it away; a live one moved by mistake, made in between, is put back. */
function takeAway(file) {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
    if (isHeld(aside)) renameSync(aside, file)
    else rmSync(aside, { force: true })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
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

/** SQLite as installed, tried in this very Node: another version's build is on the disk all the same. */
const doesSqliteLoad = () =>
  spawnSync(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:').close()"], {
    cwd: root,
    stdio: 'ignore',
  }).status === 0

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

function npm(name, args) {
  const script = process.env.npm_execpath
  if (script?.endsWith('.js')) step(name, process.execPath, [script, ...args])
  else step(name, process.platform === 'win32' ? 'npm.cmd' : 'npm', args)
}

function install() {
  if (!isQuiet || !existsSync(join(root, 'node_modules')))
    say('installing; the first time this takes a minute or two …')
  // Not `ci`: it refuses a lockfile that lacks optional packages of other platforms, which a mirror may not have. Versions and
  // integrity come from the lockfile all the same, and nothing is written to it.
  const args = ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund']
  npm('install', args)
  // What is there already is left as it is, also where another version of Node made it.
  if (!doesSqliteLoad()) npm('rebuild', ['rebuild', 'better-sqlite3'])
  if (!doesSqliteLoad())
    fail(
      `SQLite (better-sqlite3) is installed and does not load in Node ${process.versions.node}; if npm is set to ` +
        `ignore-scripts, allow them here; what npm said: ${join(workFolder, 'rebuild.log')}`,
    )
  writeStamp('installed', wantedInstall())
}

function build() {
  if (!isQuiet) say('building …')
  const wanted = wantedBuild()
  // The compiler looks at its notes, not at its output.
  for (const folder of unbuilt()) rmSync(join(folder, 'tsconfig.tsbuildinfo'), { force: true })
  step('build', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'])
  writeStamp('built', wanted)
}

function buildPages() {
  if (!isQuiet) say('building the pages …')
  const wanted = wantedPages()
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  step('pages', process.execPath, [vite, 'build', 'packages/web', '--logLevel', 'warn'])
  writeStamp('pages', wanted)
}

if (!isInstalled() || !isBuilt() || !arePagesBuilt()) {
  lock()
  if (!isInstalled()) {
    if (!doesSqliteLoad()) await checkCompiler()
    install()
  }
  if (!isBuilt()) build()
  if (!arePagesBuilt()) buildPages()
}
