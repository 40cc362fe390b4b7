import { randomUUID } from 'node:crypto'
import { readSheet, type SheetRow } from '@heyan/sheets'
import { type Batch, type BatchSecrets, newId } from '@heyan/store'
import type { Caller } from '../directory.js'
import type { Services } from '../services.js'
import { answersOf } from './answers.js'
import { LEASE_MS } from './limits.js'
import { type Mapping, readingOf } from './mapping.js'
import { ResultsWriter } from './results-file.js'
import { callForRow } from './row-call.js'
import { countOf, type RowOutcome, type RowResult } from './row-result.js'
import { rowSubject } from './row-subject.js'

export interface Correction {
  readonly row: number
  readonly name: string
  readonly number: string
}

export type Corrected =
  | { readonly ok: true; readonly row: SheetRow; readonly result: RowResult }
  | { readonly ok: false; readonly problem: 'batch_busy' | 'batch_row_unknown' | RowOutcome }

/** Not the row's own: nothing is written down, and it can be tried again. */
const NOT_OF_THE_ROW: ReadonlySet<RowOutcome> = new Set([
  'source_unavailable',
  'quota_exhausted',
  'quota_expired',
  'caller_blocked',
  'repeat_in_flight',
  'overloaded',
])

/** Asks about one row again, as somebody has written it now. The batch stands still meanwhile: its job is held. */
export async function correctRow(
  correction: Correction,
  batch: Batch,
  secrets: BatchSecrets,
  caller: Caller,
  services: Services,
): Promise<Corrected> {
  const { store } = services
  const hold = { accountId: batch.accountId, batchId: batch.id, lease: newId('lea', services.now()) }
  if (!(await store.run('holdBatch', { ...hold, leaseMs: LEASE_MS }))) return { ok: false, problem: 'batch_busy' }
  try {
    // As it is now that nobody else writes.
    const held = await store.run('findBatch', hold)
    return held === null
      ? { ok: false, problem: 'batch_busy' }
      : await correctHeld(correction, held, secrets, hold.lease, caller, services)
  } finally {
    await store.run('leaveBatch', hold)
  }
}

async function correctHeld(
  { row, name, number }: Correction,
  batch: Batch,
  secrets: BatchSecrets,
  lease: string,
  caller: Caller,
  services: Services,
): Promise<Corrected> {
  const { store, batches } = services
  const key = Buffer.from(secrets.key, 'base64url')
  const mapping = JSON.parse(secrets.mapping) as Mapping
  const sent = await rowOf(row, batch, key, mapping, services)
  if (sent === null) return { ok: false, problem: 'batch_row_unknown' }
  const before: RowResult[] = []
  for await (const results of answersOf(batch, batches.files, key))
    before.push(...results.filter((result) => result.row === row))

  const read = rowSubject({ name, number, isDamaged: false }, services)
  if (read.ok && services.screen.isSubjectBlocked(caller, read.subject)) return { ok: false, problem: 'caller_blocked' }
  const answer: RowResult = read.ok
    ? await callForRow(read.subject, { row, revision: before.length + 1 }, batch, caller, services)
    : { row, outcome: read.problem, charged: false, callId: null }
  if (NOT_OF_THE_ROW.has(answer.outcome)) return { ok: false, problem: answer.outcome }
  const result: RowResult = { ...answer, corrected: { name, number } }

  const file = `results-${randomUUID()}`
  const writer = await ResultsWriter.create(batches.files.results(batch.id, file), file, key)
  const bytes = await writer.add([result]).finally(() => writer.close())
  await batches.files.sync(batch.id)
  const latest = before.at(-1)
  const [added, gone] = [countOf([result]), countOf(latest === undefined ? [] : [latest], -1)]
  const state = await store.run('saveBatchProgress', {
    accountId: batch.accountId,
    batchId: batch.id,
    lease,
    leaseMs: LEASE_MS,
    from: batch.results,
    to: [...batch.results, { file, bytes }],
    added: {
      match: added.match + gone.match,
      mismatch: added.mismatch + gone.mismatch,
      no_record: added.no_record + gone.no_record,
      problem: added.problem + gone.problem,
      charged: added.charged,
      duplicates: gone.duplicates,
    },
    corrections: 1,
    rowsPerSecond: null,
  })
  return state === null ? { ok: false, problem: 'batch_busy' } : { ok: true, row: sent, result }
}

async function rowOf(
  row: number,
  { id }: Batch,
  key: Uint8Array,
  mapping: Mapping,
  { batches }: Services,
): Promise<SheetRow | null> {
  for await (const rows of readSheet(batches.files.input(id, key), { ...readingOf(mapping), from: row })) {
    const found = rows[0]
    return found?.row === row ? found : null
  }
  return null
}
