import { on } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import type { FromWorker, ImportJob, ToWorker } from './import-protocol.js'
import { Importer } from './importer.js'

/** The worker thread of one import: messages in, progress and one outcome out. A fault ends it with an error. */
async function run(job: ImportJob): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('runs in a worker thread only')
  const send = (message: FromWorker): void => port.postMessage(message)
  const importer = new Importer(job, (progress) => send({ kind: 'progress', progress }))
  for await (const [message] of on(port, 'message') as AsyncIterable<[ToWorker]>) {
    const outcome = message.kind === 'end' ? await importer.end() : await importer.write(message.bytes)
    if (outcome === null) continue
    send({ kind: 'finished', outcome })
    return
  }
}

await run(workerData as ImportJob)
