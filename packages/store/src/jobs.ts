import { sql } from 'kysely'
import type { Reading, Work } from './context.js'

/** Work that goes on by itself, whichever process does it. Its payload says nothing of a person. */
export interface Job {
  readonly kind: string
  readonly key: string
  /** Of one lane, one job is done at a time. */
  readonly lane: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** A job while it is ours. */
export interface LeasedJob extends Job {
  /** How often it was begun since it last came on, this one counted. */
  readonly attempts: number
}

export interface LeaseHold {
  readonly kind: string
  readonly key: string
  /** Names who does it; nobody else has the same. */
  readonly lease: string
}

type Writing = Pick<Work, 'db' | 'now'>

/** A job that is there is not made twice: it becomes due, and whoever does it goes on. */
export async function enqueueJob({ db, now }: Writing, { kind, key, lane, payload }: Job): Promise<void> {
  await db
    .insertInto('jobs')
    .values({
      kind,
      key,
      lane,
      payload: JSON.stringify(payload),
      run_at: now,
      attempts: 0,
      lease: null,
      leased_until: null,
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['kind', 'key']).doUpdateSet({ run_at: now, attempts: 0 }))
    .execute()
}

/** Whether one of a kind is to be done. Cheap: asked all the time, and answered without a write. */
export async function isJobDue({ db, now }: Reading, { kind }: { readonly kind: string }): Promise<boolean> {
  const due = await db
    .selectFrom('jobs')
    .select('key')
    .where('kind', '=', kind)
    .where('run_at', '<=', now)
    .where((row) => row.or([row('leased_until', 'is', null), row('leased_until', '<=', now)]))
    .limit(1)
    .executeTakeFirst()
  return due !== undefined
}

/** Takes the job of a kind that has waited longest, of a lane that nobody is at; null where there is none. */
export async function leaseJob(
  { db, now }: Writing,
  { kind, lease, leaseMs }: { readonly kind: string; readonly lease: string; readonly leaseMs: number },
): Promise<LeasedJob | null> {
  const { rows } = await sql<{ key: string; lane: string; payload: string; attempts: number }>`
    UPDATE jobs SET lease = ${lease}, leased_until = ${now + leaseMs}, attempts = attempts + 1
    WHERE kind = ${kind} AND (leased_until IS NULL OR leased_until <= ${now}) AND key = (
      SELECT due.key FROM jobs due
      WHERE due.kind = ${kind} AND due.run_at <= ${now} AND (due.leased_until IS NULL OR due.leased_until <= ${now})
        AND NOT EXISTS (SELECT 1 FROM jobs other WHERE other.kind = due.kind AND other.lane = due.lane
          AND other.key <> due.key AND other.leased_until > ${now})
      ORDER BY due.run_at, due.key LIMIT 1)
    RETURNING key, lane, payload, attempts`.execute(db)
  const row = rows[0]
  if (row === undefined) return null
  return { kind, key: row.key, lane: row.lane, payload: JSON.parse(row.payload), attempts: Number(row.attempts) }
}

/** Keeps a job for longer. False: it is somebody else's by now, and nothing may be written in its name. */
export async function keepLease(
  { db, now }: Writing,
  { kind, key, lease, leaseMs }: LeaseHold & { readonly leaseMs: number },
): Promise<boolean> {
  const kept = await db
    .updateTable('jobs')
    .set({ leased_until: now + leaseMs })
    .where('kind', '=', kind)
    .where('key', '=', key)
    .where('lease', '=', lease)
    .returning('key')
    .execute()
  return kept.length > 0
}

/** Gives a job back, to be done at `runAt`. */
export async function returnJob(
  { db }: Pick<Work, 'db'>,
  { kind, key, lease, runAt }: LeaseHold & { readonly runAt: number },
): Promise<void> {
  await db
    .updateTable('jobs')
    .set({ run_at: runAt, lease: null, leased_until: null })
    .where('kind', '=', kind)
    .where('key', '=', key)
    .where('lease', '=', lease)
    .execute()
}

/** A job that came to its end. */
export async function finishJob({ db }: Pick<Work, 'db'>, { kind, key, lease }: LeaseHold): Promise<void> {
  await db.deleteFrom('jobs').where('kind', '=', kind).where('key', '=', key).where('lease', '=', lease).execute()
}

/** Whatever a process had that is gone: for the store that one process has to itself. */
export async function freeJobs({ db }: Work, { kind }: { readonly kind: string }): Promise<void> {
  await db.updateTable('jobs').set({ lease: null, leased_until: null }).where('kind', '=', kind).execute()
}
