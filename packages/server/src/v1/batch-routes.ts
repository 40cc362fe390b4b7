import multipart from '@fastify/multipart'
import { RESULT_COLUMNS, type ResultColumn, type RowFilter } from '@heyan/contract'
import { type InspectOutcome, inspectSheet, readSheet, SheetRefused, unsealedStream } from '@heyan/sheets'
import type { Batch, BatchSecrets } from '@heyan/store'
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { answersOf } from '../batches/answers.js'
import { correctRow } from '../batches/correct-row.js'
import { JSON_ROWS_MAX_BYTES } from '../batches/limits.js'
import { type Mapping, type MappingWish, mappingOf, readingOf } from '../batches/mapping.js'
import { writeResults } from '../batches/results-sheet.js'
import type { RowResult } from '../batches/row-result.js'
import { isWanted, type RowView, viewRow } from '../batches/row-view.js'
import { survey } from '../batches/survey.js'
import { Turns } from '../batches/turns.js'
import { admit } from '../calls/admission.js'
import { checkHead } from '../calls/call-request.js'
import type { Caller } from '../directory.js'
import { type HttpProblem, problemOf, sendProblem } from '../http-problem.js'
import { IN_FLIGHT_MAX, SHED_DELAY_MS } from '../limits.js'
import { problems } from '../problem-schema.js'
import type { Services } from '../services.js'
import { parseStrictJson } from '../strict-json.js'
import { Streams, streamBatch } from './batch-events.js'
import {
  BATCH_SCHEMAS,
  BATCHES_PAGE_MAX,
  type BatchMapping,
  BatchParams,
  type BatchRows,
  type BatchStart,
  type BatchUpload,
  type Correction,
  ListQuery,
  ResultsQuery,
  ROWS_PAGE_MAX,
  RowParams,
  RowsQuery,
} from './batch-schemas.js'
import { JSON_COLUMNS, type Received, receiveFile, sealRows } from './batch-upload.js'
import { showBatch, standsStill } from './batch-view.js'
import { idsOf, proveCaller } from './caller.js'
import { sendRateLimits } from './rate-limit-headers.js'

const BATCHES_PAGE = 20
const ROWS_PAGE = 100
const BUSY_RETRY_SECONDS = 1
const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

declare module 'fastify' {
  interface FastifyRequest {
    /** A sheet on the disk that no batch owns yet. */
    received: Received | null
  }
}

interface WithId {
  Params: { id: string }
}

/** `/v1/batches`: sheets of people, verified row by row. */
export const batchRoutes: FastifyPluginAsync<{ services: Services }> = async (app, { services }) => {
  const { store, batches, lifecycle, now, config } = services
  const { batchKeepMs: keepMs } = config
  const turns = new Turns()
  const streams = new Streams()
  app.decorateRequest('proven', null)
  app.decorateRequest('received', null)
  for (const schema of BATCH_SCHEMAS) app.addSchema(schema)

  app.removeAllContentTypeParsers()
  await app.register(multipart)
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => answerError(error as FastifyError, request, reply, services))
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (lifecycle.isDraining) reply.header('connection', 'close')
    if (checkHead(request.raw) !== null) return sendProblem(reply, { code: 'request_invalid' })
    if (lifecycle.inFlight < IN_FLIGHT_MAX) return undefined
    await new Promise((resolve) => setTimeout(resolve, SHED_DELAY_MS))
    return sendProblem(reply, { code: 'overloaded', retryAfterSeconds: BUSY_RETRY_SECONDS })
  })
  app.addHook('onSend', async (request, reply) => {
    await forget(request)
    if (request.proven !== null) sendRateLimits(reply, request.proven.caller)
  })
  app.addHook('preValidation', (request, reply) => proveCaller(request, reply, services))
  app.addHook('preValidation', (request, reply) => admitCaller(request, reply, services))
  app.addHook('preValidation', (request, reply) => refuseWhereFull(request, reply, services))
  app.addHook('preValidation', (request, reply) => readBody(request, reply, services))
  // A sheet that became no batch leaves nothing behind, also where nobody waits for the answer any more.
  app.addHook('onResponse', async (request) => forget(request))

  const forget = async (request: FastifyRequest) => {
    const { received } = request
    request.received = null
    if (received !== null) await batches.files.remove(received.batchId)
  }

  /** The batch of this request's application; another's is as good as none. */
  async function find(request: FastifyRequest): Promise<Batch | null> {
    const { accountId, applicationId } = callerOf(request)
    const batch = await store.run('findBatch', { accountId, batchId: (request.params as { id: string }).id })
    return batch?.appId === applicationId ? batch : null
  }

  async function opened(
    request: FastifyRequest,
  ): Promise<{ batch: Batch; secrets: BatchSecrets; key: Buffer; mapping: Mapping | null } | HttpProblem> {
    const batch = await find(request)
    if (batch === null) return { code: 'batch_unknown' }
    const secrets = await store.run('openBatch', { accountId: batch.accountId, batchId: batch.id })
    if (secrets === null) return { code: 'batch_destroyed' }
    const mapping = JSON.parse(secrets.mapping) as Mapping | null
    return { batch, secrets, key: Buffer.from(secrets.key, 'base64url'), mapping }
  }

  async function remaining({ free, accountId, applicationId }: Caller): Promise<number | null> {
    if (free !== null) return null
    const { account, application } = await store.quota(accountId, applicationId)
    return Math.max(0, Math.min(account.left, application.left))
  }

  /** What is in a sheet, where it holds what, and what it would cost. */
  async function look(caller: Caller, input: Received['input'], wish: MappingWish) {
    return turns.take(caller.accountId, async () => {
      const found = await inspectSheet(input, wishesOf(wish))
      if (!found.ok) return refusedFile(found)
      const mapping = mappingOf(found, wish)
      return { found, mapping }
    })
  }

  async function preview(caller: Caller, input: Received['input'], { found, mapping }: Looked) {
    const { ok: _, ...inspection } = found
    const { nameColumn = null, numberColumn = null } = mapping ?? {}
    const seen =
      mapping === null
        ? null
        : await turns.take(caller.accountId, () => survey(input, mapping, services, new AbortController().signal))
    const left = await remaining(caller)
    return {
      inspection: { ...inspection, nameColumn, numberColumn },
      estimate: seen === null ? null : { ...seen, remaining: left, enough: left === null || seen.calls <= left },
    }
  }

  const about = (operationId: string, summary: string, success: object, ...statuses: number[]) => ({
    operationId,
    summary,
    tags: ['batches'],
    security: [{ bearer: [] }, { signature: [] }],
    response: { ...success, ...problems(400, 401, 403, 409, 429, 500, 503, ...statuses) },
  })
  const oneBatch = { 200: Type.Ref('Batch') }
  const params = BatchParams

  app.post(
    '/batches',
    {
      schema: {
        ...about('createBatch', 'Sends a sheet of people to verify', { 202: Type.Ref('Batch') }, 413, 415, 422),
        body: {
          content: {
            'multipart/form-data': { schema: Type.Ref('BatchUpload') },
            'application/json': { schema: Type.Ref('BatchRows') },
          },
        } as never,
      },
      bodyLimit: JSON_ROWS_MAX_BYTES,
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const asked = request.body as BatchUpload | BatchRows
      const isRows = 'rows' in asked
      request.received ??= isRows ? await sealRows(asked.rows, batches.files, now()) : null
      const { received } = request
      if (received === null) return sendProblem(reply, { code: 'batch_file_missing' })
      const wish: MappingWish = isRows ? { headerRow: 1, ...JSON_COLUMNS } : formWish(asked)
      const looked = await look(caller, received.input, wish)
      if ('code' in looked) return sendProblem(reply, looked)
      const isStarted = String(asked.start ?? 'false') === 'true'
      if (isStarted && looked.mapping === null) return sendProblem(reply, { code: 'batch_columns_unknown' })
      const shown = isStarted ? {} : await preview(caller, received.input, looked)
      const { accountId, applicationId: appId, credentialId } = caller
      const isDeduplicated = String(asked.dedupe ?? 'false') === 'true'
      const created = await store.run('createBatch', {
        accountId,
        appId,
        credentialId,
        batchId: received.batchId,
        key: received.key.toString('base64url'),
        mapping: JSON.stringify(looked.mapping),
        format: isRows ? 'json' : looked.found.format,
        purpose: asked.purpose.trim(),
        legalBasis: asked.legalBasis,
        isDeduplicated,
        rows: looked.found.rows,
        keepMs,
      })
      if (created === 'full') return sendProblem(reply, { code: 'batch_too_many' })
      request.received = null
      const batch = isStarted ? await start(created, caller, looked, isDeduplicated) : created
      return reply.code(202).send({ ...showBatch(batch ?? created, caller.isFull), ...shown })
    },
  )

  async function start(batch: Batch, caller: Caller, { mapping, found }: Looked, isDeduplicated: boolean) {
    const started = await store.run('startBatch', {
      accountId: batch.accountId,
      batchId: batch.id,
      credentialId: caller.credentialId,
      mapping: JSON.stringify(mapping),
      rows: found.rows,
      isDeduplicated,
      keepMs,
    })
    goOn()
    return started
  }

  /** Not only at the next look of the job. */
  function goOn(): void {
    batches.runDue().catch((error: unknown) => services.log.error('no batch can be begun', error))
  }

  app.get<{ Querystring: { limit?: string; before?: string } }>(
    '/batches',
    {
      schema: {
        ...about('listBatches', 'What was sent before', { 200: Type.Ref('BatchList') }),
        querystring: ListQuery,
      },
    },
    async (request) => {
      const { accountId, applicationId: appId, isFull } = callerOf(request)
      const limit = pageOf(request.query.limit, BATCHES_PAGE, BATCHES_PAGE_MAX)
      const listed = await store.run('listBatches', { accountId, appId, limit, before: request.query.before ?? null })
      return { batches: listed.map((batch) => showBatch(batch, isFull)) }
    },
  )

  app.get<WithId>(
    '/batches/:id',
    { schema: { ...about('readBatch', 'How far it is', oneBatch, 404), params } },
    async (request, reply) => {
      const batch = await find(request)
      return batch === null ? sendProblem(reply, { code: 'batch_unknown' }) : showBatch(batch, callerOf(request).isFull)
    },
  )

  app.post<WithId>(
    '/batches/:id/inspect',
    {
      schema: {
        ...about('inspectBatch', 'Looks at it again with other columns', oneBatch, 404, 410, 413, 415, 422),
        params,
        body: Type.Ref('BatchMapping'),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const found = await opened(request)
      if ('code' in found) return sendProblem(reply, found)
      if (found.batch.status !== 'uploaded') return sendProblem(reply, { code: 'batch_state' })
      const input = batches.files.input(found.batch.id, found.key)
      const looked = await look(caller, input, request.body as BatchMapping)
      if ('code' in looked) return sendProblem(reply, looked)
      return { ...showBatch(found.batch, caller.isFull), ...(await preview(caller, input, looked)) }
    },
  )

  app.post<WithId>(
    '/batches/:id/start',
    {
      schema: {
        ...about('startBatch', 'Begins', { 202: Type.Ref('Batch') }, 404, 410, 413, 415, 422),
        params,
        body: Type.Ref('BatchStart'),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const found = await opened(request)
      if ('code' in found) return sendProblem(reply, found)
      const { batch, mapping: known, key } = found
      if (batch.status !== 'uploaded') return sendProblem(reply, { code: 'batch_state' })
      const { dedupe = batch.isDeduplicated, ...wish } = request.body as BatchStart
      const input = batches.files.input(batch.id, key)
      // What was told at the upload holds, unless something else is said now.
      const whole = { ...(Object.keys(wish).length === 0 && known !== null ? wishOf(known) : {}), ...wish }
      const looked = await look(caller, input, whole)
      if ('code' in looked) return sendProblem(reply, looked)
      if (looked.mapping === null) return sendProblem(reply, { code: 'batch_columns_unknown' })
      const started = await start(batch, caller, looked, dedupe)
      if (started === null) return sendProblem(reply, { code: 'batch_state' })
      return reply.code(202).send(showBatch(started, caller.isFull))
    },
  )

  const changes = [
    ['pause', 'paused', 'pauseBatch', 'Lets it stand still'],
    ['resume', 'queued', 'resumeBatch', 'Goes on with it'],
    ['cancel', 'cancelled', 'cancelBatch', 'Ends it; what has an answer keeps it'],
  ] as const
  for (const [path, to, operationId, summary] of changes)
    app.post<WithId>(
      `/batches/:id/${path}`,
      { schema: { ...about(operationId, summary, oneBatch, 404, 410), params } },
      async (request, reply) => {
        const { credentialId, isFull } = callerOf(request)
        const batch = await find(request)
        if (batch === null) return sendProblem(reply, { code: 'batch_unknown' })
        if (batch.destroyedAt !== null) return sendProblem(reply, { code: 'batch_destroyed' })
        const { accountId, id: batchId } = batch
        const changed = await store.run('changeBatch', { accountId, batchId, to, credentialId, keepMs })
        if (changed === null) return sendProblem(reply, { code: 'batch_state' })
        await batches.changed(batchId)
        if (to === 'queued') goOn()
        return showBatch(changed, isFull)
      },
    )

  app.get<WithId>(
    '/batches/:id/events',
    {
      schema: {
        ...about(
          'watchBatch',
          'Its progress as it happens',
          {
            200: {
              description: 'Server-sent events: `progress`, and `end` once it stands still; the data is a Batch.',
              content: { 'text/event-stream': { schema: Type.String() } },
            },
          },
          404,
        ),
        params,
      },
    },
    async (request, reply) => {
      const { accountId, isFull } = callerOf(request)
      const batch = await find(request)
      if (batch === null) return sendProblem(reply, { code: 'batch_unknown' })
      if (!streams.enter(accountId))
        return sendProblem(reply, { code: 'throttled', retryAfterSeconds: BUSY_RETRY_SECONDS })
      try {
        await streamBatch(reply, batch, isFull, services)
      } finally {
        streams.leave(accountId)
      }
      return reply
    },
  )

  app.get<WithId & { Querystring: { outcome?: RowFilter; limit?: string; after?: string } }>(
    '/batches/:id/rows',
    {
      schema: {
        ...about(
          'listBatchRows',
          'Its rows, those with a problem first of all',
          { 200: Type.Ref('BatchRowPage') },
          404,
          410,
        ),
        params,
        querystring: RowsQuery,
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const found = await opened(request)
      if ('code' in found) return sendProblem(reply, found)
      const { batch, key, mapping } = found
      if (mapping === null) return sendProblem(reply, { code: 'batch_state' })
      const { outcome = 'problem', after = '0' } = request.query
      const limit = pageOf(request.query.limit, ROWS_PAGE, ROWS_PAGE_MAX)
      return turns.take(caller.accountId, async () => {
        const results = await resultsOf(batch, key)
        const rows: RowView[] = []
        const input = batches.files.input(batch.id, key)
        for await (const some of readSheet(input, { ...readingOf(mapping), from: Number(after) + 1 })) {
          for (const row of some) {
            const result = results.get(row.row)
            if (!isWanted(result, outcome)) continue
            if (rows.length === limit) return { rows, next: rows.at(-1)?.row ?? null }
            rows.push(viewRow(row, result, { batch, mapping, isFull: caller.isFull, services }))
          }
        }
        return { rows, next: null }
      })
    },
  )

  app.post<{ Params: { id: string; row: string } }>(
    '/batches/:id/rows/:row',
    {
      schema: {
        ...about(
          'correctBatchRow',
          'Writes a row anew and asks about it again',
          { 200: Type.Ref('BatchRow') },
          404,
          410,
          413,
          415,
          422,
        ),
        params: RowParams,
        body: Type.Ref('BatchCorrection'),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const found = await opened(request)
      if ('code' in found) return sendProblem(reply, found)
      const { batch, secrets, mapping } = found
      if (mapping === null || !standsStill(batch) || batch.status === 'uploaded' || batch.status === 'failed')
        return sendProblem(reply, { code: 'batch_state' })
      const correction = { row: Number(request.params.row), ...(request.body as Correction) }
      const done = await correctRow(correction, batch, secrets, caller, services)
      if (!done.ok) return sendProblem(reply, correctionProblem(done.problem))
      return viewRow(done.row, done.result, { batch, mapping, isFull: caller.isFull, services })
    },
  )

  app.get<WithId & { Querystring: { format?: 'csv' | 'xlsx'; columns?: string } }>(
    '/batches/:id/results',
    {
      schema: {
        ...about(
          'downloadResults',
          'The sheet as it was sent, with what was found behind its columns',
          {
            200: {
              description: 'The file.',
              content: {
                'text/csv': { schema: Type.String() },
                [XLSX_TYPE]: { schema: Type.String({ format: 'binary' }) },
              },
            },
          },
          404,
          410,
        ),
        params,
        querystring: ResultsQuery,
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const found = await opened(request)
      if ('code' in found) return sendProblem(reply, found)
      const { batch, key, mapping } = found
      if (mapping === null || batch.status === 'uploaded') return sendProblem(reply, { code: 'batch_state' })
      const format = request.query.format ?? (batch.format === 'csv' ? 'csv' : 'xlsx')
      const wanted = new Set((request.query.columns ?? RESULT_COLUMNS.join(',')).split(','))
      const columns = RESULT_COLUMNS.filter((column: ResultColumn) => wanted.has(column))
      const abort = new AbortController()
      request.raw.socket.once('close', () => abort.abort())
      const file = batches.files.export(batch.id, key)
      await turns.take(caller.accountId, async () =>
        writeResults(file, {
          batch,
          mapping,
          input: batches.files.input(batch.id, key),
          results: await resultsOf(batch, key),
          format,
          columns,
          isFull: caller.isFull,
          services,
          signal: abort.signal,
        }),
      )
      reply.raw.once('close', () => {
        batches.files.removeExport(file).catch(() => undefined)
      })
      return reply
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : XLSX_TYPE)
        .header('content-disposition', `attachment; filename="${batch.id}.${format}"`)
        .send(unsealedStream(file))
    },
  )

  app.delete<WithId>(
    '/batches/:id',
    {
      schema: {
        ...about('deleteBatch', 'Destroys its files at once', { 204: { description: 'Gone.', type: 'null' } }, 404),
        params,
      },
    },
    async (request, reply) => {
      const batch = await find(request)
      if (batch === null) return sendProblem(reply, { code: 'batch_unknown' })
      await batches.destroy({ accountId: batch.accountId, batchId: batch.id })
      return reply.code(204).send()
    },
  )

  async function resultsOf(batch: Batch, key: Buffer): Promise<Map<number, RowResult>> {
    const results = new Map<number, RowResult>()
    for await (const some of answersOf(batch, batches.files, key)) for (const each of some) results.set(each.row, each)
    return results
  }
}

interface Looked {
  readonly found: Extract<InspectOutcome, { ok: true }>
  readonly mapping: Mapping | null
}

function callerOf(request: FastifyRequest): Caller {
  if (request.proven === null) throw new Error('a route of /v1 was reached without a caller')
  return request.proven.caller
}

/** Suspended or address → rate → abuse: the quota is the rows' own business. */
async function admitCaller(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): Promise<FastifyReply | undefined> {
  const { proven } = request
  if (proven === null || reply.sent) return undefined
  const { caller, asked } = proven
  const call = { ...idsOf(asked, caller), nonce: null, repeat: null }
  const { address } = asked
  const asking = { caller, call, address, idempotencyKey: undefined, started: performance.now(), isReading: true }
  const admission = await admit(asking, services)
  if (admission.kind === 'admitted') return undefined
  const { problem: code, retryAfterSeconds } = admission
  return sendProblem(reply, { code, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
}

const isUpload = ({ method, routeOptions }: FastifyRequest) =>
  method === 'POST' && routeOptions.url?.endsWith('/batches') === true

/** Whoever can keep no more need not send it first; of those that send at the same time, the store refuses. */
async function refuseWhereFull(
  request: FastifyRequest,
  reply: FastifyReply,
  { store }: Services,
): Promise<FastifyReply | undefined> {
  if (reply.sent || request.proven === null || !isUpload(request)) return undefined
  const { accountId } = request.proven.caller
  return (await store.run('hasRoomForBatch', { accountId }))
    ? undefined
    : sendProblem(reply, { code: 'batch_too_many' })
}

/** A form's file is sealed as it comes; JSON becomes what the schema is held against. */
async function readBody(
  request: FastifyRequest,
  reply: FastifyReply,
  services: Services,
): Promise<FastifyReply | undefined> {
  if (reply.sent || request.method !== 'POST' || request.routeOptions.schema?.body === undefined) return undefined
  if (request.isMultipart() && isUpload(request)) {
    // Nothing vouches for a file that comes with a signature: its bytes are not signed.
    if (request.headers['x-ca-key'] !== undefined)
      return sendProblem(reply, { code: 'content_md5_wrong', detail: 'a file is sent with an AppCode' })
    const received = await receiveFile(request, services.batches.files, services.now())
    if ('code' in received) return sendProblem(reply, received)
    request.received = received.received
    request.body = received.fields
    return undefined
  }
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') return sendProblem(reply, { code: 'media_type_wrong' })
  const parsed = parseStrictJson(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))
  if (!parsed.ok) {
    const { code, pointer } = parsed
    return sendProblem(reply, { code, ...(pointer === undefined ? {} : { pointer }) })
  }
  request.body = parsed.value
  return undefined
}

function formWish({ sheet, headerRow, nameColumn, numberColumn }: BatchUpload): MappingWish {
  return {
    ...(sheet ? { sheet } : {}),
    ...(headerRow === undefined ? {} : { headerRow: Number(headerRow) }),
    ...(nameColumn ? { nameColumn } : {}),
    ...(numberColumn ? { numberColumn } : {}),
  }
}

function wishOf({ sheet, headerRow, nameColumn, numberColumn }: Mapping): MappingWish {
  return { ...(sheet === null ? {} : { sheet }), headerRow: headerRow ?? 0, nameColumn, numberColumn }
}

function wishesOf({ sheet, headerRow }: MappingWish) {
  return {
    ...(sheet === undefined ? {} : { sheet }),
    ...(headerRow === undefined ? {} : { headerRow: headerRow === 0 ? null : headerRow }),
  }
}

function refusedFile({ problem }: Extract<InspectOutcome, { ok: false }>): HttpProblem {
  const { code, detail, row } = problem
  return { code: 'batch_file_refused', detail: `${code}: ${detail}${row === undefined ? '' : `, row ${row}`}` }
}

function correctionProblem(problem: string): HttpProblem {
  const retryAfterSeconds = BUSY_RETRY_SECONDS
  switch (problem) {
    case 'batch_row_unknown':
    case 'quota_exhausted':
    case 'quota_expired':
    case 'caller_blocked':
      return { code: problem }
    case 'source_unavailable':
    case 'repeat_in_flight':
    case 'overloaded':
      return { code: problem, retryAfterSeconds }
    default:
      return { code: 'batch_busy', retryAfterSeconds }
  }
}

function pageOf(limit: string | undefined, byDefault: number, most: number): number {
  return limit === undefined ? byDefault : Math.min(most, Math.max(1, Number(limit)))
}

function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  { log }: Services,
): FastifyReply {
  if (error instanceof SheetRefused) return sendProblem(reply, refusedFile({ ok: false, problem: error.problem }))
  const problem = problemOf(error)
  if (problem !== null) return sendProblem(reply, problem)
  log.error('a request met a fault', error, { requestId: request.id, route: request.routeOptions.url ?? '' })
  return sendProblem(reply, { code: 'fault' })
}
