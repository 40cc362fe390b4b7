import { type Call, type Ledger, type Outcome, type Source, type Subject, verify } from '@heyan/core'
import type { Store } from '@heyan/store'
import type { Caller } from '../directory.js'
import { SHED_DELAY_MS, VERIFY_BUDGET_MS } from '../limits.js'

export interface AskingParts {
  readonly store: Store
  readonly ledger: Ledger
  /** Of live applications; and of sandbox applications. */
  readonly source: Source
  readonly sandbox: Source
}

/** Asks the caller's source about a subject it may ask about; the call's nonce is spent whatever comes of it. */
export async function ask(
  subject: Subject,
  call: Call,
  caller: Caller,
  started: number,
  { store, ledger, source: live, sandbox }: AskingParts,
): Promise<Outcome> {
  const source = caller.free === 'sandbox' ? sandbox : live
  const context = { callId: call.id, deadlineMs: started + VERIFY_BUDGET_MS }
  const outcome = await verify(subject, call, caller.free, context, { ledger, source })
  if (outcome.kind === 'verdict') return outcome
  const { problem } = outcome
  if (problem === 'overloaded') await new Promise((resolve) => setTimeout(resolve, SHED_DELAY_MS))
  // A local source that is silent, and a ledger that had no time, leave the ledger untouched, and so the nonce.
  const isNonceLeft = problem === 'overloaded' || (problem === 'source_unavailable' && source.isLocal)
  return isNonceLeft && !(await spendNonce(call, store)) ? NONCE_USED : outcome
}

const NONCE_USED: Outcome = Object.freeze({ kind: 'problem', problem: 'nonce_used', callId: null })

/** Any request with a valid signature spends its nonce, whatever the answer. False: it was spent before. */
export async function spendNonce(call: Call, store: Store): Promise<boolean> {
  return call.nonce === null || store.spendNonce({ ...call, nonce: call.nonce })
}
