import {
  type GatewayErrorCode,
  type GatewayErrorDetails,
  headerText,
  isMarketProblem,
  MARKET_HEADERS,
  MARKET_PATH,
  PLATFORM_PATH,
} from '@heyan/contract'
import type { Call, ProblemCode, Subject } from '@heyan/core'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { type Admission, admit } from '../calls/admission.js'
import { ask, spendNonce } from '../calls/ask.js'
import { authenticate } from '../calls/authenticate.js'
import { type CallRequest, checkHead, headerOf, readCallRequest } from '../calls/call-request.js'
import { type Ending, finish, type Refusal } from '../calls/finish.js'
import { readSubject } from '../calls/read-subject.js'
import { renderFor, renderProblem } from '../calls/render.js'
import { repeatOf } from '../calls/repeat.js'
import { serveCall } from '../calls/serve-call.js'
import type { Caller } from '../directory.js'
import type { Services } from '../services.js'
import { PATH_SHOWN_MAX_BYTES } from './request-stream.js'

const DOORS: ReadonlySet<string> = new Set([MARKET_PATH, PLATFORM_PATH])

/**
 * `/idcard`, as marketplace callers know it. The order is the contract's: path → method → sizes → who calls → nonce → suspended or
 * address → quota → rate → abuse → parameters → charge. Up to the rate a refusal is the gateway's; after it, a problem.
 */
export const marketDoor: FastifyPluginAsync<{ services: Services }> = async (app, { services }) => {
  app.get(MARKET_PATH, (request, reply) => serveCall(request, reply, services, serve))
  // A POST is answered before Fastify looks at its body: callers name content types that it would refuse.
  app.post(
    MARKET_PATH,
    { onRequest: (request, reply) => serveCall(request, reply, services, serve) },
    async () => undefined,
  )
  app.options(
    MARKET_PATH,
    {
      onRequest: async (request, reply) => {
        await reply.header(MARKET_HEADERS.requestId, request.id).code(204).send()
      },
    },
    async () => undefined,
  )
}

/** What is under no route: another method of the door's path, or a path that nobody knows. */
export function answerUnknown(request: FastifyRequest, reply: FastifyReply, services: Services): void {
  const { raw } = request
  const path = (raw.url ?? '').split('?', 1)[0] ?? ''
  const code = checkHead(raw) ?? (DOORS.has(path) ? 'method_wrong' : 'path_unknown')
  const details = { method: raw.method ?? '', path: headerText(path, PATH_SHOWN_MAX_BYTES) }
  finish(request, reply, refusal(code, null, details), services, performance.now())
}

async function serve(request: FastifyRequest, started: number, services: Services): Promise<Ending> {
  const asked = await readCallRequest(request, services.now())
  if (typeof asked === 'string') return refusal(asked, null)
  const authenticated = await authenticate(asked, services.directory)
  if (!authenticated.ok) return refusal(authenticated.code, null, authenticated.details)
  const { caller, nonce } = authenticated
  try {
    return await serveCaller(asked, caller, nonce, started, services)
  } catch (fault) {
    // A fault of ours is free; whoever called may try again.
    services.log.error('a verification met a fault', fault, { requestId: asked.id })
    return problem('source_unavailable', caller)
  }
}

async function serveCaller(
  asked: CallRequest,
  caller: Caller,
  nonce: string | null,
  started: number,
  services: Services,
): Promise<Ending> {
  const call = callOf(asked, caller, nonce, services)
  const subject = await admitSubject(asked, call, caller, started, services)
  if ('ending' in subject) {
    return (await spendNonce(call, services.store)) ? subject.ending : refusal('nonce_used', caller)
  }
  const outcome = await ask(subject, call, caller, started, services)
  return outcome.kind === 'verdict'
    ? {
        kind: 'answer',
        answer: renderFor(outcome, caller, services.regions.current),
        outcome: 'verdict',
        caller,
      }
    : problem(outcome.problem, caller, outcome.callId)
}

/** All that can be told without a source: suspended or address → quota → rate → abuse → parameters. */
async function admitSubject(
  asked: CallRequest,
  call: Call,
  caller: Caller,
  started: number,
  services: Services,
): Promise<Subject | { readonly ending: Ending }> {
  const idempotencyKey = headerOf(asked.raw, 'idempotency-key')
  const admission = await admit({ caller, call, address: asked.address, idempotencyKey, started }, services)
  if (admission.kind === 'refused') return { ending: refusedBy(admission, caller) }
  const subject = readSubject(asked, services)
  if (!subject.ok) {
    const { quotaProblem } = admission
    return { ending: quotaProblem === null ? problem(subject.reason, caller) : refusal(quotaProblem, caller) }
  }
  if (services.screen.isSubjectBlocked(caller, subject.value)) return { ending: problem('caller_blocked', caller) }
  return subject.value
}

function refusedBy(
  { problem: code, retryAfterSeconds }: Extract<Admission, { kind: 'refused' }>,
  caller: Caller,
): Ending {
  if (code === 'caller_blocked') return problem(code, caller)
  return { ...refusal(code, caller), ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
}

function callOf(asked: CallRequest, caller: Caller, nonce: string | null, { keys }: Services): Call {
  return {
    id: asked.id,
    at: asked.at,
    accountId: caller.accountId,
    applicationId: caller.applicationId,
    credentialId: caller.credentialId,
    nonce,
    repeat: repeatOf(headerOf(asked.raw, 'idempotency-key'), [...asked.parameters].sort(), keys),
  }
}

function refusal(code: GatewayErrorCode, caller: Caller | null, details?: GatewayErrorDetails): Refusal {
  return { kind: 'refusal', code, caller, ...(details === undefined ? {} : { details }) }
}

/** A problem of the flow in this door's words: 666, or the gateway's refusal of the same name. */
function problem(code: ProblemCode, caller: Caller, callId: string | null = null): Ending {
  if (isMarketProblem(code)) return { kind: 'answer', answer: renderProblem(code), outcome: code, caller }
  return refusal(code, caller, callId === null ? undefined : { callId })
}
