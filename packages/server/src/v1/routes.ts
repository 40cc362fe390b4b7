import { HTTP_PROBLEMS, type HttpProblemCode, MARKET_HEADERS } from '@heyan/contract'
import { billingDay, type Call, foldNumberText, type ProblemCode, parseSubject, startOfBillingDay } from '@heyan/core'
import type { LotReport } from '@heyan/store'
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { admit } from '../calls/admission.js'
import { ask } from '../calls/ask.js'
import { type CallRequest, checkHead, headerOf } from '../calls/call-request.js'
import { isKeyInvalid, repeatOf } from '../calls/repeat.js'
import { todayInShanghai } from '../calls/today.js'
import type { Caller } from '../directory.js'
import { type HttpProblem, problemOf, sendProblem } from '../http-problem.js'
import { IN_FLIGHT_MAX, SHED_DELAY_MS, SHED_RETRY_SECONDS, V1_BODY_MAX_BYTES } from '../limits.js'
import { problems } from '../problem-schema.js'
import type { Services } from '../services.js'
import { parseStrictJson } from '../strict-json.js'
import { idsOf, proveCaller } from './caller.js'
import { sendRateLimits } from './rate-limit-headers.js'
import { renderVerification } from './render.js'
import {
  type QuotaReport,
  QuotaReport as QuotaSchema,
  UsageQuery,
  UsageReport,
  Verification,
  VerificationRequest,
} from './schemas.js'

const USAGE_DAYS = 30
const USAGE_DAYS_MAX = 400
/** Where a repeated request is still under way: how long until asking again makes sense. */
const IN_FLIGHT_RETRY_SECONDS = 1

/**
 * `/v1`: JSON, standard statuses, problems of RFC 9457. The order is that of the market door: sizes → who calls → nonce →
 * suspended or address → quota → rate → abuse → body → charge.
 */
export const v1Routes: FastifyPluginAsync<{ services: Services }> = async (app, { services }) => {
  app.decorateRequest('proven', null)
  for (const schema of [VerificationRequest, Verification, UsageReport, QuotaSchema]) app.addSchema(schema)

  app.removeAllContentTypeParsers()
  const limits = { parseAs: 'buffer', bodyLimit: V1_BODY_MAX_BYTES } as const
  app.addContentTypeParser('*', limits, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => answerError(error as FastifyError, request, reply, services))
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, { code: 'path_unknown' }))

  app.addHook('onRequest', async (request, reply) => {
    const { lifecycle } = services
    reply.header('cache-control', 'no-store')
    if (lifecycle.isDraining) reply.header('connection', 'close')
    const wrong = checkHead(request.raw)
    if (wrong !== null) return sendProblem(reply, { code: 'request_invalid' })
    if (lifecycle.inFlight >= IN_FLIGHT_MAX) {
      await new Promise((resolve) => setTimeout(resolve, SHED_DELAY_MS))
      return sendProblem(reply, { code: 'overloaded', retryAfterSeconds: SHED_RETRY_SECONDS })
    }
    lifecycle.inFlight++
    reply.raw.once('close', () => lifecycle.inFlight--)
  })
  app.addHook('onSend', async (request, reply) => {
    if (request.proven === null) return
    sendRateLimits(reply, request.proven.caller)
    if (request.proven.caller.free === 'sandbox') reply.header(MARKET_HEADERS.sandbox, '1')
  })
  app.addHook('preValidation', (request, reply) => proveCaller(request, reply, services))

  app.post(
    '/verifications',
    {
      schema: {
        operationId: 'createVerification',
        summary: 'Whether a name and an identity number belong together',
        tags: ['v1'],
        security: [{ bearer: [] }, { signature: [] }],
        headers: Type.Object({
          'idempotency-key': Type.Optional(
            Type.String({ description: 'Kept for 24 hours; a repeated request is answered afresh and not charged.' }),
          ),
        }),
        body: Type.Ref('VerificationRequest'),
        response: {
          200: Type.Ref('Verification'),
          ...problems(400, 401, 403, 409, 413, 415, 422, 429, 503),
        },
      },
      preValidation: (request, reply) => admitBody(request, reply, services),
    },
    (request, reply) => verifyBody(request, reply, services),
  )

  const asking = {
    tags: ['v1'],
    security: [{ bearer: [] }, { signature: [] }],
  }
  app.get<{ Querystring: { from?: string; to?: string } }>(
    '/usage',
    {
      schema: {
        ...asking,
        operationId: 'readUsage',
        summary: "The application's verifications, day by day",
        querystring: UsageQuery,
        response: { 200: Type.Ref('UsageReport'), ...problems(400, 401, 403, 429, 500, 503) },
      },
      preHandler: (request, reply) => admitReading(request, reply, services),
    },
    (request, reply) => answerUsage(request, reply, services),
  )
  app.get(
    '/quota',
    {
      schema: {
        ...asking,
        operationId: 'readQuota',
        summary: 'The calls that are left, by subscription',
        response: { 200: Type.Ref('QuotaReport'), ...problems(400, 401, 403, 429, 500, 503) },
      },
      preHandler: (request, reply) => admitReading(request, reply, services),
    },
    async (request) => quotaOf(provenBy(request).caller, services),
  )
}

function provenBy(request: FastifyRequest): NonNullable<FastifyRequest['proven']> {
  if (request.proven === null) throw new Error('a route of /v1 was reached without a caller')
  return request.proven
}

/** Suspended or address → quota → rate → abuse; then the bytes become what the schema is held against. */
async function admitBody(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): Promise<FastifyReply | undefined> {
  const { caller, asked } = provenBy(request)
  const idempotencyKey = headerOf(request.raw, 'idempotency-key')
  const call = callOf(asked, caller, idempotencyKey, null, services)
  const started = performance.now()
  const admission = await admit({ caller, call, address: asked.address, idempotencyKey, started }, services)
  if (admission.kind === 'refused') {
    const { problem: code, retryAfterSeconds } = admission
    return fail(request, reply, services, { code, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
  }
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') return fail(request, reply, services, { code: 'media_type_wrong' })
  const parsed = parseStrictJson(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
  if (!parsed.ok) {
    const { code, pointer } = parsed
    return fail(request, reply, services, { code, ...(pointer === undefined ? {} : { pointer }) })
  }
  request.body = parsed.value
  return undefined
}

async function verifyBody(request: FastifyRequest, reply: FastifyReply, services: Services): Promise<unknown> {
  const { caller, asked } = provenBy(request)
  const { name, number, include, consent, reference } = request.body as VerificationRequest
  const key = headerOf(request.raw, 'idempotency-key')
  const rules = {
    today: todayInShanghai(asked.at),
    isFifteenDigitAccepted: services.config.isFifteenDigitAccepted,
  }
  const subject = parseSubject(name.trim(), foldNumberText(number), rules)
  if (!subject.ok) return fail(request, reply, services, { code: codeOf(subject.reason), ...placeOf(subject.reason) })
  const isConsentMissing = consent === undefined && caller.standing.consent !== 'off'
  if (isConsentMissing && caller.standing.consent === 'require') {
    return fail(request, reply, services, { code: 'consent_missing', pointer: '/consent' })
  }
  if (services.screen.isSubjectBlocked(caller, subject.value)) {
    return fail(request, reply, services, { code: 'caller_blocked' })
  }

  const call = callOf(asked, caller, key, { name, number, include, consent, reference }, services)
  if (consent !== undefined && caller.standing.consent !== 'off') {
    const { accountId, applicationId: appId } = caller
    await services.store.run('keepConsent', { accountId, appId, callId: call.id, reference: consent, at: call.at })
  }
  const started = performance.now() - reply.elapsedTime
  const outcome = await ask(subject.value, call, caller, started, services)
  if (outcome.kind === 'problem') {
    const code = codeOf(outcome.problem)
    return fail(request, reply, services, {
      code,
      ...(outcome.callId === null ? {} : { callId: outcome.callId }),
      ...(code === 'repeat_in_flight' ? { retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS } : {}),
      ...(code === 'overloaded' ? { retryAfterSeconds: SHED_RETRY_SECONDS } : {}),
    })
  }
  return renderVerification(outcome, {
    id: call.id,
    at: asked.at,
    isFull: caller.isFull,
    include,
    reference,
    isConsentMissing,
    language: /^en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'zh',
    elapsedMs: Math.round(reply.elapsedTime * 1_000) / 1_000,
    regions: services.regions.current,
  })
}

function callOf(
  asked: CallRequest,
  caller: Caller,
  key: string | undefined,
  repeated: object | null,
  { keys }: Services,
): Call {
  const repeat = isKeyInvalid(key) ? null : repeatOf(key, repeated, keys)
  return { ...idsOf(asked, caller), nonce: null, repeat }
}

/** The domain's problems bear the same names here. */
function codeOf(problem: ProblemCode): HttpProblemCode {
  return problem
}

function placeOf(problem: ProblemCode): { pointer?: string } {
  if (problem.startsWith('name_')) return { pointer: '/name' }
  return problem.startsWith('number_') ? { pointer: '/number' } : {}
}

/** Ends a proven caller's request in a problem, and counts it where a verification was asked for. */
function fail(
  request: FastifyRequest,
  reply: FastifyReply,
  { usage, now }: Services,
  problem: HttpProblem,
): FastifyReply {
  if (request.proven !== null && request.method === 'POST' && COUNTED.has(HTTP_PROBLEMS[problem.code].status)) {
    const { accountId, applicationId } = request.proven.caller
    usage.count(accountId, applicationId, problem.code, now())
  }
  return sendProblem(reply, problem)
}

/** What is wrong with what was asked, or with whoever should answer; refusals before that are no verification. */
const COUNTED: ReadonlySet<number> = new Set([422, 503])

async function admitReading(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): Promise<FastifyReply | undefined> {
  const { caller, asked } = provenBy(request)
  const call = callOf(asked, caller, undefined, null, services)
  const started = performance.now()
  const { address } = asked
  const reading = { caller, call, address, idempotencyKey: undefined, started, isReading: true }
  const admission = await admit(reading, services)
  if (admission.kind === 'admitted') return undefined
  const { problem: code, retryAfterSeconds } = admission
  return sendProblem(reply, { code, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
}

async function answerUsage(
  request: FastifyRequest<{ Querystring: { from?: string; to?: string } }>,
  reply: FastifyReply,
  { store, usage, now }: Services,
): Promise<unknown> {
  const { accountId, applicationId } = provenBy(request).caller
  const to = request.query.to === undefined ? billingDay(now()) : dayOf(request.query.to)
  if (to === null) return invalidQuery(reply, 'to', 'is not a day')
  const from = request.query.from === undefined ? to - USAGE_DAYS + 1 : dayOf(request.query.from)
  if (from === null) return invalidQuery(reply, 'from', 'is not a day')
  if (from > to) return invalidQuery(reply, 'from', 'is after to')
  if (to - from >= USAGE_DAYS_MAX) return invalidQuery(reply, 'from', `is more than ${USAGE_DAYS_MAX} days before to`)
  await usage.flush()
  const rows = await store.run('readUsageDays', { accountId, appId: applicationId, from, to })
  const days = new Map<number, { date: string; charged: number; free: number; problems: Record<string, number> }>()
  for (const { day, outcome, count } of rows) {
    const known = days.get(day) ?? { date: dateOf(day), charged: 0, free: 0, problems: {} }
    days.set(day, known)
    if (outcome === 'charged') known.charged += count
    else known.free += count
    if (outcome !== 'charged' && outcome !== 'free') known.problems[outcome] = count
  }
  const listed = [...days.values()]
  return {
    applicationId,
    from: dateOf(from),
    to: dateOf(to),
    charged: listed.reduce((sum, { charged }) => sum + charged, 0),
    free: listed.reduce((sum, { free }) => sum + free, 0),
    days: listed,
  }
}

function invalidQuery(reply: FastifyReply, field: string, what: string): FastifyReply {
  return sendProblem(reply, { code: 'field_invalid', detail: `${field} ${what}` })
}

/** The billing day of `yyyy-MM-dd`; null where there is no such date. */
function dayOf(text: string): number | null {
  const moment = Date.parse(`${text}T00:00:00+08:00`)
  if (Number.isNaN(moment)) return null
  const day = billingDay(moment)
  return dateOf(day) === text ? day : null
}

function dateOf(day: number): string {
  return new Date(startOfBillingDay(day) + SHANGHAI_OFFSET_MS).toISOString().slice(0, 10)
}

const SHANGHAI_OFFSET_MS = 8 * 3_600_000

async function quotaOf(caller: Caller, { store, now }: Services): Promise<QuotaReport> {
  const lots = await store.run('listLots', { accountId: caller.accountId })
  const { application } = await store.quota(caller.accountId, caller.applicationId)
  const sum = (balance: 'granted' | 'reserved' | 'used' | 'expired' | 'remaining') =>
    lots.reduce((total, lot) => total + lot[balance], 0)
  const isCapped = caller.caps.total !== null || caller.caps.daily !== null
  return {
    applicationId: caller.applicationId,
    granted: sum('granted'),
    reserved: sum('reserved'),
    used: sum('used'),
    expired: sum('expired'),
    remaining: sum('remaining'),
    subscriptions: lots.filter((lot) => isRunning(lot, now())).map(subscriptionOf),
    application: {
      capTotal: caller.caps.total,
      capDaily: caller.caps.daily,
      remaining: isCapped ? application.left : null,
      ratePerSecond: caller.rateLimit?.perSecond ?? null,
    },
    consent: caller.standing.consent,
  }
}

function isRunning({ remaining, expiresAt }: LotReport, now: number): boolean {
  return remaining > 0 && (expiresAt === null || expiresAt > now)
}

function subscriptionOf({ id, granted, remaining, expiresAt, isNoRecordFree }: LotReport) {
  return {
    id,
    granted,
    remaining,
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    freeNoRecord: isNoRecordFree,
  }
}

/** What Fastify finds wrong: a body against its schema, a size; or a fault of ours, which is free. */
function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): FastifyReply {
  const violation = error.validation?.[0]
  if (violation?.keyword === 'required' && violation.instancePath === '') {
    // Of these two the domain has its own words, missing or not.
    const field = violation.params.missingProperty
    if (field === 'name') return fail(request, reply, services, { code: 'name_missing', pointer: '/name' })
    if (field === 'number') return fail(request, reply, services, { code: 'number_missing', pointer: '/number' })
  }
  const problem = problemOf(error)
  if (problem !== null) return fail(request, reply, services, problem)
  services.log.error('a request met a fault', error, { requestId: request.id, route: request.routeOptions.url ?? '' })
  return fail(request, reply, services, { code: request.method === 'POST' ? 'source_unavailable' : 'fault' })
}
