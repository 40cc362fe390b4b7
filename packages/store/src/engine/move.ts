import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Kysely, PostgresDialect } from 'kysely'
import type { PoolClient } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { audit } from '../audit.js'
import { keysOf } from '../keys.js'
import { POSTGRES } from '../migrations/spelling.js'
import type { AuditReport } from './audit-fold.js'
import { lockStore } from './lock.js'
import { migrate } from './migrate.js'
import { auditOn } from './postgres/audit.js'
import { checkServer, isTransient, openPool } from './postgres/connection.js'
import { openForReading, openForWriting, type Sqlite } from './sqlite.js'

/** Said of a store whose calls are counted elsewhere now: no server opens it again (`sqlite-store.ts`). */
const MOVED = 'moved_to'

export interface MoveOptions {
  readonly file: string
  readonly lockFile: string
  readonly url: string
  readonly master: Buffer
  readonly onProgress?: (moved: { readonly table: string; readonly rows: number; readonly of: number }) => void
}

export interface Moved {
  readonly tables: number
  readonly rows: number
  readonly audit: AuditReport
}

/** Rows sent at once. */
const CHUNK = 2_000

/**
 * Moves an embedded store to an empty PostgreSQL database: all of it or nothing, in one transaction, added up on both sides. After
 * it the file is marked, and no server opens it again: no call can be counted twice. The schema of the file must be this version's.
 */
export async function moveToPostgres({ file, lockFile, url, master, onProgress }: MoveOptions): Promise<Moved> {
  const lock = lockStore(lockFile)
  const pool = openPool(url, { max: 1, isBulk: true })
  const db = openForReading(file)
  try {
    const before = audit(file, master)
    if (!before.ok) throw new Error(`the store does not add up: ${before.problems.join('; ')}`)
    await migrate(new Kysely<never>({ dialect: new PostgresDialect({ pool }) }), POSTGRES)
    const client = await pool.connect()
    try {
      await checkServer(client)
      await client.query('BEGIN')
      await refuseWhereUsed(client)
      const tables = tablesOf(db)
      let rows = 0
      for (const table of tables) rows += await copyTable(db, client, table, onProgress)
      const after = await auditOn(client, keysOf(master).checkpointSigner)
      if (!after.ok || after.entries !== before.entries || after.lots !== before.lots)
        throw new Error(`what arrived does not add up: ${after.problems.join('; ')}`)
      await commitMarked(client, file)
      return { tables: tables.length, rows, audit: after }
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined)
      throw error
    } finally {
      client.release()
    }
  } finally {
    db.close()
    await pool.end()
    lock.release()
  }
}

async function refuseWhereUsed(client: PoolClient): Promise<void> {
  await client.query('LOCK TABLE keys, accounts, streams IN EXCLUSIVE MODE')
  const { rows } = await client.query<{ used: number }>(
    'SELECT (SELECT count(*) FROM keys) + (SELECT count(*) FROM accounts) + (SELECT count(*) FROM streams) AS used',
  )
  if (rows[0]?.used !== 0)
    throw new Error('the database is not empty: a store is only moved to one that nobody has used')
}

/** What other tables refer to comes first. */
function tablesOf(db: Sqlite): string[] {
  const names = db
    .prepare<[], string>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'kysely_%' ORDER BY name`,
    )
    .pluck()
    .all()
  const refersTo = new Map(
    names.map((name) => [
      name,
      (db.pragma(`foreign_key_list(${name})`) as { table: string }[]).map(({ table }) => table),
    ]),
  )
  const sorted: string[] = []
  const place = (name: string) => {
    if (sorted.includes(name)) return
    for (const other of refersTo.get(name) ?? []) if (other !== name) place(other)
    sorted.push(name)
  }
  for (const name of names) place(name)
  return sorted
}

async function copyTable(
  db: Sqlite,
  client: PoolClient,
  table: string,
  onProgress: MoveOptions['onProgress'],
): Promise<number> {
  const columns = (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name)
  const of = db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0
  const quoted = columns.map((name) => `"${name}"`).join(', ')
  let rows = 0
  function* lines() {
    let text = ''
    let gathered = 0
    for (const row of db.prepare<[], unknown[]>(`SELECT ${quoted} FROM ${table}`).raw().iterate()) {
      text += `${row.map(field).join('\t')}\n`
      if (++gathered < CHUNK) continue
      rows += gathered
      onProgress?.({ table, rows, of })
      yield text
      text = ''
      gathered = 0
    }
    rows += gathered
    onProgress?.({ table, rows, of })
    if (text !== '') yield text
  }
  await pipeline(Readable.from(lines()), client.query(copyFrom(`COPY ${table} (${quoted}) FROM STDIN`)))
  const { rows: counted } = await client.query<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)
  if (counted[0]?.count !== of) throw new Error(`of ${of} rows of ${table}, ${counted[0]?.count} arrived`)
  return rows
}

/** One value in COPY's text format (PostgreSQL's manual, COPY). */
function field(value: unknown): string {
  if (value === null) return '\\N'
  if (Buffer.isBuffer(value)) return `\\\\x${value.toString('hex')}`
  return String(value).replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character)
}
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/**
 * Marked first: were the process to die between the two, no server would open the file, and the move could be asked for again. Only
 * where the database itself has said no is the mark taken away; where its answer was lost, both are left as they are.
 */
async function commitMarked(client: PoolClient, file: string): Promise<void> {
  mark(file)
  try {
    await client.query('COMMIT')
  } catch (error) {
    if (isTransient(error))
      throw new Error(
        'the answer to the last step was lost: `heyan audit` with the new DATABASE_URL tells whether the store arrived. The file stays marked as moved; moving it again is safe',
        { cause: error },
      )
    unmark(file)
    throw error
  }
}

/** A store that is marked is not opened by any server; a move that did not arrive may be asked for again. */
export function isMoved(file: string): boolean {
  const db = openForReading(file)
  try {
    const isStore = db.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'settings'`).get() !== undefined
    return isStore && db.prepare('SELECT 1 FROM settings WHERE key = ?').get(MOVED) !== undefined
  } finally {
    db.close()
  }
}

function unmark(file: string): void {
  const db = openForWriting(file)
  try {
    db.prepare('DELETE FROM settings WHERE key = ?').run(MOVED)
  } finally {
    db.close()
  }
}

function mark(file: string): void {
  const db = openForWriting(file)
  try {
    db.pragma('synchronous = FULL')
    db.prepare('INSERT INTO settings VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING').run(MOVED, 'postgres', Date.now())
  } finally {
    db.close()
  }
}
