import { createHmac } from 'node:crypto'
import {
  type GatewayErrorCode,
  type GatewayErrorDetails,
  headerText,
  isMarketProblem,
  MARKET_HEADERS,
  MARKET_PATH,
  NAME_PARAMETER,
  NUMBER_PARAMETER,
} from '@heyan/contract'
import { type Call, foldNumberText, parseSubject, type ProblemCode, type Subject, verify } from '@heyan/core'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { isAllowed } from '../allow-list.js'
import type { Caller } from '../directory.js'
import { IDEMPOTENCY_KEY_MAX_BYTES, IN_FLIGHT_MAX, SHED_DELAY_MS, VERIFY_BUDGET_MS } from '../limits.js'
import type { Services } from '../services.js'
import { authenticate } from './authenticate.js'
import { type Ending, finish, type Refusal } from './finish.js'
import { checkHead, headerOf, type MarketRequest, readMarketRequest } from './market-request.js'
import { renderProblem, renderVerdict } from './render.js'
import { todayInShanghai } from './today.js'

/** How much of a path nobody knows is told back. */
const PATH_SHOWN_MAX_BYTES = 200

/**
 * `/idcard`, as marketplace callers know it. The order is the contract's: path → method → sizes → who calls → nonce → suspended or
 * address → quota → rate → abuse → parameters → charge. Up to the rate a refusal is the gateway's; after it, a problem.
 */
export const marketDoor: FastifyPluginAsync<{ services: Services }> = async (app, { services }) => {
  app.get(MARKET_PATH, (request, reply) => answer(request, reply, services))
  // A POST is answered before Fastify looks at its body: callers name content types that it would refuse.
  app.post(MARKET_PATH, { onRequest: (request, reply) => answer(request, reply, services) }, async () => undefined)
  app.options(MARKET_PATH, (request, reply) => reply.header(MARKET_HEADERS.requestId, request.id).code(204).send())
}

/** What is under no route: another method of the door's path, or a path that nobody knows. */
export function answerUnknown(request: FastifyRequest, reply: FastifyReply, services: Services): void {
  const { raw } = request
  const path = (raw.url ?? '').split('?', 1)[0] ?? ''
  const code = checkHead(raw) ?? (path === MARKET_PATH ? 'method_wrong' : 'path_unknown')
  const details = { method: raw.method ?? '', path: headerText(path, PATH_SHOWN_MAX_BYTES) }
  finish(request, reply, refusal(code, null, details), services, performance.now())
}

async function answer(request: FastifyRequest, reply: FastifyReply, services: Services): Promise<void> {
  const started = performance.now()
  const { lifecycle } = services
  if (lifecycle.inFlight >= IN_FLIGHT_MAX) {
    await new Promise((resolve) => setTimeout(resolve, SHED_DELAY_MS))
    finish(request, reply, { ...refusal('overloaded', null), retryAfterSeconds: 1 }, services, started)
    return
  }
  lifecycle.inFlight++
  try {
    finish(request, reply, await serve(request, started, services), services, started)
  } finally {
    lifecycle.inFlight--
  }
}

async function serve(request: FastifyRequest, started: number, services: Services): Promise<Ending> {
  const asked = await readMarketRequest(request, services.now())
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
  asked: MarketRequest,
  caller: Caller,
  nonce: string | null,
  started: number,
  services: Services,
): Promise<Ending> {
  const call = callOf(asked, caller, nonce, services)
  const admitted = await admit(asked, call, caller, started, services)
  if (admitted.kind !== 'subject') return spendNonce(call, admitted, services)

  const source = caller.free === 'sandbox' ? services.sandbox : services.source
  const context = { callId: call.id, deadlineMs: started + VERIFY_BUDGET_MS }
  const outcome = await verify(admitted.subject, call, caller.free, context, { ledger: services.store, source })
  if (outcome.kind === 'verdict') {
    return { kind: 'answer', answer: renderVerdict(outcome, caller.isFull), outcome: 'verdict', caller }
  }
  const ending = problem(outcome.problem, caller, outcome.callId)
  // A local source that is silent leaves the ledger untouched, and so the nonce.
  return outcome.problem === 'source_unavailable' && source.isLocal ? spendNonce(call, ending, services) : ending
}

/** All that can be told without a source: suspended or address → quota → rate → abuse → parameters. */
async function admit(
  asked: MarketRequest,
  call: Call,
  caller: Caller,
  started: number,
  services: Services,
): Promise<{ readonly kind: 'subject'; readonly subject: Subject } | Ending> {
  if (caller.isSuspended) return refusal('suspended', caller)
  if (caller.allowList !== null && !isAllowed(caller.allowList, asked.address)) return refusal('address_not_allowed', caller)

  const quota = caller.free === null ? services.directory.noQuota(caller, asked.at) : null
  const quotaProblem = quota instanceof Promise ? await quota : quota
  // A repeated request may cost nothing: only the ledger knows.
  if (quotaProblem !== null && call.repeat === null) return refusal(quotaProblem, caller)

  const waitMs = caller.rateLimit === null ? 0 : caller.rateLimit.take(started)
  if (waitMs > 0) return { ...refusal('throttled', caller), retryAfterSeconds: Math.ceil(waitMs / 1000) }
  if (isKeyTooLong(asked)) return refusal('idempotency_key_invalid', caller)
  if (services.screen.isCallerBlocked(caller)) return problem('caller_blocked', caller)

  const subject = readSubject(asked, services)
  if (!subject.ok) return quotaProblem === null ? problem(subject.reason, caller) : refusal(quotaProblem, caller)
  if (services.screen.isSubjectBlocked(caller, subject.value)) return problem('caller_blocked', caller)
  return { kind: 'subject', subject: subject.value }
}

/** From the wire's words to ours. A JSON value that is no text is a wrong one, in its place of the order. */
function readSubject({ parameters, body, at }: MarketRequest, { config }: Services): ReturnType<typeof parseSubject> {
  const name = body.notText.has(NAME_PARAMETER) ? NOT_TEXT : (parameters.get(NAME_PARAMETER) ?? '').trim()
  const number = body.notText.has(NUMBER_PARAMETER) ? NOT_TEXT : foldNumberText(parameters.get(NUMBER_PARAMETER) ?? '')
  return parseSubject(name, number, { today: todayInShanghai(at), isFifteenDigitAccepted: config.isFifteenDigitAccepted })
}

/** Neither a name nor a number, and not missing. */
const NOT_TEXT = '\u0000'

function callOf(asked: MarketRequest, caller: Caller, nonce: string | null, { keys }: Services): Call {
  const key = headerOf(asked.raw, 'idempotency-key')
  const digest = (text: string) => createHmac('sha256', keys.repeatKey).update(text).digest('base64url')
  return {
    id: asked.id,
    at: asked.at,
    accountId: caller.accountId,
    applicationId: caller.applicationId,
    credentialId: caller.credentialId,
    nonce,
    repeat:
      key === undefined
        ? null
        : { keyDigest: digest(`key ${key}`), fingerprint: digest(`request ${JSON.stringify([...asked.parameters].sort())}`) },
  }
}

function isKeyTooLong({ raw }: MarketRequest): boolean {
  const key = headerOf(raw, 'idempotency-key')
  return key !== undefined && (key === '' || key.length > IDEMPOTENCY_KEY_MAX_BYTES)
}

/** Any request with a valid signature spends its nonce, whatever the answer; one spent before answers for all. */
async function spendNonce(call: Call, ending: Ending, { store }: Services): Promise<Ending> {
  if (call.nonce === null || (await store.spendNonce({ ...call, nonce: call.nonce }))) return ending
  return refusal('nonce_used', ending.caller)
}

function refusal(code: GatewayErrorCode, caller: Caller | null, details?: GatewayErrorDetails): Refusal {
  return { kind: 'refusal', code, caller, ...(details === undefined ? {} : { details }) }
}

/** A problem of the flow in this door's words: 666, or the gateway's refusal of the same name. */
function problem(code: ProblemCode, caller: Caller, callId: string | null = null): Ending {
  if (isMarketProblem(code)) return { kind: 'answer', answer: renderProblem(code), outcome: code, caller }
  return refusal(code, caller, callId === null ? undefined : { callId })
}
