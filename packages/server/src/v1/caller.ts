import { CREDENTIAL_MAX_LENGTH, type GatewayErrorCode, type HttpProblemCode, type Presented } from '@heyan/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { spendNonce } from '../calls/ask.js'
import { type Authenticated, prove } from '../calls/authenticate.js'
import { type CallRequest, callRequestOf, headerOf } from '../calls/call-request.js'
import type { Caller } from '../directory.js'
import { type HttpProblem, sendProblem } from '../http-problem.js'
import type { Services } from '../services.js'

/** Bearer and the AppCode, the word in any case. */
const BEARER = /^bearer +(\S+)$/i
const NO_BYTES = Buffer.alloc(0)

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls `/v1`, once it has been proved. */
    proven: { readonly caller: Caller; readonly asked: CallRequest } | null
  }
}

/** What the refusals of a credential are called here. */
const CODES: Readonly<Partial<Record<GatewayErrorCode, HttpProblemCode>>> = {
  no_credential: 'credential_missing',
  unknown_app_code: 'credential_unknown',
  unknown_app_key: 'credential_unknown',
  signature_missing: 'signature_missing',
  signature_wrong: 'signature_wrong',
  timestamp_expired: 'timestamp_expired',
  content_md5_wrong: 'content_md5_wrong',
}

/** Proves who calls, by `Bearer` and an AppCode or by a signature; a signature's nonce is spent at once, whatever follows. */
export async function proveCaller(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): Promise<FastifyReply | undefined> {
  const bytes = Buffer.isBuffer(request.body) ? request.body : NO_BYTES
  const asked = callRequestOf(request, bytes, services.now())
  const presented = presentedBy(request)
  if (presented.kind === 'none') return refuse(reply, { code: 'credential_missing' })
  const authenticated = await prove(asked, presented, services.directory)
  if (!authenticated.ok) return refuse(reply, problemOf(authenticated))
  const { caller, nonce } = authenticated
  const isFresh = await spendNonce({ ...idsOf(asked, caller), nonce, repeat: null }, services.store)
  if (!isFresh) return refuse(reply, { code: 'nonce_used' })
  request.proven = { caller, asked }
  return undefined
}

export function idsOf({ id, at }: CallRequest, { accountId, applicationId, credentialId }: Caller) {
  return { id, at, accountId, applicationId, credentialId }
}

function presentedBy({ raw }: FastifyRequest): Presented {
  const { authorization } = raw.headers
  if (authorization !== undefined && authorization.length <= CREDENTIAL_MAX_LENGTH) {
    const code = BEARER.exec(authorization)?.[1]
    if (code !== undefined) return { kind: 'app_code', code }
  }
  const appKey = headerOf(raw, 'x-ca-key')
  return appKey ? { kind: 'signed', appKey: appKey.slice(0, CREDENTIAL_MAX_LENGTH) } : { kind: 'none' }
}

function problemOf({ code, details }: Extract<Authenticated, { ok: false }>): HttpProblem {
  const stringToSign = details?.stringToSign
  return {
    code: CODES[code] ?? 'request_invalid',
    ...(stringToSign === undefined ? {} : { stringToSign: textOf(stringToSign) }),
  }
}

/** It is made for a header, one byte a character; here it is text. */
function textOf(header: string): string {
  return Buffer.from(header, 'latin1').toString('utf8')
}

function refuse(reply: FastifyReply, problem: HttpProblem): FastifyReply {
  reply.header('www-authenticate', 'Bearer realm="heyan"')
  return sendProblem(reply, problem)
}
