// `npm run campaign -- migrate [--rows N] [--json]`: a store as the first version would have left it, with so many charged calls, is
// brought to this version by `heyan migrate`, and then moved to PostgreSQL. No row may be missing, and all of it must add up.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { audit, auditShared, keysOf, newCallId, newId } from '@heyan/store'
import Database from 'better-sqlite3'
import { Kysely, Migrator, SqliteDialect, sql } from 'kysely'
import pg from 'pg'
import { EntryChain } from '../packages/store/dist/engine/entry-chain.js'
import * as oldest from '../packages/store/dist/migrations/0001-schema.js'
import { SQLITE } from '../packages/store/dist/migrations/spelling.js'
import { startPostgres } from '../scripts/postgres/server.mjs'

const execute = promisify(execFile)
const MASTER = Buffer.alloc(32, 7)
const ACCOUNTS = 100
const GRANTED = 100_000_000
const DAY_MS = 86_400_000
const SHANGHAI_MS = 8 * 3_600_000
const ALL_TIME = 0
/** Tables of ours in the first version whose rows nothing but `heyan migrate` may touch. */
const COUNTED = ['accounts', 'applications', 'application_counters', 'calls', 'entries', 'lots', 'usage_counters']
const BYTES_PER_MIB = 1_048_576

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { rows: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
  })
  const rows = Number(values.rows)
  const folder = mkdtempSync(join(tmpdir(), 'heyan-migrate-'))
  const file = join(folder, 'heyan.sqlite')
  const masterKeyFile = join(folder, 'master.key')
  writeFileSync(masterKeyFile, `${MASTER.toString('hex')}\n`, { mode: 0o600 })
  const server = await startPostgres()
  try {
    await buildOldest(file, rows)
    const before = countsOf(file)
    const heyan = async (...args) => {
      const begun = performance.now()
      const env = { ...process.env, DATA_DIR: folder, MASTER_KEY_FILE: masterKeyFile, DATABASE_URL: '' }
      const { stdout } = await execute(process.execPath, ['packages/cli/dist/main.js', ...args, '--json'], { env })
      return { ...JSON.parse(stdout), seconds: Number(((performance.now() - begun) / 1_000).toFixed(1)) }
    }
    const migrated = await heyan('migrate')
    const after = countsOf(file)
    const adds = audit(file, MASTER)
    const url = await server.createDatabase()
    const moved = await heyan('migrate', '--to', url)
    const arrived = await countsOn(url)
    const addsThere = await auditShared(url, MASTER)
    const lost = COUNTED.filter((table) => after[table] !== before[table] || arrived[table] !== before[table])
    const problems = [...adds.problems, ...addsThere.problems]
    const ok =
      lost.length === 0 && problems.length === 0 && adds.entries === rows + ACCOUNTS && migrated.migrated.length > 0
    const mebibytes = Math.round(statSync(file).size / BYTES_PER_MIB)
    const result = {
      rows,
      mebibytes,
      migrated: migrated.migrated,
      migrateSeconds: migrated.seconds,
      moveSeconds: moved.seconds,
      lost,
      problems,
      ok,
    }
    const text = [
      `${rows} calls and their entries (${mebibytes} MiB): ${migrated.migrated.join(', ')} in ${migrated.seconds} s, adding it all up included`,
      `moved to PostgreSQL in ${moved.seconds} s, added up on both sides`,
      `tables with another number of rows: ${lost.join(', ') || 'none'}; audit: ${problems.join('; ') || 'adds up'}`,
    ]
    process.stdout.write(`${values.json ? JSON.stringify(result) : text.join('\n')}\n`)
    return ok ? 0 : 1
  } finally {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function buildOldest(file, rows) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  const kysely = new Kysely({ dialect: new SqliteDialect({ database: db }) })
  const up = async (on) => {
    for (const statement of oldest.statements(SQLITE)) await sql.raw(SQLITE.adapt(statement)).execute(on)
  }
  const { error } = await new Migrator({
    db: kysely,
    provider: { getMigrations: async () => ({ '0001-schema': { up } }) },
  }).migrateToLatest()
  if (error) throw error
  const now = Date.now()
  const insert = (table, row) => db.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`).run(row)
  db.exec('BEGIN')
  const { id: keyId, checkValue } = keysOf(MASTER)
  insert('keys', [keyId, checkValue, now, null])
  const chain = new EntryChain(newId('str', now), undefined)
  insert('streams', [chain.streamId, 'embedded', now])
  for (let place = 0; place < ACCOUNTS; place++)
    fillAccount(insert, db, chain, Math.floor((rows + place) / ACCOUNTS), now)
  db.exec('COMMIT')
  await kysely.destroy()
}

function fillAccount(insert, db, chain, calls, now) {
  const account = newId('acc', now)
  const application = newId('app', now)
  const lot = newId('lot', now)
  const day = dayOf(now)
  insert('accounts', [account, 'campaign', 'active', now])
  insert('applications', [
    ...[account, application, 'campaign', 'active', 'live', 'masked', null, null, null, '[]', 0, 0, 'hmac-sha256', now],
  ])
  insert('lots', [account, lot, null, lot, GRANTED, 0, calls, 0, 0, null, 0, now])
  const call = db.prepare("INSERT INTO calls VALUES (?, ?, ?, ?, ?, 'settled', 1, NULL, 'record', NULL, 1, ?, ?)")
  const entry = db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const enter = (on, fields) => {
    const { ref, kind, lot_id, quantity, at, stream_id, seq, hash } = chain.next(account, on, fields)
    entry.run(account, on, ref, kind, lot_id, quantity, at, stream_id, seq, hash)
  }
  enter(day, { kind: 'grant', lotId: lot, ref: lot, quantity: GRANTED, at: now })
  for (let turn = 0; turn < calls; turn++) {
    const at = now - DAY_MS + turn
    const id = newCallId(at)
    call.run(account, dayOf(at), id, application, lot, at, at)
    enter(dayOf(at), { kind: 'charge', lotId: lot, ref: id, quantity: 1, at })
  }
  insert('application_counters', [account, application, ALL_TIME, calls])
  insert('usage_counters', [account, application, day - 1, 'charged', calls])
}

const dayOf = (at) => Math.floor((at + SHANGHAI_MS) / DAY_MS)

function countsOf(file) {
  const db = new Database(file, { readonly: true })
  const count = (table) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()
  const counts = Object.fromEntries(COUNTED.map((table) => [table, count(table)]))
  db.close()
  return counts
}

async function countsOn(url) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const counts = {}
  for (const table of COUNTED) counts[table] = (await client.query(`SELECT count(*)::int AS n FROM ${table}`)).rows[0].n
  await client.end()
  return counts
}
