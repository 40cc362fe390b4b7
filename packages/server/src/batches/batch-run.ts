import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { PROBLEMS, type Subject } from '@heyan/core'
import { readSheet, SheetRefused, type SheetRow } from '@heyan/sheets'
import type { Batch, BatchStatus } from '@heyan/store'
import type { Caller } from '../directory.js'
import type { RateLimit } from '../rate-limit.js'
import { Answers, answersOf } from './answers.js'
import type { BatchFiles } from './files.js'
import {
  IN_FLIGHT_AGAIN_MS,
  IN_FLIGHT_TRIES_MAX,
  LIVE_CALLS_HALVE,
  LIVE_RATE_SHARE,
  LOCAL_ROWS_IN_FLIGHT,
  REMOTE_ROWS_IN_FLIGHT,
  ROW_RETRIES_MS,
  ROWS_BETWEEN_YIELDS,
  ROWS_IN_FLIGHT_MIN,
  SILENT_TRIES_MAX,
} from './limits.js'
import { cellsOf, type Mapping, readingOf } from './mapping.js'
import type { BatchParts } from './parts.js'
import { callForRow } from './row-call.js'
import { isVerdict, type RowResult } from './row-result.js'
import { rowSubject, subjectKey } from './row-subject.js'

/** How a run came to its end. */
export type RunEnd =
  | {
      readonly kind: 'ended'
      readonly status: 'completed' | 'failed' | 'out_of_quota' | 'paused'
      readonly reason: string | null
    }
  /** To be gone on with: at once, or after a while where there is a reason. */
  | { readonly kind: 'later'; readonly reason: 'source_unavailable' | 'fault' | null; readonly fault?: unknown }
  /** Paused, cancelled or destroyed by somebody. */
  | { readonly kind: 'left' }
  /** It is somebody else's by now. */
  | { readonly kind: 'lost' }

export interface RunParts {
  readonly services: BatchParts
  readonly files: BatchFiles
  readonly key: Uint8Array
  readonly mapping: Mapping
  readonly lease: string
  /** By which the caller is found, at every row: what changes about it counts from then on. */
  readonly lookup: string
  /** How often this batch was begun without an answer since. */
  readonly attempts: number
  /** Batches that this process works at now. */
  readonly batchesUnderWay: () => number
}

type Answered = RowResult | null

/** One run over the rows of a batch that have no answer yet: from its begin, or from where a run before ended. */
export class BatchRun {
  readonly #batch: Batch
  readonly #parts: RunParts
  readonly #answers: Answers
  readonly #abort = new AbortController()
  /** What was first asked about somebody, where duplicates are asked about once. */
  readonly #firsts = new Map<string, { readonly row: number; readonly answer: Promise<Answered> | RowResult }>()
  #end: RunEnd | null = null
  #inFlight = 0
  #verdicts = 0
  #onDone: (() => void) | null = null
  #paced: Promise<unknown> = Promise.resolve()

  constructor(batch: Batch, parts: RunParts) {
    this.#batch = batch
    this.#parts = parts
    setMaxListeners(0, this.#abort.signal)
    this.#answers = new Answers(batch, {
      store: parts.services.store,
      files: parts.files,
      key: parts.key,
      lease: parts.lease,
      onState: (state) => this.#hear(state),
      onFault: (fault) => this.stop({ kind: 'later', reason: 'fault', fault }),
    })
  }

  /** What is under way comes to its end and is kept; nothing else is begun. */
  stop(end: RunEnd): void {
    if (this.#end !== null) return
    this.#end = end
    this.#abort.abort()
    this.#onDone?.()
  }

  /** Somebody has changed the batch: what that means for this run is known when this resolves. */
  look(): Promise<void> {
    return this.#answers.look()
  }

  async run(): Promise<RunEnd> {
    try {
      await this.#rows()
    } catch (fault) {
      // Who stopped the run stopped the reading, too.
      if (fault instanceof SheetRefused && this.#end === null)
        this.stop({ kind: 'ended', status: 'failed', reason: 'file_refused' })
      else this.stop({ kind: 'later', reason: 'fault', fault })
    }
    while (this.#inFlight > 0) await this.#oneDone()
    const isKept = await this.#answers.close()
    if (!isKept) return this.#end ?? { kind: 'lost' }
    return this.#end ?? { kind: 'ended', status: 'completed', reason: null }
  }

  async #rows(): Promise<void> {
    const { files, key, mapping } = this.#parts
    const done = await this.#known()
    const input = files.input(this.#batch.id, key)
    let begun = 0
    for await (const rows of readSheet(input, { ...readingOf(mapping), signal: this.#abort.signal })) {
      for (const row of rows) {
        const known = done.get(row.row)
        if (known !== undefined) {
          this.#recall(row, known)
          continue
        }
        while (this.#inFlight >= this.#room() && this.#end === null) await this.#oneDone()
        await this.#answers.room()
        if (this.#parts.services.lifecycle.isDraining) this.stop({ kind: 'later', reason: null })
        if (this.#end !== null) return
        this.#begin(row)
        begun += 1
        if (begun % ROWS_BETWEEN_YIELDS === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  /** The rows that have their answer; the answers themselves only where duplicates need them. */
  async #known(): Promise<Map<number, RowResult | null>> {
    const known = new Map<number, RowResult | null>()
    const { files, key } = this.#parts
    for await (const results of answersOf(this.#batch, files, key))
      for (const result of results) known.set(result.row, this.#batch.isDeduplicated ? result : null)
    return known
  }

  /** Rows that may be under way: what the source bears, shared among batches, and less the more live calls there are. */
  #room(): number {
    const { services, batchesUnderWay } = this.#parts
    const most = services.source.isLocal ? LOCAL_ROWS_IN_FLIGHT : REMOTE_ROWS_IN_FLIGHT
    const share = most / Math.max(1, batchesUnderWay())
    return Math.max(ROWS_IN_FLIGHT_MIN, Math.floor(share / (1 + services.lifecycle.inFlight / LIVE_CALLS_HALVE)))
  }

  #oneDone(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDone = resolve
    })
  }

  #begin(row: SheetRow): void {
    this.#inFlight += 1
    this.#answer(row)
      .then((result) => {
        if (result === null) return
        if (isVerdict(result.outcome)) this.#verdicts += 1
        this.#answers.add(result)
      })
      .catch((fault: unknown) => this.stop({ kind: 'later', reason: 'fault', fault }))
      .finally(() => {
        this.#inFlight -= 1
        this.#onDone?.()
      })
  }

  /** Null: the run was stopped, and the row has no answer. */
  async #answer(row: SheetRow): Promise<Answered> {
    const { services, mapping } = this.#parts
    const read = rowSubject(cellsOf(row, mapping), services)
    if (!read.ok) {
      const { accountId, appId } = this.#batch
      services.usage.count(accountId, appId, read.problem, services.now())
      return { row: row.row, outcome: read.problem, charged: false, callId: null }
    }
    if (!this.#batch.isDeduplicated) return this.#ask(row.row, read.subject)
    const key = subjectKey(read.subject)
    const first = this.#firsts.get(key)
    if (first !== undefined) return sameAs(row.row, first.row, await first.answer)
    const answer = this.#ask(row.row, read.subject)
    this.#firsts.set(key, { row: row.row, answer })
    const result = await answer
    if (result !== null) this.#firsts.set(key, { row: row.row, answer: result })
    return result
  }

  #recall(row: SheetRow, known: RowResult | null): void {
    if (known === null || known.duplicateOf !== undefined || known.corrected !== undefined) return
    const read = rowSubject(cellsOf(row, this.#parts.mapping), this.#parts.services)
    if (read.ok) this.#firsts.set(subjectKey(read.subject), { row: row.row, answer: known })
  }

  async #ask(row: number, subject: Subject): Promise<Answered> {
    const { services, attempts } = this.#parts
    const verdictsBefore = this.#verdicts
    for (let tries = 0, silences = 0; ; tries += 1) {
      const caller = await this.#caller()
      if (caller === null) return null
      if (services.screen.isSubjectBlocked(caller, subject))
        return { row, outcome: 'caller_blocked', charged: false, callId: null }
      if (!(await this.#pace(caller))) return null
      const result = await callForRow(subject, { row, revision: 0 }, this.#batch, caller, services)
      const { outcome } = result
      if (isVerdict(outcome)) return result
      if (outcome === 'quota_exhausted' || outcome === 'quota_expired') {
        this.stop({ kind: 'ended', status: 'out_of_quota', reason: outcome })
        return null
      }
      const isLater = outcome === 'overloaded' || (outcome === 'repeat_in_flight' && tries < IN_FLIGHT_TRIES_MAX)
      if (isLater) {
        if (!(await this.#wait(IN_FLIGHT_AGAIN_MS))) return null
        continue
      }
      if (outcome !== 'source_unavailable') {
        if (outcome in PROBLEMS && PROBLEMS[outcome as keyof typeof PROBLEMS].concern === 'repeat')
          throw new Error(`a row of a batch met ${outcome}`)
        return result
      }
      const retryMs = ROW_RETRIES_MS[silences]
      silences += 1
      if (retryMs !== undefined) {
        if (!(await this.#wait(retryMs))) return null
        continue
      }
      // Silent about this one row, where others had their answers meanwhile or nobody had for long; else silent altogether.
      if (this.#verdicts > verdictsBefore || attempts >= SILENT_TRIES_MAX) return result
      this.stop({ kind: 'later', reason: 'source_unavailable' })
      return null
    }
  }

  async #caller(): Promise<Caller | null> {
    const { services, lookup } = this.#parts
    if (this.#end !== null) return null
    const found = services.directory.byLookup(lookup)
    const caller = found instanceof Promise ? await found : found
    const reason =
      caller === null
        ? 'credential_revoked'
        : caller.isSuspended
          ? 'suspended'
          : services.screen.isCallerBlocked(caller)
            ? 'caller_blocked'
            : null
    if (reason === null) return caller
    this.stop({ kind: 'ended', status: 'paused', reason })
    return null
  }

  /** Half of an application's rate is left to its live calls; rows wait for the rest in their turn. False: the run was stopped. */
  #pace({ rateLimit }: Caller): Promise<boolean> | true {
    if (rateLimit === null) return true
    const paced = this.#paced.then(() => this.#take(rateLimit))
    this.#paced = paced
    return paced
  }

  async #take(rateLimit: RateLimit): Promise<boolean> {
    for (;;) {
      const waitMs = rateLimit.take(performance.now(), LIVE_RATE_SHARE)
      if (waitMs === 0) return true
      if (!(await this.#wait(Math.ceil(waitMs)))) return false
    }
  }

  async #wait(ms: number): Promise<boolean> {
    await sleep(ms, undefined, { signal: this.#abort.signal }).catch(() => undefined)
    return this.#end === null
  }

  #hear(state: BatchStatus | 'destroyed' | 'lost'): void {
    if (state === 'lost') this.stop({ kind: 'lost' })
    else if (state !== 'running' && state !== 'queued') this.stop({ kind: 'left' })
  }
}

function sameAs(row: number, first: number, answer: Answered): Answered {
  return answer === null
    ? null
    : { row, outcome: answer.outcome, charged: false, callId: answer.callId, duplicateOf: first }
}
