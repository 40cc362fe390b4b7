// Puts many charges into a closed store at once, as its ledger would have: chained and counted. Opening it adds all of them up.

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { newCallId } from '@heyan/store'
import Database from 'better-sqlite3'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { EntryChain } from '../../packages/store/dist/engine/entry-chain.js'

const CHUNK = 10_000
const DAY_MS = 86_400_000
const SHANGHAI_MS = 8 * 3_600_000
/** The charges lie in the hours before now, as they would. */
const SPREAD_MS = 4 * 3_600_000

const dayOf = (at) => Math.floor((at + SHANGHAI_MS) / DAY_MS)

/** Charges of one lot after the end of a stream. */
function* chargesOf(chain, lot, applicationId, epoch, rows, now) {
  for (let from = 0; from < rows; from += CHUNK) {
    const calls = []
    const entries = []
    for (let row = from; row < Math.min(rows, from + CHUNK); row++) {
      const at = Math.floor(now - SPREAD_MS + (row * SPREAD_MS) / rows)
      const id = newCallId(at)
      const day = dayOf(at)
      calls.push([lot.account_id, day, id, applicationId, lot.id, 'settled', 1, null, 'bench', null, epoch, at, at])
      const entry = chain.next(lot.account_id, day, { kind: 'charge', lotId: lot.id, ref: id, quantity: 1, at })
      const { ref, kind, lot_id, quantity, stream_id, seq, hash } = entry
      entries.push([lot.account_id, day, ref, kind, lot_id, quantity, at, stream_id, seq, hash])
    }
    yield { calls, entries }
  }
}

export async function fillSqlite(file, { accountId, appId }, rows) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = OFF')
  db.pragma('cache_size = -1000000')
  const lot = db.prepare('SELECT * FROM lots WHERE account_id = ?').get(accountId)
  const head = db.prepare('SELECT stream_id, seq, hash FROM entries ORDER BY seq DESC LIMIT 1').get()
  const chain = new EntryChain(head.stream_id, head)
  const epoch = Number(db.prepare("SELECT value FROM settings WHERE key = 'epoch'").pluck().get())
  const marks = (count) => Array(count).fill('?').join(', ')
  const insertCall = db.prepare(`INSERT INTO calls VALUES (${marks(13)})`)
  const insertEntry = db.prepare(`INSERT INTO entries VALUES (${marks(10)})`)
  const write = db.transaction(({ calls, entries }) => {
    for (const call of calls) insertCall.run(...call)
    for (const entry of entries) insertEntry.run(...entry)
  })
  for (const chunk of chargesOf(chain, lot, appId, epoch, rows, Date.now())) write(chunk)
  for (const statement of counts(lot, accountId, appId, rows)) db.exec(statement)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

export async function fillPostgres(url, { accountId, appId }, rows) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const one = async (text, values = []) => (await client.query(text, values)).rows[0]
  const lot = await one('SELECT * FROM lots WHERE account_id = $1', [accountId])
  const head = await one(
    'SELECT stream_id, seq::float8 AS seq, hash FROM entries WHERE kind = $1 ORDER BY seq DESC LIMIT 1',
    ['charge'],
  )
  const chain = new EntryChain(head.stream_id, head)
  const { epoch } = await one('SELECT max(epoch) AS epoch FROM writers')
  for (const { calls, entries } of chargesOf(chain, lot, appId, epoch, rows, Date.now())) {
    for (const [table, lines] of [
      ['calls', calls],
      ['entries', entries],
    ]) {
      const text = lines.map((row) => `${row.map((value) => value ?? '\\N').join('\t')}\n`).join('')
      await pipeline(Readable.from([text]), client.query(copyFrom(`COPY ${table} FROM STDIN`)))
    }
  }
  for (const statement of counts(lot, accountId, appId, rows)) await client.query(statement)
  await client.query('VACUUM ANALYZE calls')
  await client.query('VACUUM ANALYZE entries')
  await client.end()
}

function counts(lot, accountId, appId, rows) {
  return [
    `UPDATE lots SET used = used + ${rows} WHERE account_id = '${accountId}' AND id = '${lot.id}'`,
    `UPDATE application_counters SET taken = taken + ${rows} WHERE account_id = '${accountId}' AND application_id = '${appId}' AND day = 0`,
  ]
}
