import { HTTP_PROBLEMS, type HttpProblemCode, problemType } from '@heyan/contract'
import type { FastifyError, FastifyReply } from 'fastify'
import type { StrictJson } from './strict-json.js'

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

/** A body that is not the JSON it should be; thrown where Fastify reads it. */
export class BodyError extends Error {
  readonly statusCode = 400
  readonly problem: HttpProblem

  constructor({ code, pointer }: Extract<StrictJson, { ok: false }>) {
    super(code)
    this.problem = { code, ...(pointer === undefined ? {} : { pointer }) }
  }
}

/** What a request did not do right, told by its place; null where the fault is ours. */
export function problemOf(error: FastifyError | BodyError): HttpProblem | null {
  if (error instanceof BodyError) return error.problem
  const violation = error.validation?.[0]
  if (violation !== undefined) {
    const { keyword, instancePath, params, message = 'is not valid' } = violation
    const isBody = error.validationContext === 'body'
    if (keyword === 'additionalProperties') {
      const name = String(params.additionalProperty)
      const pointer = `${instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      return isBody ? { code: 'field_unknown', pointer } : { code: 'field_unknown', detail: name }
    }
    const detail = `${instancePath || error.validationContext || 'request'} ${message}`
    return { code: 'field_invalid', detail, ...(isBody ? { pointer: instancePath } : {}) }
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { code: 'body_too_large' }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return { code: 'media_type_wrong' }
  const status = error.statusCode ?? 500
  return status >= 400 && status < 500 ? { code: 'request_invalid', status } : null
}
