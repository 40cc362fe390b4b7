import type { Batch } from '@heyan/store'
import type { FastifyReply } from 'fastify'
import { STREAM_IDLE_MS, STREAM_LOOK_MS, STREAMS_MAX, STREAMS_OF_ACCOUNT } from '../batches/limits.js'
import type { Services } from '../services.js'
import { showBatch, standsStill } from './batch-view.js'

/** A small batch is over at once; after that, one look a second is enough. */
const FIRST_LOOK_MS = 100

/** Counts who watches. */
export class Streams {
  readonly #open = new Map<string, number>()
  #total = 0

  enter(accountId: string): boolean {
    const own = this.#open.get(accountId) ?? 0
    if (this.#total >= STREAMS_MAX || own >= STREAMS_OF_ACCOUNT) return false
    this.#total += 1
    this.#open.set(accountId, own + 1)
    return true
  }

  leave(accountId: string): void {
    this.#total -= 1
    const left = (this.#open.get(accountId) ?? 1) - 1
    if (left === 0) this.#open.delete(accountId)
    else this.#open.set(accountId, left)
  }
}

/** Progress as server-sent events, until the batch stands still, the watcher leaves, or the process drains. */
export async function streamBatch(
  reply: FastifyReply,
  first: Batch,
  isFull: boolean,
  { store, lifecycle }: Services,
): Promise<void> {
  const { raw } = reply
  reply.hijack()
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-ca-request-id': reply.request.id,
    connection: 'close',
  })
  const say = (event: string, batch: Batch) =>
    raw.write(`event: ${event}\ndata: ${JSON.stringify(showBatch(batch, isFull))}\n\n`)
  let told = JSON.stringify(first)
  let toldAt = performance.now()
  let batch: Batch | null = first
  say('progress', first)
  let lookMs = FIRST_LOOK_MS
  while (batch !== null && !standsStill(batch) && !lifecycle.isDraining && !raw.destroyed) {
    await pause(raw, lookMs)
    lookMs = Math.min(STREAM_LOOK_MS, lookMs * 2)
    batch = await store.run('findBatch', { accountId: first.accountId, batchId: first.id })
    if (batch === null || raw.destroyed) break
    const seen = JSON.stringify(batch)
    if (seen !== told) say('progress', batch)
    else if (performance.now() - toldAt > STREAM_IDLE_MS) raw.write(': still here\n\n')
    else continue
    told = seen
    toldAt = performance.now()
  }
  if (batch !== null && standsStill(batch)) say('end', batch)
  raw.end()
}

/** Shorter where the watcher leaves. */
function pause(raw: FastifyReply['raw'], ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      raw.off('close', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    raw.once('close', done)
  })
}
