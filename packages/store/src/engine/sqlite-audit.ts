import type { KeyObject } from 'node:crypto'
import type { AuditRow, EntryRow } from '../tables.js'
import {
  AUDIT_QUERIES,
  type AuditedLot,
  AuditFold,
  type AuditReport,
  type Checkpoint,
  type CheckpointLotRow,
  type CheckpointRow,
  neverQueries,
  signCheckpoint,
} from './audit-fold.js'
import type { Sqlite } from './sqlite.js'

/** Reads the whole store from one snapshot, and adds it up again. Beside a running server too. */
export function auditEverything(db: Sqlite, signer: KeyObject | null): AuditReport {
  return snapshot(db, () => {
    const fold = new AuditFold()
    foldEntries(db, fold)
    for (const [what, query] of neverQueries('INDEXED BY calls_reserved')) fold.never(what, countOf(db, query))
    for (const row of db.prepare<[], AuditRow>(AUDIT_QUERIES.auditLog).iterate()) fold.auditLine(row)
    const entryHash = db.prepare<[{ 1: string; 2: number }], string>(AUDIT_QUERIES.entryHash).pluck()
    for (const row of db.prepare<[], CheckpointRow>(AUDIT_QUERIES.checkpoints).iterate()) {
      for (const [streamId, head] of Object.entries(fold.signed(row, signer)))
        fold.signedHead(row.id, streamId, head, entryHash.get({ 1: streamId, 2: head.seq }))
    }
    return fold.report
  })
}

/** As above for what came since the last checkpoint, quick enough for every minute; gives what the next checkpoint holds. */
export function checkSinceCheckpoint(db: Sqlite): { problems: readonly string[]; checkpoint: Checkpoint } {
  return snapshot(db, () => {
    const heads = db.prepare<[], string>(AUDIT_QUERIES.lastHeads).pluck().get()
    const lots = db.prepare<[], CheckpointLotRow>(AUDIT_QUERIES.checkpointLots).all()
    const fold = new AuditFold(heads === undefined ? {} : JSON.parse(heads), lots)
    foldEntries(db, fold)
    return { problems: fold.report.problems, checkpoint: fold.checkpoint }
  })
}

/** Writes a checkpoint inside a transaction of the writer. */
export function writeCheckpoint(
  db: Sqlite,
  checkpoint: Checkpoint,
  { id, at, keyId, signer }: { id: string; at: number; keyId: string; signer: KeyObject },
): void {
  const { heads, lotsDigest, signature } = signCheckpoint(checkpoint, { id, at, signer })
  db.prepare('INSERT INTO checkpoints SELECT ?, coalesce(max(seq), 0) + 1, ?, ?, ?, ?, ? FROM checkpoints').run(
    id,
    at,
    heads,
    lotsDigest,
    signature,
    keyId,
  )
  const upsert = db.prepare(
    `INSERT INTO checkpoint_lots VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET checkpoint_id = excluded.checkpoint_id,
      granted = excluded.granted, reserved = excluded.reserved, used = excluded.used, expired = excluded.expired, refunded = excluded.refunded`,
  )
  for (const lot of checkpoint.lots) {
    upsert.run(lot.accountId, lot.lotId, id, lot.granted, lot.reserved, lot.used, lot.expired, lot.refunded)
  }
}

function foldEntries(db: Sqlite, fold: AuditFold): void {
  const entries = db.prepare<[{ 1: string; 2: number }], EntryRow>(AUDIT_QUERIES.entries)
  for (const streamId of db.prepare<[], string>(AUDIT_QUERIES.streams).pluck().all()) {
    for (const row of entries.iterate({ 1: streamId, 2: fold.headOf(streamId).seq })) fold.entry(row)
  }
  fold.strays(countOf(db, AUDIT_QUERIES.strays))
  for (const row of db.prepare<[], AuditedLot>(AUDIT_QUERIES.lots).iterate()) fold.lot(row)
  fold.allLotsRead()
}

function countOf(db: Sqlite, query: string): number {
  return db.prepare<[], { count: number }>(query).get()?.count ?? 0
}

function snapshot<T>(db: Sqlite, read: () => T): T {
  db.exec('BEGIN')
  try {
    return read()
  } finally {
    db.exec('COMMIT')
  }
}
