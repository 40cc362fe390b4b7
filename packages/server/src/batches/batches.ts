import { randomUUID } from 'node:crypto'
import { BATCH_JOB, type Batch, type BatchPlace, type LeasedJob } from '@heyan/store'
import { BatchRun, type RunEnd } from './batch-run.js'
import type { BatchWork } from './batch-work.js'
import { BatchFiles } from './files.js'
import { BATCHES_AT_ONCE, FAULT_TRIES_MAX, LEASE_MS, TRY_AGAIN_MS, TURN_MS } from './limits.js'
import type { Mapping } from './mapping.js'
import type { BatchParts } from './parts.js'

const DESTROY_LIMIT = 100
/** A directory that no batch of the store has, once it is too old to be an upload under way. */
const STRAY_AFTER_MS = 3_600_000
/** Files that are there for no batch are looked for this often. */
const STRAYS_EVERY_MS = 600_000

interface UnderWay {
  /** Null until its files are open. */
  run: BatchRun | null
  readonly since: number
  ended: Promise<void>
}

/** Works at batches: leases their jobs, runs them, tells how each run ended, and removes what was destroyed. */
export class Batches implements BatchWork {
  readonly files: BatchFiles
  readonly #services: BatchParts
  readonly #active = new Map<string, UnderWay>()
  #isClosed = false
  #isFreed = false
  #looking: Promise<void> | null = null
  #straysAt = Number.NEGATIVE_INFINITY

  constructor(services: BatchParts) {
    this.#services = services
    this.files = new BatchFiles(services.config.batchDir)
  }

  async runDue(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
    })
    await this.#looking
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#looking?.catch(() => undefined)
    for (const { run } of this.#active.values()) run?.stop({ kind: 'later', reason: null })
    await Promise.all([...this.#active.values()].map(({ ended }) => ended))
  }

  async changed(batchId: string): Promise<void> {
    await this.#active.get(batchId)?.run?.look()
  }

  async destroyExpired(): Promise<void> {
    const { store } = this.#services
    for (;;) {
      const ids = await store.run('destroyExpiredBatches', { limit: DESTROY_LIMIT })
      for (const id of ids) await this.files.remove(id)
      if (ids.length < DESTROY_LIMIT) break
    }
    if (performance.now() - this.#straysAt < STRAYS_EVERY_MS) return
    this.#straysAt = performance.now()
    await this.#removeStrays()
  }

  async destroy(place: BatchPlace): Promise<boolean> {
    const isDestroyed = await this.#services.store.run('destroyBatch', place)
    await this.changed(place.batchId)
    // First the key, durably; then whatever of the files a disk gives up.
    await this.files.remove(place.batchId)
    return isDestroyed
  }

  /** Files whose batch was destroyed by another node, or whose upload died with its process. */
  async #removeStrays(): Promise<void> {
    const old = (await this.files.list()).filter(({ madeAt }) => Date.now() - madeAt > STRAY_AFTER_MS)
    if (old.length === 0) return
    const living = new Set(await this.#services.store.run('livingBatches', { ids: old.map(({ id }) => id) }))
    for (const { id } of old) if (!living.has(id)) await this.files.remove(id)
  }

  async #look(): Promise<void> {
    const { store, lifecycle, config } = this.#services
    if (!this.#isFreed && config.databaseFile !== null) {
      // The store is this process's alone: whoever held a job before it is gone.
      await store.run('freeJobs', { kind: BATCH_JOB })
      this.#isFreed = true
    }
    while (!this.#isClosed && !lifecycle.isDraining && (await store.run('isJobDue', { kind: BATCH_JOB }))) {
      if (this.#active.size >= BATCHES_AT_ONCE) return this.#giveWay()
      const lease = randomUUID()
      const job = await store.run('leaseJob', { kind: BATCH_JOB, lease, leaseMs: LEASE_MS })
      // What is due waits for another of its account.
      if (job === null) return
      await this.#begin(job, lease)
    }
  }

  /** Whoever has had its turn goes on after those that wait. */
  #giveWay(): void {
    for (const { run, since } of this.#active.values())
      if (performance.now() - since > TURN_MS) run?.stop({ kind: 'later', reason: null })
  }

  async #begin(job: LeasedJob, lease: string): Promise<void> {
    const { store, log } = this.#services
    const place = { accountId: String(job.payload.accountId), batchId: job.key }
    const batch = await store.run('beginBatch', { ...place, lease })
    if (batch === null) return
    const underWay: UnderWay = { run: null, since: performance.now(), ended: Promise.resolve() }
    this.#active.set(batch.id, underWay)
    underWay.ended = this.#runOf(batch, job, lease, underWay)
      .then((end) => this.#end(batch, job, lease, end))
      .catch((error: unknown) => log.error('a batch could not be ended', error, { batchId: batch.id }))
      .then(() => {
        this.#active.delete(batch.id)
        // There is room for the next one.
        if (!this.#isClosed) this.runDue().catch((error: unknown) => log.error('no batch can be begun', error))
      })
  }

  async #runOf(batch: Batch, job: LeasedJob, lease: string, underWay: UnderWay): Promise<RunEnd> {
    const { store } = this.#services
    const { accountId, id: batchId, credentialId } = batch
    const secrets = await store.run('openBatch', { accountId, batchId })
    if (secrets === null) return { kind: 'left' }
    const lookup = await store.run('findLookup', { accountId, credentialId })
    if (lookup === null) return { kind: 'ended', status: 'paused', reason: 'credential_revoked' }
    if (!(await this.files.has(batchId)))
      return { kind: 'later', reason: 'fault', fault: new Error('this machine has no files of a batch: BATCH_DIR') }
    if (this.#isClosed) return { kind: 'later', reason: null }
    underWay.run = new BatchRun(batch, {
      services: this.#services,
      files: this.files,
      key: Buffer.from(secrets.key, 'base64url'),
      mapping: JSON.parse(secrets.mapping) as Mapping,
      lease,
      lookup,
      attempts: job.attempts,
      batchesUnderWay: () => this.#active.size,
    })
    return underWay.run.run()
  }

  async #end(batch: Batch, job: LeasedJob, lease: string, end: RunEnd): Promise<void> {
    const { store, log, now, config } = this.#services
    const place = { accountId: batch.accountId, batchId: batch.id, lease }
    const keepMs = config.batchKeepMs
    if (end.kind === 'lost') log.warn('a batch was taken over by another node', { batchId: batch.id })
    else if (end.kind === 'left') await store.run('leaveBatch', place)
    else if (end.kind === 'ended') {
      await store.run('endBatch', { ...place, status: end.status, reason: end.reason, keepMs })
      log.info('a batch came to an end', { batchId: batch.id, status: end.status, reason: end.reason })
    } else {
      if (end.reason === 'fault') log.error('a batch met a fault', end.fault, { batchId: batch.id })
      if (end.reason === 'fault' && job.attempts >= FAULT_TRIES_MAX)
        await store.run('endBatch', { ...place, status: 'failed', reason: 'fault', keepMs })
      else {
        const runAt = now() + (end.reason === null ? 0 : TRY_AGAIN_MS * job.attempts)
        await store.run('returnBatch', { ...place, reason: end.reason, runAt })
      }
    }
  }
}
