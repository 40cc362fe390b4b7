import type { FastifyReply } from 'fastify'

/** RFC 9457. `code` is stable; `detail` says what to do, and never what was sent. */
export interface HttpProblem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail?: string
}

export function sendProblem(reply: FastifyReply, { status, code, title, detail }: HttpProblem): FastifyReply {
  const body = { type: `urn:heyan:problem:${code}`, title, status, code, ...(detail === undefined ? {} : { detail }) }
  return reply.code(status).type('application/problem+json').send(body)
}
