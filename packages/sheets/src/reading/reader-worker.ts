import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { SealDamaged } from '../files/sealed-file.js'
import { SheetRefused } from '../problem.js'
import { inspect } from './inspect.js'
import { openReader } from './open-reader.js'
import type { FromReader, ReaderJob } from './reader-protocol.js'

/** The thread that reads one sheet: a batch of rows for each request. A fault ends it with an error. */
async function run({ kind, file, limits, wishes }: ReaderJob): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('runs in a worker thread only')
  const send = (message: FromReader): void => port.postMessage(message)
  try {
    const { reader, close } = await openReader(file, limits, wishes)
    try {
      if (kind === 'inspect') return send({ kind: 'inspected', inspection: await inspect(reader, limits, wishes) })
      await once(port, 'message')
      for await (const rows of reader.rows()) {
        if (rows.length === 0) continue
        const next = once(port, 'message')
        send({ kind: 'rows', rows })
        await next
      }
      send({ kind: 'end' })
    } finally {
      await close()
    }
  } catch (error) {
    if (error instanceof SheetRefused) send({ kind: 'refused', problem: error.problem })
    else if (error instanceof SealDamaged) send({ kind: 'refused', problem: { code: 'broken', detail: error.message } })
    else throw error
  } finally {
    port.close()
  }
}

await run(workerData as ReaderJob)
