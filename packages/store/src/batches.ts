import { sql } from 'kysely'
import type { Reading, Work } from './context.js'
import { enqueueJob, finishJob, keepLease, type LeaseHold, returnJob } from './jobs.js'
import { enqueue } from './outbox.js'
import type { BatchRow } from './tables.js'

export const BATCH_JOB = 'batch'
const DAY_MS = 86_400_000
/** However often a batch is gone on with, its files are destroyed so long after they were sent. */
export const BATCH_KEPT_MAX_MS = 7 * DAY_MS

/** Batches of one account whose files are kept at a time: what it may take of the disk. */
export const BATCHES_KEPT_MAX = 50

export type BatchStatus = BatchRow['status']

/** A batch as the store knows it: counts and moments (epoch ms), and no person. */
export interface Batch {
  readonly id: string
  readonly accountId: string
  readonly appId: string
  readonly credentialId: string
  readonly status: BatchStatus
  readonly reason: string | null
  readonly format: BatchRow['format']
  readonly purpose: string
  readonly legalBasis: string
  readonly isDeduplicated: boolean
  readonly rows: number
  readonly counts: BatchCounts
  readonly corrections: number
  readonly results: readonly ResultsPart[]
  readonly rowsPerSecond: number | null
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly expiresAt: number
  readonly destroyedAt: number | null
}

/** A file of answers, which one lease wrote, and how many bytes of it count. */
export interface ResultsPart {
  readonly file: string
  readonly bytes: number
}

/** Of the rows that have an answer. Duplicates are counted by their answer, too. */
export interface BatchCounts {
  readonly match: number
  readonly mismatch: number
  readonly no_record: number
  readonly problem: number
  readonly charged: number
  readonly duplicates: number
}

export interface BatchPlace {
  readonly accountId: string
  readonly batchId: string
}

/** What opens a batch's files. */
export interface BatchSecrets {
  /** base64url of 32 bytes. */
  readonly key: string
  /** JSON: where the sheet holds what. */
  readonly mapping: string
}

export interface NewBatch extends BatchPlace, BatchSecrets {
  readonly appId: string
  readonly credentialId: string
  readonly format: BatchRow['format']
  readonly purpose: string
  readonly legalBasis: string
  readonly isDeduplicated: boolean
  readonly rows: number
  readonly keepMs: number
}

const place = (what: string, { accountId, batchId }: BatchPlace) => `batches/${accountId}/${batchId}/${what}`

/** `full`: the account has `BATCHES_KEPT_MAX` that are not destroyed yet. */
export async function createBatch(work: Work, batch: NewBatch): Promise<Batch | 'full'> {
  const { db, keys, now } = work
  // Held until the end of the transaction: of those that send at the same time, on whatever node, each counts the one before it.
  await db
    .updateTable('accounts')
    .set((account) => ({ status: account.ref('status') }))
    .where('id', '=', batch.accountId)
    .execute()
  if (!(await hasRoomForBatch(work, batch))) return 'full'
  const row: BatchRow = {
    account_id: batch.accountId,
    id: batch.batchId,
    application_id: batch.appId,
    credential_id: batch.credentialId,
    status: 'uploaded',
    reason: null,
    format: batch.format,
    purpose: batch.purpose,
    legal_basis: batch.legalBasis,
    is_deduplicated: batch.isDeduplicated ? 1 : 0,
    sealed_key: keys.seal(batch.key, place('key', batch)),
    key_id: keys.id,
    sealed_mapping: keys.seal(batch.mapping, place('mapping', batch)),
    row_count: batch.rows,
    match_count: 0,
    mismatch_count: 0,
    no_record_count: 0,
    problem_count: 0,
    charged_count: 0,
    duplicate_count: 0,
    correction_count: 0,
    results: '[]',
    rows_per_second: null,
    created_at: now,
    started_at: null,
    ended_at: null,
    expires_at: now + Math.min(batch.keepMs, BATCH_KEPT_MAX_MS),
    destroyed_at: null,
  }
  await db.insertInto('batches').values(row).execute()
  return batchOf(row)
}

export interface BatchStart extends BatchPlace {
  readonly credentialId: string
  readonly mapping: string
  readonly rows: number
  readonly isDeduplicated: boolean
  readonly keepMs: number
}

/** Puts a batch that was only sent so far among those to be done; null where it is not one. */
export async function startBatch(work: Work, start: BatchStart): Promise<Batch | null> {
  const { db, keys, now } = work
  const row = await db
    .updateTable('batches')
    .set({
      status: 'queued',
      credential_id: start.credentialId,
      sealed_mapping: keys.seal(start.mapping, place('mapping', start)),
      key_id: keys.id,
      row_count: start.rows,
      is_deduplicated: start.isDeduplicated ? 1 : 0,
      started_at: now,
      expires_at: expiry(now, start.keepMs),
    })
    .where('account_id', '=', start.accountId)
    .where('id', '=', start.batchId)
    .where('status', '=', 'uploaded')
    .where('destroyed_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) return null
  await enqueueJob(work, jobOf(start))
  return batchOf(row)
}

const jobOf = ({ accountId, batchId }: BatchPlace) => ({
  kind: BATCH_JOB,
  key: batchId,
  lane: accountId,
  payload: { accountId },
})

/** So long after what was last done with it, and never later than `BATCH_KEPT_MAX_MS` after it was sent. */
function expiry(now: number, keepMs: number) {
  const latest = sql<number>`created_at + ${BATCH_KEPT_MAX_MS}`
  return sql<number>`CASE WHEN ${now + keepMs} < ${latest} THEN ${now + keepMs} ELSE ${latest} END`
}

export interface BatchChange extends BatchPlace {
  readonly to: 'paused' | 'queued' | 'cancelled'
  readonly credentialId: string
  readonly keepMs: number
}

const CHANGES: Readonly<Record<BatchChange['to'], readonly BatchStatus[]>> = {
  paused: ['queued', 'running'],
  queued: ['paused', 'out_of_quota'],
  cancelled: ['uploaded', 'queued', 'running', 'paused', 'out_of_quota'],
}

/** Pauses, resumes or cancels; null where its state does not allow that. Whoever is at it notices when it next writes. */
export async function changeBatch(work: Work, change: BatchChange): Promise<Batch | null> {
  const { db, now } = work
  const { accountId, batchId, to, credentialId, keepMs } = change
  const row = await db
    .updateTable('batches')
    .set({
      status: to,
      reason: null,
      expires_at: expiry(now, keepMs),
      ...(to === 'queued' ? { credential_id: credentialId } : { rows_per_second: null }),
      ...(to === 'cancelled' ? { ended_at: now } : {}),
    })
    .where('account_id', '=', accountId)
    .where('id', '=', batchId)
    .where('status', 'in', CHANGES[to])
    .where('destroyed_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) return null
  if (to === 'queued') await enqueueJob(work, jobOf(change))
  return batchOf(row)
}

/** Whoever has a batch's job opens it; null where it is not to be done any more, and the job is gone. */
export async function beginBatch(work: Work, hold: BatchPlace & { readonly lease: string }): Promise<Batch | null> {
  const { db } = work
  const { accountId, batchId, lease } = hold
  const row = await db
    .updateTable('batches')
    .set({ status: 'running', reason: null })
    .where('account_id', '=', accountId)
    .where('id', '=', batchId)
    .where('status', 'in', ['queued', 'running'])
    .where('destroyed_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  if (row !== undefined) return batchOf(row)
  await finishJob(work, { kind: BATCH_JOB, key: batchId, lease })
  return null
}

export interface BatchProgress extends BatchPlace {
  readonly lease: string
  readonly leaseMs: number
  /** What lay on the disk before, and what lies there now, synced. */
  readonly from: readonly ResultsPart[]
  readonly to: readonly ResultsPart[]
  /** What came to the counts; of a correction, some are less. */
  readonly added: BatchCounts
  readonly corrections: number
  readonly rowsPerSecond: number | null
}

/**
 * Tells of answers that are on the disk. Null where the job is somebody else's by now: nothing was written. Otherwise the status
 * that the batch has, by which whoever is at it goes on or stops.
 */
export async function saveBatchProgress(
  work: Work,
  progress: BatchProgress,
): Promise<BatchStatus | 'destroyed' | null> {
  const { db } = work
  const { accountId, batchId, lease, leaseMs, added } = progress
  const hold: LeaseHold = { kind: BATCH_JOB, key: batchId, lease }
  if (!(await keepLease(work, { ...hold, leaseMs }))) return null
  const { match, mismatch, no_record, problem } = added
  if (match + mismatch + no_record + problem > 0)
    await db.updateTable('jobs').set({ attempts: 0 }).where('kind', '=', BATCH_JOB).where('key', '=', batchId).execute()
  const row = await db
    .updateTable('batches')
    .set((column) => ({
      results: JSON.stringify(progress.to),
      rows_per_second: progress.rowsPerSecond,
      match_count: column('match_count', '+', added.match),
      mismatch_count: column('mismatch_count', '+', added.mismatch),
      no_record_count: column('no_record_count', '+', added.no_record),
      problem_count: column('problem_count', '+', added.problem),
      charged_count: column('charged_count', '+', added.charged),
      duplicate_count: column('duplicate_count', '+', added.duplicates),
      correction_count: column('correction_count', '+', progress.corrections),
    }))
    .where('account_id', '=', accountId)
    .where('id', '=', batchId)
    .where('results', '=', JSON.stringify(progress.from))
    .returning(['status', 'destroyed_at'])
    .executeTakeFirst()
  if (row === undefined) return null
  return row.destroyed_at === null ? row.status : 'destroyed'
}

export interface BatchEnd extends BatchPlace {
  readonly lease: string
  readonly status: 'completed' | 'failed' | 'out_of_quota' | 'paused'
  readonly reason: string | null
  readonly keepMs: number
}

/** The run came to an end; completion is told to whoever wants to know in the same transaction. False: it was not ours to end. */
export async function endBatch(work: Work, end: BatchEnd): Promise<boolean> {
  const { db, now } = work
  const { accountId, batchId, lease, status, reason, keepMs } = end
  const hold: LeaseHold = { kind: BATCH_JOB, key: batchId, lease }
  if (!(await keepLease(work, { ...hold, leaseMs: 0 }))) return false
  const isOver = status === 'completed' || status === 'failed'
  const row = await db
    .updateTable('batches')
    .set({
      status,
      reason,
      expires_at: expiry(now, keepMs),
      rows_per_second: null,
      ...(isOver ? { ended_at: now } : {}),
    })
    .where('account_id', '=', accountId)
    .where('id', '=', batchId)
    .where('status', 'in', ['queued', 'running'])
    .where('destroyed_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  if (row !== undefined && status === 'completed') {
    const { id, counts, rows, appId } = batchOf(row)
    await enqueue(work, {
      id: `evt_completed_${id}`,
      accountId,
      kind: 'batch.completed',
      payload: { batchId: id, applicationId: appId, rows, ...counts },
    })
  }
  await finishJob(work, hold)
  return row !== undefined
}

/** Gives a batch back, to be gone on with at `runAt`; tells why, where there is a reason. */
export async function returnBatch(
  work: Work,
  hold: BatchPlace & { readonly lease: string; readonly reason: string | null; readonly runAt: number },
): Promise<void> {
  const { accountId, batchId, lease, reason, runAt } = hold
  const job: LeaseHold = { kind: BATCH_JOB, key: batchId, lease }
  if (!(await keepLease(work, { ...job, leaseMs: 0 }))) return
  await work.db
    .updateTable('batches')
    .set({ reason, rows_per_second: null })
    .where('account_id', '=', accountId)
    .where('id', '=', batchId)
    .where('status', '=', 'running')
    .execute()
  await returnJob(work, { ...job, runAt })
}

/** Leaves a batch that was paused, cancelled or destroyed meanwhile. One that was resumed since is done again at once. */
export async function leaveBatch(work: Work, hold: BatchPlace & { readonly lease: string }): Promise<void> {
  const { db, now } = work
  const { accountId, batchId, lease } = hold
  const row = await db
    .selectFrom('batches')
    .select('status')
    .where('account_id', '=', accountId)
    .where('id', '=', batchId)
    .where('destroyed_at', 'is', null)
    .executeTakeFirst()
  const job: LeaseHold = { kind: BATCH_JOB, key: batchId, lease }
  if (row?.status === 'queued' || row?.status === 'running') await returnJob(work, { ...job, runAt: now })
  else await finishJob(work, job)
}

/** Takes a batch that nobody is at, to correct a row of it. False: somebody is at it. */
export async function holdBatch(
  work: Work,
  { accountId, batchId, lease, leaseMs }: BatchPlace & { readonly lease: string; readonly leaseMs: number },
): Promise<boolean> {
  const { db, now } = work
  const settled = await db
    .selectFrom('batches')
    .select('id')
    .where('account_id', '=', accountId)
    .where('id', '=', batchId)
    .where('status', 'in', ['completed', 'paused', 'out_of_quota', 'cancelled'])
    .where('destroyed_at', 'is', null)
    .executeTakeFirst()
  if (settled === undefined) return false
  const held = await db
    .insertInto('jobs')
    .values({
      kind: BATCH_JOB,
      key: batchId,
      lane: accountId,
      payload: JSON.stringify({ accountId }),
      run_at: now + leaseMs,
      attempts: 0,
      lease,
      leased_until: now + leaseMs,
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['kind', 'key']).doNothing())
    .returning('key')
    .execute()
  return held.length > 0
}

/** Overwrites the key: from here on nothing can be read of its files. False where there is no such batch, or not any more. */
export async function destroyBatch(work: Work, { accountId, batchId }: BatchPlace): Promise<boolean> {
  return (await destroy(work, [{ account_id: accountId, id: batchId }])).length > 0
}

/** Destroys what is past its time; gives their ids. */
export async function destroyExpiredBatches(
  work: Work,
  { limit }: { readonly limit: number },
): Promise<readonly string[]> {
  const rows = await work.db
    .selectFrom('batches')
    .select(['account_id', 'id'])
    .where('destroyed_at', 'is', null)
    .where('expires_at', '<=', work.now)
    .limit(limit)
    .execute()
  return destroy(work, rows)
}

async function destroy(
  { db, now }: Work,
  rows: readonly Pick<BatchRow, 'account_id' | 'id'>[],
): Promise<readonly string[]> {
  const destroyed: string[] = []
  for (const { account_id, id } of rows) {
    const secrets = await db
      .selectFrom('batches')
      .select(['sealed_key', 'sealed_mapping'])
      .where('account_id', '=', account_id)
      .where('id', '=', id)
      .executeTakeFirst()
    const done = await db
      .updateTable('batches')
      .set({
        // As long as before, so that they are written over where they lie.
        sealed_key: Buffer.alloc(secrets?.sealed_key.byteLength ?? 0),
        sealed_mapping: Buffer.alloc(secrets?.sealed_mapping.byteLength ?? 0),
        destroyed_at: now,
        rows_per_second: null,
        status: sql`CASE WHEN status IN ('completed', 'failed') THEN status ELSE 'cancelled' END`,
        ended_at: sql`COALESCE(ended_at, ${now})`,
      })
      .where('account_id', '=', account_id)
      .where('id', '=', id)
      .where('destroyed_at', 'is', null)
      .returning('id')
      .execute()
    if (done.length > 0) destroyed.push(id)
  }
  return destroyed
}

export async function findBatch({ db }: Reading, { accountId, batchId }: BatchPlace): Promise<Batch | null> {
  const row = await db
    .selectFrom('batches')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', batchId)
    .executeTakeFirst()
  return row === undefined ? null : batchOf(row)
}

/** Null once it is destroyed. */
export async function openBatch({ db, keys }: Reading, which: BatchPlace): Promise<BatchSecrets | null> {
  const row = await db
    .selectFrom('batches')
    .select(['sealed_key', 'sealed_mapping'])
    .where('account_id', '=', which.accountId)
    .where('id', '=', which.batchId)
    .where('destroyed_at', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return null
  return {
    key: keys.open(Buffer.from(row.sealed_key), place('key', which)),
    mapping: keys.open(Buffer.from(row.sealed_mapping), place('mapping', which)),
  }
}

/** Whether an account may send one more. */
export async function hasRoomForBatch({ db }: Reading, { accountId }: Pick<BatchPlace, 'accountId'>): Promise<boolean> {
  const { kept } = await db
    .selectFrom('batches')
    .select((batch) => batch.fn.countAll<number>().as('kept'))
    .where('account_id', '=', accountId)
    .where('destroyed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(kept) < BATCHES_KEPT_MAX
}

export interface BatchQuery {
  readonly accountId: string
  readonly appId: string
  readonly limit: number
  /** Only those before this one. */
  readonly before: string | null
}

/** The newest first; an id begins with its moment. */
export async function listBatches(
  { db }: Reading,
  { accountId, appId, limit, before }: BatchQuery,
): Promise<readonly Batch[]> {
  let rows = db
    .selectFrom('batches')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('application_id', '=', appId)
    .orderBy('id', 'desc')
    .limit(limit)
  if (before !== null) rows = rows.where('id', '<', before)
  return (await rows.execute()).map(batchOf)
}

/** Which of these may still have files. */
export async function livingBatches(
  { db }: Reading,
  { ids }: { readonly ids: readonly string[] },
): Promise<readonly string[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('batches')
    .select('id')
    .where('id', 'in', ids)
    .where('destroyed_at', 'is', null)
    .execute()
  return rows.map(({ id }) => id)
}

function batchOf(row: BatchRow): Batch {
  return {
    id: row.id,
    accountId: row.account_id,
    appId: row.application_id,
    credentialId: row.credential_id,
    status: row.status,
    reason: row.reason,
    format: row.format,
    purpose: row.purpose,
    legalBasis: row.legal_basis,
    isDeduplicated: row.is_deduplicated === 1,
    rows: row.row_count,
    counts: {
      match: row.match_count,
      mismatch: row.mismatch_count,
      no_record: row.no_record_count,
      problem: row.problem_count,
      charged: row.charged_count,
      duplicates: row.duplicate_count,
    },
    corrections: row.correction_count,
    results: JSON.parse(row.results),
    rowsPerSecond: row.rows_per_second,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    expiresAt: row.expires_at,
    destroyedAt: row.destroyed_at,
  }
}
