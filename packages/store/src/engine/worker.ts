import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { Request, Response, WorkerSettings } from './messages.js'
import { SqliteStore } from './sqlite-store.js'

/**
 * The store's thread. It serves messages strictly in their order: a hot batch is one transaction, a command another. A disk
 * that fails ends the thread, and with it the process: a sync is never tried again.
 */
const port = parentPort
if (port === null) throw new Error('this file runs in a worker thread')

/** The most operations in one transaction: beyond it a longer one gains nothing, and whoever is in it waits longer. */
const BATCH_MAX = 512

const queue: Request[] = []
let isServing = false
let store: SqliteStore | null = null

port.on('message', (request: Request) => {
  queue.push(request)
  if (!isServing) void serve(port)
})

async function serve(from: MessagePort): Promise<void> {
  isServing = true
  for (let request = next(from); request !== undefined; request = next(from)) {
    from.postMessage(await answer(request))
  }
  isServing = false
}

/** The next thing to do. Hot operations that follow each other and came while the last commit was under way are one batch. */
function next(from: MessagePort): Request | undefined {
  for (let arrived = receiveMessageOnPort(from); arrived !== undefined; arrived = receiveMessageOnPort(from)) {
    queue.push(arrived.message as Request)
  }
  const first = queue.shift()
  if (first?.kind !== 'hot') return first
  const operations = [...first.operations]
  for (
    let more = queue[0];
    more?.kind === 'hot' && operations.length + more.operations.length <= BATCH_MAX;
    more = queue[0]
  ) {
    operations.push(...more.operations)
    queue.shift()
  }
  return { kind: 'hot', operations }
}

async function answer(request: Request): Promise<Response> {
  try {
    if (request.kind === 'open') {
      store = await SqliteStore.open(workerData as WorkerSettings, request.now)
      return { kind: 'done', id: request.id, output: store.opened }
    }
    if (store === null) throw new Error('the store is not open')
    if (request.kind === 'hot') {
      const begun = performance.now()
      const { results, views } = store.runHot(request.operations)
      return {
        kind: 'hot',
        ms: performance.now() - begun,
        results: results.map((result) => (typeof result === 'string' ? result : plain(result))),
        views,
      }
    }
    return { kind: 'done', id: request.id, output: await store.perform(request) }
  } catch (error) {
    if (SqliteStore.isFatal(error)) throw error
    if (request.kind === 'hot') {
      const fault = plain(error)
      return {
        kind: 'hot',
        ms: 0,
        results: request.operations.map(() => fault),
        views: { accounts: [], applications: [] },
      }
    }
    return { kind: 'failed', id: request.id, error: plain(error) }
  }
}

/** An error that survives the way between threads: SQLite's own loses its message there. */
function plain(error: unknown): Error {
  return new Error(error instanceof Error ? error.message : String(error))
}
