import { timingSafeEqual } from 'node:crypto'
import { Readable } from 'node:stream'
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import { PLATFORM_ALGORITHMS } from '@heyan/contract'
import { foldNumberText, parseSubject, shanghaiDate } from '@heyan/core'
import { type ApplicationRow, LOT_CALLS_MAX, LOT_DAYS_MAX, newCallId } from '@heyan/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isAddressBlock } from '../allow-list.js'
import { sendProblem } from '../http-problem.js'
import { ALLOW_LIST_MAX, ROSTER_MAX_BYTES, ROSTER_TIMEOUT_MS, VERIFY_BUDGET_MS } from '../limits.js'
import type { Services } from '../services.js'
import { regionRoutes } from './regions.js'

const NAME_MAX = 100
const ID_MAX = 64
const LIST_MAX = 1_000
const RATE_MAX = 1_000_000
/** The longest name or number taken from an operator, before it is looked at. */
const TEXT_MAX = 1_000

const AppParams = Type.Object({ appId: Type.String({ maxLength: ID_MAX }) })
const Calls = Type.Integer({ minimum: 1, maximum: LOT_CALLS_MAX })
const Days = Type.Integer({ minimum: 1, maximum: LOT_DAYS_MAX })
const Strict = { additionalProperties: false } as const

const NewApplication = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: NAME_MAX }),
    accountId: Type.Optional(Type.String({ maxLength: ID_MAX })),
    calls: Type.Optional(Calls),
    days: Type.Optional(Days),
    fields: Type.Optional(Type.Union([Type.Literal('masked'), Type.Literal('full')])),
    mode: Type.Optional(Type.Union([Type.Literal('live'), Type.Literal('sandbox')])),
    freeNoRecord: Type.Optional(Type.Boolean()),
  },
  Strict,
)

const Nullable = (maximum: number, minimum: number) => Type.Union([Type.Integer({ minimum, maximum }), Type.Null()])

const ApplicationChange = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: NAME_MAX })),
    status: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('suspended')])),
    fields: Type.Optional(Type.Union([Type.Literal('masked'), Type.Literal('full')])),
    ratePerSecond: Type.Optional(Nullable(RATE_MAX, 1)),
    capTotal: Type.Optional(Nullable(LOT_CALLS_MAX, 0)),
    capDaily: Type.Optional(Nullable(LOT_CALLS_MAX, 0)),
    allowList: Type.Optional(Type.Array(Type.String({ maxLength: ID_MAX }), { maxItems: ALLOW_LIST_MAX })),
    queryCodeAllowed: Type.Optional(Type.Boolean()),
    signatureEchoFull: Type.Optional(Type.Boolean()),
    platformAlgorithm: Type.Optional(Type.Union(PLATFORM_ALGORITHMS.map((name) => Type.Literal(name)))),
  },
  Strict,
)

const Grant = Type.Object(
  { calls: Calls, days: Type.Optional(Days), freeNoRecord: Type.Optional(Type.Boolean()) },
  Strict,
)
const Verification = Type.Object(
  { name: Type.String({ maxLength: TEXT_MAX }), number: Type.String({ maxLength: TEXT_MAX }) },
  Strict,
)
const RosterQuery = Type.Object(
  {
    nameColumn: Type.Optional(Type.String({ maxLength: NAME_MAX })),
    numberColumn: Type.Optional(Type.String({ maxLength: NAME_MAX })),
  },
  Strict,
)

const DEFAULT_DAYS = 365
const OPERATOR = 'operator'

/** `/admin/v1`: the operator's API behind the commands. Every route needs the operator's token. */
export const adminRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { store, usage, roster } = services
  const unknownApp = (reply: FastifyReply) =>
    sendProblem(reply, { status: 404, code: 'application_unknown', title: 'There is no such application.' })

  app.addContentTypeParser('application/json', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'))
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (isOperator(request, services.operatorToken)) return
    reply.header('www-authenticate', 'Bearer realm="heyan admin"')
    await sendProblem(reply, {
      status: 401,
      code: 'operator_unproven',
      title: "The operator's token is missing or wrong.",
    })
  })

  app.post('/applications', { schema: { body: NewApplication } }, async (request, reply) => {
    const { name, accountId, calls, days, fields, mode, freeNoRecord } = request.body
    const created = await store.run('createApplication', {
      actor: OPERATOR,
      accountId: accountId ?? null,
      name,
      mode: mode ?? 'live',
      fields: fields ?? 'masked',
      calls: calls ?? null,
      validDays: days ?? DEFAULT_DAYS,
      isNoRecordFree: freeNoRecord ?? false,
    })
    if (created === 'account_unknown') {
      return sendProblem(reply, { status: 404, code: 'account_unknown', title: 'There is no such account.' })
    }
    return reply.code(201).send(created)
  })

  app.get('/applications', async () => ({ applications: (await store.run('listApplications', LIST_MAX)).map(shown) }))

  app.get('/applications/:appId', { schema: { params: AppParams } }, async (request, reply) => {
    const found = await store.run('findApplication', request.params.appId)
    return found === null ? unknownApp(reply) : shown(found)
  })

  app.patch(
    '/applications/:appId',
    { schema: { params: AppParams, body: ApplicationChange } },
    async (request, reply) => {
      const {
        name,
        status,
        fields,
        ratePerSecond,
        capTotal,
        capDaily,
        allowList,
        queryCodeAllowed,
        signatureEchoFull,
        platformAlgorithm,
      } = request.body
      const wrong = allowList?.find((block) => !isAddressBlock(block))
      if (wrong !== undefined) {
        const detail = `allowList: not an address or a CIDR block: ${wrong}`
        return sendProblem(reply, { status: 400, code: 'field_invalid', title: 'A field is not valid.', detail })
      }
      const changed = await store.run('changeApplication', {
        actor: OPERATOR,
        appId: request.params.appId,
        set: {
          ...(name === undefined ? {} : { name }),
          ...(status === undefined ? {} : { status }),
          ...(fields === undefined ? {} : { fields }),
          ...(ratePerSecond === undefined ? {} : { rate_per_second: ratePerSecond }),
          ...(capTotal === undefined ? {} : { cap_total: capTotal }),
          ...(capDaily === undefined ? {} : { cap_daily: capDaily }),
          ...(allowList === undefined ? {} : { allow_list: allowList }),
          ...(queryCodeAllowed === undefined
            ? {}
            : { is_query_code_allowed: queryCodeAllowed ? (1 as const) : (0 as const) }),
          ...(platformAlgorithm === undefined ? {} : { platform_algorithm: platformAlgorithm }),
          ...(signatureEchoFull === undefined
            ? {}
            : { is_signature_echo_full: signatureEchoFull ? (1 as const) : (0 as const) }),
        },
      })
      return changed === null ? unknownApp(reply) : shown(changed)
    },
  )

  app.post('/applications/:appId/lots', { schema: { params: AppParams, body: Grant } }, async (request, reply) => {
    const { calls, days, freeNoRecord } = request.body
    const granted = await store.run('grantToApplication', {
      actor: OPERATOR,
      appId: request.params.appId,
      calls,
      validDays: days ?? DEFAULT_DAYS,
      isNoRecordFree: freeNoRecord ?? false,
      orderRef: null,
    })
    return granted === null ? unknownApp(reply) : reply.code(201).send(granted)
  })

  app.get('/applications/:appId/usage', { schema: { params: AppParams } }, async (request, reply) => {
    await usage.flush()
    const read = await store.run('readUsage', request.params.appId)
    return read ?? unknownApp(reply)
  })

  await app.register(regionRoutes, { services })

  app.get('/roster', async () => ({ count: roster.count() }))

  /** One line of JSON a step while the list is read, and a last one with the result: a long import shows how far it is. */
  app.put('/roster', { schema: { querystring: RosterQuery }, bodyLimit: ROSTER_MAX_BYTES }, async (request, reply) => {
    request.raw.socket.setTimeout(ROSTER_TIMEOUT_MS)
    const abort = new AbortController()
    request.raw.once('close', () => {
      if (!request.raw.complete) abort.abort()
    })
    const lines = new Readable({ read: () => undefined })
    const say = (line: object) => lines.push(`${JSON.stringify(line)}\n`)
    const { nameColumn, numberColumn } = request.query
    roster
      .import(request.raw, {
        ...(nameColumn === undefined ? {} : { nameColumn }),
        ...(numberColumn === undefined ? {} : { numberColumn }),
        onProgress: (progress) => say({ progress }),
        signal: abort.signal,
      })
      .then(async (outcome) => {
        if ('count' in outcome) {
          const after = { count: outcome.count, generation: outcome.generation }
          await store.run('record', {
            actor: OPERATOR,
            action: 'roster.replace',
            object: 'roster',
            accountId: null,
            after,
          })
        }
        say({ outcome })
      })
      .catch((error) => {
        services.log.error('a roster could not be imported', error)
        say({ fault: 'the roster could not be imported; the old one goes on serving' })
      })
      .finally(() => lines.push(null))
    return reply.type('application/x-ndjson').send(lines)
  })

  /** The operator asks the sources directly; nobody is charged, and the audit log keeps that it was done. */
  app.post('/verifications', { schema: { body: Verification } }, async (request, reply) => {
    const now = services.now()
    const rules = { today: shanghaiDate(now), isFifteenDigitAccepted: services.config.isFifteenDigitAccepted }
    const subject = parseSubject(request.body.name.trim(), foldNumberText(request.body.number), rules)
    const callId = newCallId(now)
    if (!subject.ok) {
      return sendProblem(reply, {
        status: 422,
        code: subject.reason,
        title: 'This is nothing a source could be asked about.',
      })
    }
    await store.run('record', { actor: OPERATOR, action: 'verification.ask', object: callId, accountId: null })
    const answer = await services.source.ask(subject.value, {
      callId,
      deadlineMs: performance.now() + VERIFY_BUDGET_MS,
    })
    if (answer.kind === 'unavailable') {
      return sendProblem(reply, { status: 503, code: 'source_unavailable', title: 'No source can answer now.' })
    }
    return { id: callId, verdict: answer.verdict, charged: false }
  })
}

function isOperator(request: FastifyRequest, token: string): boolean {
  const given = Buffer.from(/^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '')
  const expected = Buffer.from(token)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** An application as the operator sees it: no secret is in it. */
function shown(row: ApplicationRow) {
  return {
    accountId: row.account_id,
    appId: row.id,
    name: row.name,
    status: row.status,
    mode: row.mode,
    fields: row.fields,
    ratePerSecond: row.rate_per_second,
    capTotal: row.cap_total,
    capDaily: row.cap_daily,
    allowList: JSON.parse(row.allow_list) as string[],
    queryCodeAllowed: row.is_query_code_allowed === 1,
    signatureEchoFull: row.is_signature_echo_full === 1,
    platformAlgorithm: row.platform_algorithm,
    createdAt: row.created_at,
  }
}
