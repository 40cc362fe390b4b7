import { on } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import type { FromWorker, ImportJob, ImportOutcome, ToWorker } from './import-protocol.js'
import { Importer } from './importer.js'

/** The worker thread of one import: messages in, progress and one outcome out. A fault ends it with an error. */
async function run(job: ImportJob): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('runs in a worker thread only')
  const send = (message: FromWorker): void => port.postMessage(message)
  const importer = new Importer(job, (progress) => send({ kind: 'progress', progress }))
  for await (const [message] of on(port, 'message') as AsyncIterable<[ToWorker]>) {
    const outcome = await answer(importer, message)
    if (outcome === null) continue
    send({ kind: 'finished', outcome })
    return
  }
}

function answer(importer: Importer, message: ToWorker): Promise<ImportOutcome | null> {
  switch (message.kind) {
    case 'bytes':
      return importer.write(message.bytes)
    case 'end':
      return importer.end()
    case 'broken':
      return importer.breakOff()
  }
}

await run(workerData as ImportJob)
