import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import { apply, assertSound, type Balances, type EntryKind, NO_BALANCES } from '@heyan/core'
import { GENESIS, link } from '../chain.js'
import type { AuditRow, EntryRow, LotRow } from '../tables.js'
import type { Sqlite } from './sqlite.js'

/** The most problems one audit lists; it goes on counting. */
const PROBLEMS_MAX = 100

export interface AuditReport {
  readonly ok: boolean
  /** Entries and lots that were read. */
  readonly entries: number
  readonly lots: number
  readonly problems: readonly string[]
}

interface Head {
  readonly seq: number
  readonly hash: string
}

/** The ledger up to here adds up; the next check begins from it. */
export interface Checkpoint {
  readonly heads: Readonly<Record<string, Head>>
  /** Lots that changed since the checkpoint before. */
  readonly lots: readonly (Balances & { accountId: string; lotId: string })[]
}

type Problems = { list: string[]; count: number }

/**
 * Reads the whole ledger from one snapshot and adds it up again: every hash of every stream, every balance from its entries,
 * every charge against its call, the audit log, the signed checkpoints. Beside a running server too. Names no person: the store
 * has none.
 */
export function auditEverything(db: Sqlite, signer: KeyObject | null): AuditReport {
  return snapshot(db, () => {
    const problems: Problems = { list: [], count: 0 }
    const { entries, balances } = foldStreams(db, {}, new Map(), problems)
    const lots = compareLots(db, balances, problems)
    checkCalls(db, problems)
    checkAuditLog(db, problems)
    checkCheckpoints(db, signer, problems)
    return { ok: problems.count === 0, entries, lots, problems: problems.list }
  })
}

/** As above for what came since the last checkpoint, quick enough for every minute; gives what the next checkpoint holds. */
export function checkSinceCheckpoint(db: Sqlite): { problems: readonly string[]; checkpoint: Checkpoint } {
  return snapshot(db, () => {
    const problems: Problems = { list: [], count: 0 }
    const heads = lastHeads(db)
    const before = new Map<string, Folded>()
    for (const row of db.prepare<[], CheckpointLotRow>('SELECT * FROM checkpoint_lots').all()) {
      const { account_id: accountId, lot_id: lotId, granted, reserved, used, expired, refunded } = row
      before.set(lotKey(accountId, lotId), {
        accountId,
        lotId,
        balances: { granted, reserved, used, expired, refunded },
        isChanged: false,
      })
    }
    const folded = foldStreams(db, heads, before, problems)
    compareLots(db, folded.balances, problems)
    const lots = [...folded.balances.values()]
      .filter((lot) => lot.isChanged)
      .map(({ accountId, lotId, balances }) => ({ accountId, lotId, ...balances }))
    return { problems: problems.list, checkpoint: { heads: folded.heads, lots } }
  })
}

/** What a checkpoint's signature covers. */
function statement(id: string, at: number, heads: string, lotsDigest: string): Buffer {
  return Buffer.from(link(GENESIS, [id, at, heads, lotsDigest]))
}

/** Writes a checkpoint, signed (Ed25519), inside a transaction of the writer. */
export function writeCheckpoint(
  db: Sqlite,
  { heads, lots }: Checkpoint,
  { id, at, keyId, signer }: { id: string; at: number; keyId: string; signer: KeyObject },
): void {
  const headsText = JSON.stringify(heads)
  const lotsDigest = hash('sha256', JSON.stringify(lots), 'hex')
  const signature = sign(null, statement(id, at, headsText, lotsDigest), signer)
  db.prepare('INSERT INTO checkpoints SELECT ?, coalesce(max(seq), 0) + 1, ?, ?, ?, ?, ? FROM checkpoints').run(
    id,
    at,
    headsText,
    lotsDigest,
    signature,
    keyId,
  )
  const upsert = db.prepare(
    `INSERT INTO checkpoint_lots VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET checkpoint_id = excluded.checkpoint_id,
      granted = excluded.granted, reserved = excluded.reserved, used = excluded.used, expired = excluded.expired, refunded = excluded.refunded`,
  )
  for (const lot of lots) {
    upsert.run(lot.accountId, lot.lotId, id, lot.granted, lot.reserved, lot.used, lot.expired, lot.refunded)
  }
}

interface CheckpointLotRow extends Balances {
  account_id: string
  lot_id: string
}

interface Folded {
  readonly accountId: string
  readonly lotId: string
  balances: Balances
  isChanged: boolean
}

function lotKey(accountId: string, lotId: string): string {
  return `${accountId} ${lotId}`
}

function lastHeads(db: Sqlite): Record<string, Head> {
  const heads = db.prepare<[], string>('SELECT heads FROM checkpoints ORDER BY seq DESC LIMIT 1').pluck().get()
  return heads === undefined ? {} : JSON.parse(heads)
}

function foldStreams(
  db: Sqlite,
  from: Readonly<Record<string, Head>>,
  balances: Map<string, Folded>,
  problems: Problems,
): { entries: number; balances: Map<string, Folded>; heads: Record<string, Head> } {
  let entries = 0
  const heads: Record<string, Head> = { ...from }
  const read = db.prepare<[string, number], EntryRow>(
    'SELECT * FROM entries WHERE stream_id = ? AND seq > ? ORDER BY seq',
  )
  for (const streamId of db.prepare<[], string>('SELECT id FROM streams ORDER BY id').pluck().all()) {
    let head = heads[streamId] ?? { seq: 0, hash: GENESIS }
    for (const row of read.iterate(streamId, head.seq)) {
      entries++
      if (row.seq !== head.seq + 1)
        note(problems, `stream ${streamId}: entry ${head.seq + 1} is missing before ${row.seq}`)
      const expected = link(head.hash, [
        row.stream_id,
        row.seq,
        row.account_id,
        row.day,
        row.ref,
        row.kind,
        row.lot_id,
        row.quantity,
        row.at,
      ])
      if (expected !== row.hash) note(problems, `stream ${streamId}: entry ${row.seq} was changed, or one before it`)
      head = { seq: row.seq, hash: row.hash }
      fold(balances, row, problems)
    }
    heads[streamId] = head
  }
  const strays = db
    .prepare('SELECT count(*) FROM entries WHERE stream_id NOT IN (SELECT id FROM streams)')
    .pluck()
    .get()
  if (strays !== 0) note(problems, `${strays} entries belong to no stream`)
  return { entries, balances, heads }
}

function fold(balances: Map<string, Folded>, row: EntryRow, problems: Problems): void {
  const key = lotKey(row.account_id, row.lot_id)
  let lot = balances.get(key)
  if (lot === undefined) {
    lot = { accountId: row.account_id, lotId: row.lot_id, balances: { ...NO_BALANCES }, isChanged: true }
    balances.set(key, lot)
  }
  lot.isChanged = true
  try {
    lot.balances = apply(lot.balances, { kind: row.kind as EntryKind, quantity: row.quantity })
  } catch {
    note(problems, `lot ${row.lot_id}: entry ${row.seq} of stream ${row.stream_id} takes more than there is`)
  }
}

const BALANCES = ['granted', 'reserved', 'used', 'expired', 'refunded'] as const

function compareLots(db: Sqlite, balances: ReadonlyMap<string, Folded>, problems: Problems): number {
  let lots = 0
  for (const row of db.prepare<[], LotRow>('SELECT * FROM lots').iterate()) {
    lots++
    const folded = balances.get(lotKey(row.account_id, row.id))?.balances ?? NO_BALANCES
    for (const balance of BALANCES) {
      if (row[balance] !== folded[balance]) {
        note(problems, `lot ${row.id}: ${balance} is ${row[balance]}, its entries say ${folded[balance]}`)
      }
    }
    try {
      assertSound(row)
    } catch {
      note(problems, `lot ${row.id}: does not add up`)
    }
  }
  if (lots < balances.size) note(problems, `${balances.size - lots} lots have entries and are not there`)
  return lots
}

/** Each question counts what must not be. */
const NEVER: readonly (readonly [what: string, query: string])[] = [
  [
    'charged calls have no entry of their own',
    `SELECT count(*) FROM calls c WHERE c.charged = 1 AND NOT EXISTS (SELECT 1 FROM entries e
      WHERE e.account_id = c.account_id AND e.day = c.day AND e.ref = c.id AND e.lot_id = c.lot_id AND e.kind IN ('charge', 'settle'))`,
  ],
  [
    'entries charge for a call that is not charged',
    `SELECT count(*) FROM entries e WHERE e.kind IN ('charge', 'settle') AND NOT EXISTS (SELECT 1 FROM calls c
      WHERE c.account_id = e.account_id AND c.day = e.day AND c.id = e.ref AND c.charged = 1 AND c.lot_id = e.lot_id)`,
  ],
  [
    'calls have more than one charge',
    `SELECT count(*) FROM (SELECT 1 FROM entries WHERE kind IN ('charge', 'settle') GROUP BY account_id, day, ref HAVING count(*) > 1)`,
  ],
  [
    'lots hold another number of calls than there are reserved',
    `SELECT count(*) FROM lots l WHERE l.reserved <> (SELECT count(*) FROM calls c INDEXED BY calls_reserved
      WHERE c.state = 'reserved' AND c.account_id = l.account_id AND c.lot_id = l.id) AND l.reserved >= 0`,
  ],
  [
    'applications count another number of calls than they took',
    `SELECT count(*) FROM application_counters a WHERE a.day = 0 AND a.taken <> (SELECT count(*) FROM calls c
      WHERE c.account_id = a.account_id AND c.application_id = a.application_id AND c.lot_id IS NOT NULL AND c.state <> 'released')`,
  ],
  [
    'idempotency keys have a charge and name a call that has none',
    `SELECT count(*) FROM idempotency i WHERE NOT EXISTS (SELECT 1 FROM calls c
      WHERE c.account_id = i.account_id AND c.day = i.call_day AND c.id = i.call_id)`,
  ],
]

function checkCalls(db: Sqlite, problems: Problems): void {
  for (const [what, query] of NEVER) {
    const count = db.prepare(query).pluck().get()
    if (count !== 0) note(problems, `${count} ${what}`)
  }
}

function checkAuditLog(db: Sqlite, problems: Problems): void {
  const head = new Map<string, Head>()
  for (const row of db.prepare<[], AuditRow>('SELECT * FROM audit_log ORDER BY stream_id, seq').iterate()) {
    const before = head.get(row.stream_id) ?? { seq: 0, hash: GENESIS }
    if (row.seq !== before.seq + 1) note(problems, `audit log ${row.stream_id}: line ${before.seq + 1} is missing`)
    if (auditHash(before.hash, row) !== row.hash)
      note(problems, `audit log ${row.stream_id}: line ${row.seq} was changed, or one before it`)
    head.set(row.stream_id, { seq: row.seq, hash: row.hash })
  }
}

export function auditHash(previous: string, row: Omit<AuditRow, 'hash'>): string {
  return link(previous, [
    row.stream_id,
    row.seq,
    row.at,
    row.actor,
    row.action,
    row.object,
    row.account_id,
    row.before,
    row.after,
  ])
}

function checkCheckpoints(db: Sqlite, signer: KeyObject | null, problems: Problems): void {
  const publicKey = signer === null ? null : createPublicKey(signer)
  const entryHash = db
    .prepare<[string, number], string>('SELECT hash FROM entries WHERE stream_id = ? AND seq = ?')
    .pluck()
  const rows = db
    .prepare<[], { id: string; at: number; heads: string; lots_digest: string; signature: Buffer }>(
      'SELECT * FROM checkpoints',
    )
    .iterate()
  for (const row of rows) {
    if (
      publicKey !== null &&
      !verify(null, statement(row.id, row.at, row.heads, row.lots_digest), publicKey, row.signature)
    ) {
      note(problems, `checkpoint ${row.id}: its signature is wrong`)
    }
    for (const [streamId, head] of Object.entries(JSON.parse(row.heads) as Record<string, Head>)) {
      if (head.seq > 0 && entryHash.get(streamId, head.seq) !== head.hash) {
        note(problems, `checkpoint ${row.id}: entry ${head.seq} of stream ${streamId} is not the one it signed`)
      }
    }
  }
}

function note(problems: Problems, problem: string): void {
  problems.count++
  if (problems.list.length < PROBLEMS_MAX) problems.list.push(problem)
}

function snapshot<T>(db: Sqlite, read: () => T): T {
  db.exec('BEGIN')
  try {
    return read()
  } finally {
    db.exec('COMMIT')
  }
}
