import type { Batch as StoredBatch } from '@heyan/store'
import type { Batch } from './batch-schemas.js'

/** A batch in this door's words. */
export function showBatch(batch: StoredBatch, isFull: boolean): Batch {
  const { counts, rows, rowsPerSecond, status } = batch
  const { match, mismatch, no_record, problem } = counts
  const done = match + mismatch + no_record + problem
  const isRunning = status === 'running' && rowsPerSecond !== null && rowsPerSecond > 0
  return {
    id: batch.id,
    status,
    reason: batch.reason,
    format: batch.format,
    masked: !isFull,
    purpose: batch.purpose,
    legalBasis: batch.legalBasis,
    dedupe: batch.isDeduplicated,
    rows,
    done,
    counts: { match, mismatch, no_record, problem, unverified: rows - done },
    charged: counts.charged,
    duplicates: counts.duplicates,
    corrections: batch.corrections,
    rowsPerSecond: isRunning ? rowsPerSecond : null,
    secondsLeft: isRunning ? Math.ceil((rows - done) / rowsPerSecond) : null,
    createdAt: moment(batch.createdAt),
    startedAt: momentOrNull(batch.startedAt),
    endedAt: momentOrNull(batch.endedAt),
    expiresAt: moment(batch.expiresAt),
    deletedAt: momentOrNull(batch.destroyedAt),
  }
}

/** Nothing more happens to it by itself. */
export function standsStill({ status, destroyedAt }: Pick<StoredBatch, 'status' | 'destroyedAt'>): boolean {
  return destroyedAt !== null || (status !== 'running' && status !== 'queued')
}

function moment(at: number): string {
  return new Date(at).toISOString()
}

function momentOrNull(at: number | null): string | null {
  return at === null ? null : moment(at)
}
