import { parentPort, workerData } from 'node:worker_threads'
import { openForReading } from './sqlite.js'

/** Copies the store into a new file from one snapshot, and ends. The writer goes on meanwhile. */
const db = openForReading(String(workerData.file))
try {
  db.prepare('VACUUM INTO ?').run(String(workerData.copy))
  parentPort?.postMessage('done')
} finally {
  db.close()
}
