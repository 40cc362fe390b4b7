import type { FastifyReply, FastifyRequest } from 'fastify'
import { streamOf } from '../gateway/raw-request-line.js'
import { isLate } from '../gateway/request-stream.js'
import { IN_FLIGHT_MAX, SHED_DELAY_MS } from '../limits.js'
import type { Services } from '../services.js'
import { type Ending, finish } from './finish.js'

/** Answers one call, where there is room for it; more than can be served are told so, and not at once. */
export async function serveCall(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
  serve: (request: FastifyRequest, started: number, services: Services) => Promise<Ending>,
): Promise<void> {
  const started = performance.now()
  const { lifecycle } = services
  if (lifecycle.inFlight >= IN_FLIGHT_MAX || isLate(request.raw)) {
    await new Promise((resolve) => setTimeout(resolve, SHED_DELAY_MS))
    finish(request, reply, { kind: 'refusal', code: 'overloaded', caller: null }, services, started)
    return
  }
  lifecycle.inFlight++
  try {
    const ending = await serve(request, started, services)
    if (ending.caller !== null) streamOf(request.raw.socket)?.belongsTo(ending.caller.accountId)
    finish(request, reply, ending, services, started)
  } finally {
    lifecycle.inFlight--
  }
}
