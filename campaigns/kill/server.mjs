// The process under test: the built server with a source that writes down whom it was asked about, and what it said before it
// says it. `SOURCE_MODE=local` answers at once and is charged in one step; `remote` takes its time and fails now and then.
import { openSync, writeSync } from 'node:fs'
import { readConfig, startServer } from '@heyan/server'
import { randomOf } from './random.mjs'

const DELAY_MAX_MS = 30
const FAULT_SHARE = Number(process.env.SOURCE_FAULT_SHARE ?? 0.05)
const MISMATCH_SHARE = 0.1
const NO_RECORD_SHARE = 0.1

const log = openSync(process.env.SOURCE_LOG, 'a')
/** One write a line: what a killed process had written is whole. */
const note = (...words) => writeSync(log, `${words.join(' ')}\n`)
const random = randomOf(Number(process.env.SOURCE_SEED))
const isLocal = process.env.SOURCE_MODE === 'local'

function verdict() {
  const draw = random()
  if (draw < MISMATCH_SHARE) return 'mismatch'
  return draw < MISMATCH_SHARE + NO_RECORD_SHARE ? 'no_record' : 'match'
}

function answer(callId, name) {
  if (random() < FAULT_SHARE) {
    note('said', callId, name, 'unavailable')
    return { kind: 'unavailable', reason: 'upstream_fault' }
  }
  const found = verdict()
  note('said', callId, name, found)
  return { kind: 'verdict', verdict: found }
}

const source = {
  name: 'logged',
  isLocal,
  isReady: () => true,
  close: () => undefined,
  ask({ name: { text: name } }, { callId }) {
    if (isLocal) return answer(callId, name)
    // Whoever leaves the machine must have been written down before.
    note('asked', callId, name)
    return new Promise((resolve) => setTimeout(() => resolve(answer(callId, name)), random() * DELAY_MAX_MS))
  },
}

const server = await startServer(readConfig(process.env), { source })
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)))
