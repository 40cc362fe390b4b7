import { parentPort, workerData } from 'node:worker_threads'
import { openForReading } from './sqlite.js'
import { checkSinceCheckpoint } from './sqlite-audit.js'

/** Adds up the ledger since its last checkpoint, beside the writer, and ends. */
const db = openForReading(String(workerData.file))
try {
  parentPort?.postMessage(checkSinceCheckpoint(db))
} finally {
  db.close()
}
