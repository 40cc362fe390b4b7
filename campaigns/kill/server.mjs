// The process under test: the built server with a source that writes down whom it was asked for and what it said, before it
// says it. `SOURCE_MODE=local` answers at once and is charged in one step; `remote` takes its time and fails now and then.
import { openSync, writeSync } from 'node:fs'
import { readConfig, startServer } from '@heyan/server'

const DELAY_MAX_MS = 30
const FAULT_SHARE = 0.05

const log = openSync(process.env.SOURCE_LOG, 'a')
const note = (text) => writeSync(log, `${text}\n`)
const isLocal = process.env.SOURCE_MODE === 'local'

function answer(callId) {
  if (Math.random() < FAULT_SHARE) {
    note(`${callId} unavailable`)
    return { kind: 'unavailable', reason: 'upstream_fault' }
  }
  const verdict = ['match', 'mismatch', 'no_record'][Math.floor(Math.random() * 3)]
  note(`${callId} ${verdict}`)
  return { kind: 'verdict', verdict }
}

const source = {
  name: 'logged',
  isLocal,
  isReady: () => true,
  close: () => undefined,
  ask(_subject, { callId }) {
    if (isLocal) return answer(callId)
    return new Promise((resolve) => setTimeout(() => resolve(answer(callId)), Math.random() * DELAY_MAX_MS))
  },
}

const server = await startServer(readConfig(process.env), { source })
process.stdout.write(`READY ${server.url}/\n`)
