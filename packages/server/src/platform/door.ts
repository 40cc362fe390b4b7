import { hash } from 'node:crypto'
import {
  type GatewayErrorCode,
  isAmbiguous,
  isDebug,
  isMarketProblem,
  MARKET_HEADERS,
  PLATFORM_PATH,
  PLATFORM_STATUS,
  PLATFORM_TEXTS,
  type PlatformProblem,
  platformProblemBody,
  platformStringToSign,
  readPlatformClaim,
  suspendedText,
} from '@heyan/contract'
import type { Call, ProblemCode, Subject } from '@heyan/core'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { isForeign, quotaProblemOf, waitSeconds } from '../calls/admission.js'
import { ask, spendNonce } from '../calls/ask.js'
import { type CallRequest, headerOf, readCallRequest } from '../calls/call-request.js'
import type { Ending, Refusal } from '../calls/finish.js'
import { readSubject } from '../calls/read-subject.js'
import { renderProblem, renderVerdict } from '../calls/render.js'
import { isKeyInvalid, repeatOf } from '../calls/repeat.js'
import { serveCall } from '../calls/serve-call.js'
import type { Caller } from '../directory.js'
import type { Services } from '../services.js'
import { Signers } from './signers.js'

/**
 * `/open/idcard`, the door of a supplier's own platform. The order is the contract's: sizes → appid → sendtime → sign → address or
 * abuse → suspended → quota → rate → missing, length → `*` → name, number → charge. What goes wrong is a 666; sizes, method,
 * quota, rate and overload are the gateway's.
 */
export const platformDoor: FastifyPluginAsync<{ services: Services }> = async (app, { services }) => {
  const signers = new Signers(services.store)
  const serve = (request: FastifyRequest, started: number) => serveSigned(request, started, services, signers)
  app.get(PLATFORM_PATH, (request, reply) => serveCall(request, reply, services, serve))
  // As on the market door: no content type is refused, so Fastify does not look at the body.
  app.post(
    PLATFORM_PATH,
    { onRequest: (request, reply) => serveCall(request, reply, services, serve) },
    async () => undefined,
  )
  app.options(
    PLATFORM_PATH,
    {
      onRequest: async (request, reply) => {
        await reply.header(MARKET_HEADERS.requestId, request.id).code(204).send()
      },
    },
    async () => undefined,
  )
}

async function serveSigned(
  request: FastifyRequest,
  started: number,
  services: Services,
  signers: Signers,
): Promise<Ending> {
  const asked = await readCallRequest(request, services.now())
  if (typeof asked === 'string') return refusal(asked, null)
  const claim = readPlatformClaim(asked.parameters, asked.body.notText, asked.at)
  if (typeof claim === 'string') return problem(claim, null)
  if (isAmbiguous(asked.parameters)) return problem('sign_wrong', null)
  try {
    const signer = await signers.prove(claim, platformStringToSign(asked.parameters))
    const caller = signer === null ? null : await services.directory.byLookup(signer.lookup)
    if (caller === null) return problem('sign_wrong', null)
    const call = callOf(asked, caller, claim.nonce, services)
    return await serveCaller(asked, call, caller, started, services)
  } catch (fault) {
    // A fault of ours is free; whoever called may try again.
    services.log.error('a verification met a fault', fault, { requestId: asked.id })
    return problem('source_unavailable', null)
  }
}

async function serveCaller(
  asked: CallRequest,
  call: Call,
  caller: Caller,
  started: number,
  services: Services,
): Promise<Ending> {
  const subject = await admitSubject(asked, call, caller, started, services)
  if ('ending' in subject) {
    return (await spendNonce(call, services.store)) ? subject.ending : problem('nonce_used', caller)
  }
  const outcome = await ask(subject, call, caller, started, services)
  return outcome.kind === 'verdict'
    ? {
        kind: 'answer',
        answer: renderVerdict(outcome, caller.isFull, services.regions.current),
        outcome: 'verdict',
        caller,
      }
    : problem(outcome.problem, caller, outcome.callId)
}

/** What can be told of a proven caller without a source. */
async function admitSubject(
  asked: CallRequest,
  call: Call,
  caller: Caller,
  started: number,
  services: Services,
): Promise<Subject | { readonly ending: Ending }> {
  if (isForeign(caller, asked.address)) return { ending: problem('address_not_allowed', caller) }
  if (services.screen.isCallerBlocked(caller)) return { ending: problem('caller_blocked', caller) }
  if (caller.isSuspended) return { ending: problem('suspended', caller) }
  const subject = readSubject(asked, services)
  // Whoever is still learning to sign may do so before buying anything.
  const isFree = !subject.ok && isDebugReached(subject.reason) && isDebug(asked.parameters)
  const quotaProblem = isFree ? null : await quotaProblemOf(caller, call.at, services)
  if (quotaProblem !== null && call.repeat === null) return { ending: refusal(quotaProblem, caller) }
  const retryAfterSeconds = waitSeconds(caller, started)
  if (retryAfterSeconds > 0) return { ending: { ...refusal('throttled', caller), retryAfterSeconds } }
  if (isKeyInvalid(headerOf(asked.raw, 'idempotency-key'))) {
    return { ending: refusal('idempotency_key_invalid', caller) }
  }
  if (isFree) return { ending: problem('debug', caller) }
  if (!subject.ok) {
    return { ending: quotaProblem === null ? problem(subject.reason, caller) : refusal(quotaProblem, caller) }
  }
  if (services.screen.isSubjectBlocked(caller, subject.value)) return { ending: problem('caller_blocked', caller) }
  return subject.value
}

/** Missing and too long come before `*`. */
function isDebugReached(reason: ProblemCode): boolean {
  return reason === 'name_invalid' || reason === 'number_invalid'
}

function callOf(asked: CallRequest, caller: Caller, nonce: string | null, { keys }: Services): Call {
  return {
    id: asked.id,
    at: asked.at,
    accountId: caller.accountId,
    applicationId: caller.applicationId,
    credentialId: caller.credentialId,
    // A prefix of its own: a nonce of the market door is another one.
    nonce: nonce === null ? null : hash('sha256', `open ${nonce}`, 'base64url'),
    repeat: repeatOf(headerOf(asked.raw, 'idempotency-key'), unsigned(asked), keys),
  }
}

/** What a repeated request repeats: all but what every signature has afresh. */
const FRESH: ReadonlySet<string> = new Set(['sendtime', 'sign', 'nonce'])

function unsigned({ parameters }: CallRequest): [string, string][] {
  return [...parameters].filter(([name]) => !FRESH.has(name)).sort()
}

function refusal(code: GatewayErrorCode, caller: Caller | null, callId: string | null = null): Refusal {
  return { kind: 'refusal', code, caller, ...(callId === null ? {} : { details: { callId } }) }
}

/** A problem in this door's words: a 666 with its text, or the gateway's refusal of the same name. */
function problem(
  code: ProblemCode | PlatformProblem | 'suspended',
  caller: Caller | null,
  callId: string | null = null,
): Ending {
  if (code === 'suspended') return answer(code, suspendedText(caller?.applicationId ?? ''), caller)
  if (isPlatformProblem(code)) return answer(code, PLATFORM_TEXTS[code], caller)
  if (isMarketProblem(code)) return { kind: 'answer', answer: renderProblem(code), outcome: code, caller }
  return refusal(code, caller, callId)
}

function answer(outcome: PlatformProblem | 'suspended', msg: string, caller: Caller | null): Ending {
  const body = platformProblemBody(msg)
  return { kind: 'answer', answer: { status: PLATFORM_STATUS, body, billing: null }, outcome, caller }
}

function isPlatformProblem(code: ProblemCode | PlatformProblem): code is PlatformProblem {
  return code in PLATFORM_TEXTS
}
