import { HTTP_PROBLEMS, type HttpProblemCode, problemType } from '@heyan/contract'
import type { FastifyReply } from 'fastify'

/** RFC 9457. `code` is stable; `detail` says what to do, and never what was sent. */
export interface HttpProblem {
  readonly code: HttpProblemCode
  /** Of the catalogue, unless said otherwise. */
  readonly status?: number
  readonly title?: string
  readonly detail?: string
  /** The place in the body (RFC 6901). */
  readonly pointer?: string
  /** The call that a repeat refers to. */
  readonly callId?: string
  readonly stringToSign?: string
  readonly retryAfterSeconds?: number
}

export function sendProblem(reply: FastifyReply, problem: HttpProblem): FastifyReply {
  const { code, retryAfterSeconds, detail, pointer, callId, stringToSign } = problem
  const { status = HTTP_PROBLEMS[code].status, title = HTTP_PROBLEMS[code].title } = problem
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  const body = {
    type: problemType(code),
    title,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(pointer === undefined ? {} : { pointer }),
    ...(callId === undefined ? {} : { callId }),
    ...(stringToSign === undefined ? {} : { stringToSign }),
  }
  return reply.code(status).type('application/problem+json').serializer(JSON.stringify).send(body)
}
