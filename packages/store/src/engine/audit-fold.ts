import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import { assertSound, type Balances, type EntryKind, FOLD, NO_BALANCES } from '@heyan/core'
import { GENESIS, link } from '../chain.js'
import type { AuditRow, EntryRow } from '../tables.js'
import { auditHash } from './audit-hash.js'

/** The most problems one audit lists; it goes on counting. */
const PROBLEMS_MAX = 100

export interface AuditReport {
  readonly ok: boolean
  /** Entries and lots that were read. */
  readonly entries: number
  readonly lots: number
  readonly problems: readonly string[]
}

export interface Head {
  readonly seq: number
  readonly hash: string
}

/** The ledger up to here adds up; the next check begins from it. */
export interface Checkpoint {
  readonly heads: Readonly<Record<string, Head>>
  /** Lots that changed since the checkpoint before. */
  readonly lots: readonly (Balances & { accountId: string; lotId: string })[]
}

export interface CheckpointLotRow extends Balances {
  account_id: string
  lot_id: string
}

export interface CheckpointRow {
  readonly id: string
  readonly at: number
  readonly heads: string
  readonly lots_digest: string
  readonly signature: Buffer
}

/** A lot with what is used and held under leases counted in, and what those leases may use beside what the lot says of it. */
export interface AuditedLot extends Balances {
  account_id: string
  id: string
  leased: number
  on_lease: number
}

interface Folded {
  readonly accountId: string
  readonly lotId: string
  balances: Balances
  isChanged: boolean
}

/** What an audit reads, in the words of both engines. */
export const AUDIT_QUERIES = {
  streams: 'SELECT id FROM streams ORDER BY id',
  entries: 'SELECT * FROM entries WHERE stream_id = $1 AND seq > $2 ORDER BY seq',
  strays: 'SELECT count(*) AS count FROM entries WHERE stream_id NOT IN (SELECT id FROM streams)',
  lastHeads: 'SELECT heads FROM checkpoints ORDER BY seq DESC LIMIT 1',
  checkpointLots: 'SELECT * FROM checkpoint_lots',
  checkpoints: 'SELECT * FROM checkpoints',
  entryHash: 'SELECT hash FROM entries WHERE stream_id = $1 AND seq = $2',
  auditLog: 'SELECT * FROM audit_log ORDER BY stream_id, seq',
  lots: `SELECT l.account_id, l.id, l.granted, l.expired, l.refunded, l.leased, l.reserved + coalesce(s.reserved, 0) AS reserved,
      l.used + coalesce(s.used, 0) AS used, coalesce(s.amount, 0) AS on_lease
    FROM lots l LEFT JOIN (SELECT account_id, lot_id, sum(amount) AS amount, sum(reserved) AS reserved, sum(used) AS used
      FROM leases WHERE state = 'active' GROUP BY account_id, lot_id) s ON s.account_id = l.account_id AND s.lot_id = l.id`,
} as const

/** Each question counts what must not be. `reserved` is how the engine is led to its index of held calls. */
export function neverQueries(reserved: string): readonly (readonly [what: string, query: string])[] {
  return [
    [
      'charged calls have no entry of their own',
      `SELECT count(*) AS count FROM calls c WHERE c.charged = 1 AND NOT EXISTS (SELECT 1 FROM entries e
        WHERE e.account_id = c.account_id AND e.day = c.day AND e.ref = c.id AND e.lot_id = c.lot_id AND e.kind IN ('charge', 'settle'))`,
    ],
    [
      'entries charge for a call that is not charged',
      `SELECT count(*) AS count FROM entries e WHERE e.kind IN ('charge', 'settle') AND NOT EXISTS (SELECT 1 FROM calls c
        WHERE c.account_id = e.account_id AND c.day = e.day AND c.id = e.ref AND c.charged = 1 AND c.lot_id = e.lot_id)`,
    ],
    [
      'calls have more than one charge',
      `SELECT count(*) AS count FROM (SELECT 1 FROM entries WHERE kind IN ('charge', 'settle')
        GROUP BY account_id, day, ref HAVING count(*) > 1) AS twice`,
    ],
    [
      'lots hold another number of calls than there are reserved',
      `SELECT count(*) AS count FROM lots l WHERE l.reserved + coalesce((SELECT sum(s.reserved) FROM leases s
          WHERE s.account_id = l.account_id AND s.lot_id = l.id AND s.state = 'active'), 0)
        <> (SELECT count(*) FROM calls c ${reserved} WHERE c.state = 'reserved' AND c.account_id = l.account_id AND c.lot_id = l.id)
        AND l.reserved >= 0`,
    ],
    [
      'applications count another number of calls than they took',
      `SELECT count(*) AS count FROM (SELECT account_id, application_id, sum(taken) AS taken FROM application_counters WHERE day = 0
        GROUP BY account_id, application_id) a WHERE a.taken <> (SELECT count(*) FROM calls c
        WHERE c.account_id = a.account_id AND c.application_id = a.application_id AND c.lot_id IS NOT NULL AND c.state <> 'released')`,
    ],
    [
      'idempotency keys have a charge and name a call that has none',
      `SELECT count(*) AS count FROM idempotency i WHERE NOT EXISTS (SELECT 1 FROM calls c
        WHERE c.account_id = i.account_id AND c.day = i.call_day AND c.id = i.call_id)`,
    ],
  ]
}

/**
 * Adds the ledger up again from rows that an engine hands it, all from one snapshot: every hash of every stream, every balance from
 * its entries, the audit log, the signed checkpoints. Names no person: the store has none.
 */
export class AuditFold {
  readonly heads: Record<string, Head>
  readonly #balances = new Map<string, Folded>()
  readonly #auditHeads = new Map<string, Head>()
  readonly #problems: string[] = []
  #problemCount = 0
  #entries = 0
  #lots = 0

  /** From a checkpoint on, or, without one, from the beginning. */
  constructor(heads: Readonly<Record<string, Head>> = {}, lots: readonly CheckpointLotRow[] = []) {
    this.heads = { ...heads }
    for (const { account_id: accountId, lot_id: lotId, granted, reserved, used, expired, refunded } of lots) {
      const balances = { granted, reserved, used, expired, refunded }
      this.#balances.set(lotKey(accountId, lotId), { accountId, lotId, balances, isChanged: false })
    }
  }

  get report(): AuditReport {
    return { ok: this.#problemCount === 0, entries: this.#entries, lots: this.#lots, problems: this.#problems }
  }

  get checkpoint(): Checkpoint {
    const lots = [...this.#balances.values()]
      .filter((lot) => lot.isChanged)
      .map(({ accountId, lotId, balances }) => ({ accountId, lotId, ...balances }))
    return { heads: this.heads, lots }
  }

  /** Where the entries of a stream begin that are still to be read. */
  headOf(streamId: string): Head {
    this.heads[streamId] ??= { seq: 0, hash: GENESIS }
    return this.heads[streamId]
  }

  entry(row: EntryRow): void {
    this.#entries++
    const head = this.headOf(row.stream_id)
    if (row.seq !== head.seq + 1)
      this.note(`stream ${row.stream_id}: entry ${head.seq + 1} is missing before ${row.seq}`)
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
    if (expected !== row.hash) this.note(`stream ${row.stream_id}: entry ${row.seq} was changed, or one before it`)
    this.heads[row.stream_id] = { seq: row.seq, hash: row.hash }
    this.#fold(row)
  }

  #fold(row: EntryRow): void {
    const key = lotKey(row.account_id, row.lot_id)
    let lot = this.#balances.get(key)
    if (lot === undefined) {
      lot = { accountId: row.account_id, lotId: row.lot_id, balances: { ...NO_BALANCES }, isChanged: true }
      this.#balances.set(key, lot)
    }
    lot.isChanged = true
    // Streams are read one after the other: what a call of one stream takes may have been granted in another that comes later.
    // So only the sums are added here; whether they are sound is looked at when all are in.
    lot.balances = added(lot.balances, { kind: row.kind as EntryKind, quantity: row.quantity })
  }

  strays(count: number): void {
    if (count !== 0) this.note(`${count} entries belong to no stream`)
  }

  /** After all entries. */
  lot(row: AuditedLot): void {
    this.#lots++
    const folded = this.#balances.get(lotKey(row.account_id, row.id))?.balances ?? NO_BALANCES
    for (const balance of BALANCES) {
      if (row[balance] !== folded[balance])
        this.note(`lot ${row.id}: ${balance} is ${row[balance]}, its entries say ${folded[balance]}`)
    }
    if (row.leased !== row.on_lease)
      this.note(`lot ${row.id}: ${row.leased} calls are leased, its leases say ${row.on_lease}`)
    try {
      assertSound(row)
      assertSound(folded)
    } catch {
      this.note(`lot ${row.id}: does not add up`)
    }
  }

  /** After all lots. */
  allLotsRead(): void {
    if (this.#lots < this.#balances.size)
      this.note(`${this.#balances.size - this.#lots} lots have entries and are not there`)
  }

  never(what: string, count: number): void {
    if (count !== 0) this.note(`${count} ${what}`)
  }

  auditLine(row: AuditRow): void {
    const before = this.#auditHeads.get(row.stream_id) ?? { seq: 0, hash: GENESIS }
    if (row.seq !== before.seq + 1) this.note(`audit log ${row.stream_id}: line ${before.seq + 1} is missing`)
    if (auditHash(before.hash, row) !== row.hash)
      this.note(`audit log ${row.stream_id}: line ${row.seq} was changed, or one before it`)
    this.#auditHeads.set(row.stream_id, { seq: row.seq, hash: row.hash })
  }

  /** Gives the heads that it signed, whose entries are to be compared by `signedHead`. */
  signed(row: CheckpointRow, signer: KeyObject | null): Record<string, Head> {
    const covered = statement(row.id, row.at, row.heads, row.lots_digest)
    if (signer !== null && !verify(null, covered, createPublicKey(signer), row.signature))
      this.note(`checkpoint ${row.id}: its signature is wrong`)
    return JSON.parse(row.heads) as Record<string, Head>
  }

  signedHead(checkpointId: string, streamId: string, head: Head, found: string | undefined): void {
    if (head.seq > 0 && found !== head.hash)
      this.note(`checkpoint ${checkpointId}: entry ${head.seq} of stream ${streamId} is not the one it signed`)
  }

  note(problem: string): void {
    this.#problemCount++
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem)
  }
}

/** What is written as a checkpoint, signed (Ed25519). */
export function signCheckpoint(
  { heads, lots }: Checkpoint,
  { id, at, signer }: { readonly id: string; readonly at: number; readonly signer: KeyObject },
): { readonly heads: string; readonly lotsDigest: string; readonly signature: Buffer } {
  const headsText = JSON.stringify(heads)
  const lotsDigest = hash('sha256', JSON.stringify(lots), 'hex')
  return { heads: headsText, lotsDigest, signature: sign(null, statement(id, at, headsText, lotsDigest), signer) }
}

/** What a checkpoint's signature covers. */
function statement(id: string, at: number, heads: string, lotsDigest: string): Buffer {
  return Buffer.from(link(GENESIS, [id, at, heads, lotsDigest]))
}

function lotKey(accountId: string, lotId: string): string {
  return `${accountId} ${lotId}`
}

const BALANCES = ['granted', 'reserved', 'used', 'expired', 'refunded'] as const

function added(balances: Balances, { kind, quantity }: { kind: EntryKind; quantity: number }): Balances {
  const after = { ...balances }
  for (const balance of BALANCES) after[balance] += (FOLD[kind][balance] ?? 0) * quantity
  return after
}
