import { createHmac } from 'node:crypto'
import type { Call, Repeat, Subject } from '@heyan/core'
import { BATCH_KEY_PREFIX, type Batch, newCallId } from '@heyan/store'
import { ask } from '../calls/ask.js'
import type { Caller } from '../directory.js'
import type { BatchParts } from './parts.js'
import type { RowResult } from './row-result.js'
import { subjectKey } from './row-subject.js'

/** Which asking of a row this is: none but the first, unless somebody has corrected it. */
export interface RowAsking {
  readonly row: number
  readonly revision: number
}

/**
 * One row's verification, by the use case of every door. Its idempotency key follows from the batch and the row: a row whose charge
 * is durable but whose answer was lost with the process is asked about afresh, and not charged again. Gives the answer, or the
 * problem that is not the row's own: whoever asks decides whether to wait, to stop, or to keep it.
 */
export async function callForRow(
  subject: Subject,
  asking: RowAsking,
  batch: Pick<Batch, 'id' | 'accountId' | 'appId'>,
  caller: Caller,
  services: BatchParts,
): Promise<RowResult> {
  const { row } = asking
  const at = services.now()
  const repeat = repeatOfRow(subject, asking, batch, services)
  const { accountId, applicationId, credentialId } = caller
  const call: Call = { id: newCallId(at), at, accountId, applicationId, credentialId, nonce: null, repeat }
  const { store, source, sandbox, ledger } = services
  const ports = { store, source, sandbox, ledger: ledger.background }
  const outcome = await ask(subject, call, caller, performance.now(), ports)
  if (outcome.kind === 'problem') return { row, outcome: outcome.problem, charged: false, callId: null }
  const { verdict, charge } = outcome
  if (charge.kind === 'charged') return { row, outcome: verdict, charged: true, callId: call.id }
  if (charge.reason !== 'replay') return { row, outcome: verdict, charged: false, callId: call.id }
  const first = await store.run('findRepeated', {
    accountId,
    appId: applicationId,
    keyDigest: repeat.keyDigest,
  })
  return { row, outcome: verdict, charged: first?.isCharged ?? false, callId: first?.callId ?? call.id }
}

function repeatOfRow(
  subject: Subject,
  { row, revision }: RowAsking,
  { id }: Pick<Batch, 'id'>,
  { keys }: BatchParts,
): Repeat {
  const digest = (text: string) => createHmac('sha256', keys.repeatKey).update(text).digest('base64url')
  const who = subjectKey(subject)
  // What was written in a row's place may be corrected once more before anybody was asked about it.
  const key = revision === 0 ? `batch ${id} row ${row}` : `batch ${id} row ${row} revision ${revision} ${who}`
  return { keyDigest: `${BATCH_KEY_PREFIX}${digest(key)}`, fingerprint: digest(`row ${who}`) }
}
