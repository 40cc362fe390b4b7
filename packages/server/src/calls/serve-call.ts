import type { FastifyReply, FastifyRequest } from 'fastify'
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
  if (lifecycle.inFlight >= IN_FLIGHT_MAX) {
    await new Promise((resolve) => setTimeout(resolve, SHED_DELAY_MS))
    finish(request, reply, { kind: 'refusal', code: 'overloaded', caller: null }, services, started)
    return
  }
  lifecycle.inFlight++
  try {
    finish(request, reply, await serve(request, started, services), services, started)
  } finally {
    lifecycle.inFlight--
  }
}
