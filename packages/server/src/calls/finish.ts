import type { IncomingMessage } from 'node:http'
import {
  type GatewayErrorCode,
  type GatewayErrorDetails,
  gatewayError,
  JSON_TYPE,
  MARKET_HEADERS,
  type PlatformProblem,
} from '@heyan/contract'
import type { ProblemCode } from '@heyan/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../directory.js'
import { SHED_RETRY_SECONDS } from '../limits.js'
import type { Services } from '../services.js'
import type { MarketAnswer } from './render.js'

/** How a request ended, in the door's words. */
export type Ending =
  | {
      readonly kind: 'answer'
      readonly answer: MarketAnswer
      readonly outcome: 'verdict' | ProblemCode | PlatformProblem | 'suspended'
      /** Null where nobody proved to be one. */
      readonly caller: Caller | null
    }
  | Refusal

/** The gateway's own: an empty body, and the reason in a header. */
export interface Refusal {
  readonly kind: 'refusal'
  readonly code: GatewayErrorCode
  readonly details?: GatewayErrorDetails
  readonly retryAfterSeconds?: number
  readonly caller: Caller | null
}

/**
 * Sends what a request ended in, counts it, and writes its line to the log. Straight to the connection: neither Node's helpers nor
 * the framework know a status 666, and these answers need nothing else of theirs.
 */
export function finish(
  request: FastifyRequest,
  reply: FastifyReply,
  ending: Ending,
  services: Services,
  started: number,
): void {
  const { status, headers, body } =
    ending.kind === 'answer' ? answerParts(ending.answer) : refusalParts(ending, services)
  headers.push(MARKET_HEADERS.requestId, request.id)
  if (ending.kind === 'answer' && ending.caller?.free === 'sandbox') headers.push(MARKET_HEADERS.sandbox, '1')
  // What is left of a body that nobody read would be taken for the next request.
  if (services.lifecycle.isDraining || hasUnreadBody(request.raw)) headers.push('Connection', 'close')
  reply.hijack()
  if (!reply.raw.destroyed) reply.raw.writeHead(status, headers).end(body)

  const { caller } = ending
  const outcome = ending.kind === 'answer' ? ending.outcome : ending.code
  if (ending.kind === 'answer' && ending.outcome !== 'verdict' && caller !== null) {
    services.usage.count(caller.accountId, caller.applicationId, ending.outcome, services.now())
  }
  services.log.request({
    requestId: request.id,
    method: request.raw.method ?? '',
    route: request.is404 ? '' : (request.routeOptions.url ?? ''),
    status,
    ...(caller === null ? {} : { application: caller.applicationId }),
    outcome,
    ms: Math.round((performance.now() - started) * 1000) / 1000,
  })
}

function hasUnreadBody({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
}

interface Parts {
  readonly status: number
  readonly headers: string[]
  readonly body: string
}

function answerParts({ status, body, billing }: MarketAnswer): Parts {
  const headers = ['Content-Type', JSON_TYPE, 'Content-Length', String(Buffer.byteLength(body))]
  if (billing !== null) headers.push(MARKET_HEADERS.billing, billing)
  return { status, headers, body }
}

function refusalParts({ code, details, retryAfterSeconds }: Refusal, { config }: Services): Parts {
  const { status, message, errorCode } = gatewayError(code, config.gatewayErrors, details)
  const headers = ['Content-Length', '0', MARKET_HEADERS.errorMessage, message]
  if (errorCode !== null) headers.push(MARKET_HEADERS.errorCode, errorCode)
  const retryAfter = retryAfterSeconds ?? (code === 'overloaded' ? SHED_RETRY_SECONDS : null)
  if (retryAfter !== null) headers.push('Retry-After', String(retryAfter))
  return { status, headers, body: '' }
}
