// What the same rows cost without a ledger: calls and entries, as many a transaction, and every commit waits for the disk.
import { newCallId } from '@heyan/store'
import Database from 'better-sqlite3'
import pg from 'pg'

const CALL_COLUMNS = 13
const ENTRY_COLUMNS = 10
const TABLES = (integer, clustered) => [
  `CREATE TABLE IF NOT EXISTS calls (account_id TEXT NOT NULL, day ${integer} NOT NULL, id TEXT NOT NULL, application_id TEXT NOT NULL,
    lot_id TEXT, state TEXT NOT NULL, charged ${integer} NOT NULL, reason TEXT, source TEXT, replay_of TEXT, epoch ${integer} NOT NULL,
    at ${integer} NOT NULL, ended_at ${integer}, PRIMARY KEY (account_id, day, id)) ${clustered}`,
  `CREATE TABLE IF NOT EXISTS entries (account_id TEXT NOT NULL, day ${integer} NOT NULL, ref TEXT NOT NULL, kind TEXT NOT NULL,
    lot_id TEXT NOT NULL, quantity ${integer} NOT NULL, at ${integer} NOT NULL, stream_id TEXT NOT NULL, seq ${integer} NOT NULL,
    hash TEXT NOT NULL, PRIMARY KEY (account_id, day, ref, kind)) ${clustered}`,
  'CREATE UNIQUE INDEX IF NOT EXISTS entries_in_stream ON entries (stream_id, seq)',
]

let seq = Date.now()

function rowsOf(at) {
  const id = newCallId(at)
  const [account, application, lot, stream] = ['acc', 'app', 'lot', 'str'].map(
    (prefix) => `${prefix}_${'0'.repeat(26)}`,
  )
  return {
    call: [account, 20_000, id, application, lot, 'settled', 1, null, 'bench', null, 1, at, at],
    entry: [account, 20_000, id, 'charge', lot, 1, at, stream, ++seq, 'f'.repeat(64)],
  }
}

/** Calls a second, with their entries, `batch` of them a commit. */
export async function sqliteInserts(file, batch, spanMs) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('cache_size = -65536')
  db.pragma('wal_autocheckpoint = 4000')
  for (const table of TABLES('INTEGER', ''))
    db.exec(table.includes('CREATE TABLE') ? `${table} STRICT, WITHOUT ROWID` : table)
  db.pragma('synchronous = FULL')
  const marks = (count) => Array(count).fill('?').join(', ')
  const insertCall = db.prepare(`INSERT INTO calls VALUES (${marks(CALL_COLUMNS)})`)
  const insertEntry = db.prepare(`INSERT INTO entries VALUES (${marks(ENTRY_COLUMNS)})`)
  const commit = db.transaction((rows) => {
    for (const { call, entry } of rows) {
      insertCall.run(...call)
      insertEntry.run(...entry)
    }
  })
  let count = 0
  const begun = performance.now()
  while (performance.now() - begun < spanMs) {
    commit(Array.from({ length: batch }, () => rowsOf(Date.now())))
    count += batch
  }
  const perSecond = Math.round((count * 1_000) / (performance.now() - begun))
  db.close()
  return perSecond
}

export async function postgresInserts(url, batch, spanMs) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const table of TABLES('BIGINT', '')) await client.query(table)
  const columns = (rows, place) => rows.map((row) => row[place])
  const insert = (table, types) => ({
    name: `insert-${table}`,
    text: `INSERT INTO ${table} SELECT * FROM unnest(${types.map((type, place) => `$${place + 1}::${type}[]`).join(', ')})`,
  })
  const [t, i] = ['text', 'bigint']
  const calls = insert('calls', [t, i, t, t, t, t, i, t, t, t, i, i, i])
  const entries = insert('entries', [t, i, t, t, t, i, i, t, i, t])
  let count = 0
  const begun = performance.now()
  while (performance.now() - begun < spanMs) {
    const rows = Array.from({ length: batch }, () => rowsOf(Date.now()))
    const [newCalls, newEntries] = [rows.map(({ call }) => call), rows.map(({ entry }) => entry)]
    await client.query('BEGIN')
    await client.query({ ...calls, values: newCalls[0].map((_, place) => columns(newCalls, place)) })
    await client.query({ ...entries, values: newEntries[0].map((_, place) => columns(newEntries, place)) })
    await client.query('COMMIT')
    count += batch
  }
  const perSecond = Math.round((count * 1_000) / (performance.now() - begun))
  await client.end()
  return perSecond
}
