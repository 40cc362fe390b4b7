// The process under test: the built server with a source that writes down what it says of whom before it says it, and says the
// same of the same person in every life. `SOURCE_MODE=local` answers at once and is charged in one step; `remote` takes its time.
import { openSync, writeSync } from 'node:fs'
import { readConfig, startServer } from '@heyan/server'
import { verdictOf } from './verdicts.mjs'

const DELAY_MAX_MS = 30

const log = openSync(process.env.SOURCE_LOG, 'a')
const isLocal = process.env.SOURCE_MODE === 'local'

function answer(callId, name) {
  const verdict = verdictOf(name)
  // One write a line: what a killed process had written is whole.
  writeSync(log, `said ${callId} ${name} ${verdict}\n`)
  return { kind: 'verdict', verdict }
}

const source = {
  name: 'logged',
  isLocal,
  isReady: () => true,
  close: () => undefined,
  ask({ name: { text: name } }, { callId }) {
    if (isLocal) return answer(callId, name)
    return new Promise((resolve) => setTimeout(() => resolve(answer(callId, name)), Math.random() * DELAY_MAX_MS))
  },
}

await startServer(readConfig(process.env), { source })
