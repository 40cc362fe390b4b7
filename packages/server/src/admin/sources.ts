import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { SANDBOX_SUBJECTS } from '@heyan/sources'
import { type AttemptPlace, newCallId, type SourceTerms, type SourceView } from '@heyan/store'
import type { FastifyReply } from 'fastify'
import { sendProblem } from '../http-problem.js'
import type { Services } from '../services.js'
import { SourceDescriptionError } from '../source-registry.js'
import type { SourceCounts } from '../source-tally.js'
import { OPERATOR, operation } from './operation.js'
import { subjectOf } from './question.js'
import {
  ATTEMPTS_PAGE_MAX,
  AttemptsQuery,
  NewSource,
  RosterPlace,
  SOURCE_NAMED,
  SourceChange,
  SourceParams,
  SourceQuestion,
} from './source-schemas.js'

const USUAL_TERMS: SourceTerms = {
  priority: 1,
  weight: 1,
  costCentifen: 0,
  noRecordCostCentifen: null,
  secondQuestion: 'never',
  timeoutMs: null,
}
const DAY_MS = 86_400_000
const CURSOR_SEPARATOR = '~'

/** Who is asked. A source is added, tested, and then enabled; its secrets never come back. */
export const sourceRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { store, sources, roster } = services
  for (const schema of SOURCE_NAMED) app.addSchema(schema)
  const unknown = (reply: FastifyReply) => sendProblem(reply, { code: 'source_unknown' })
  const shown = (view: SourceView) => {
    const { state, problem, active, ...counts } = sources.health(view.id, view.name)
    return { ...view, state, problem, active, sinceStart: rounded(counts) }
  }
  /** What is wrong with a description; null where it can work. */
  const problemOf = async (description: Parameters<typeof sources.check>[0]): Promise<string | null> => {
    try {
      await sources.check(description)
      return null
    } catch (error) {
      if (error instanceof SourceDescriptionError) return error.message
      throw error
    }
  }
  const listed = async () => {
    const priority = await store.run('readRosterPriority', undefined)
    const isAsked = priority !== null || sources.current === roster.source
    const sinceStart = rounded(sources.rosterCounts())
    return {
      sources: (await store.run('listSources', undefined)).map(shown),
      roster: { priority, isAsked, ready: roster.source.isReady(), sinceStart },
      ready: sources.current.isReady(),
    }
  }

  app.get(
    '/sources',
    { schema: operation('listSources', 'In the order in which they are asked', { of: 'Sources' }) },
    listed,
  )
  app.post(
    '/sources',
    {
      schema: {
        ...operation('addSource', 'Describes a source; it stays disabled', { status: 201, of: 'Source' }, 409, 422),
        body: NewSource,
      },
    },
    async (request, reply) => {
      const source = { ...USUAL_TERMS, secrets: {}, ...request.body }
      const problem = await problemOf(source)
      if (problem !== null) return sendProblem(reply, { code: 'source_invalid', detail: problem })
      const added = await store.run('addSource', { actor: OPERATOR, source })
      return added === null ? sendProblem(reply, { code: 'source_exists' }) : reply.code(201).send(shown(added))
    },
  )
  app.patch(
    '/sources/roster',
    {
      schema: {
        ...operation('placeRoster', "Where among the sources the organisation's own list is asked", { of: 'Sources' }),
        body: RosterPlace,
      },
    },
    async (request) => {
      await store.run('placeRoster', { actor: OPERATOR, priority: request.body.priority })
      await sources.reload()
      return listed()
    },
  )
  app.patch(
    '/sources/:sourceId',
    {
      schema: {
        ...operation(
          'changeSource',
          'Enables or disables a source, or changes its place, its price, its settings, its secrets',
          { of: 'Source' },
          404,
          422,
        ),
        params: SourceParams,
        body: SourceChange,
      },
    },
    async (request, reply) => {
      const { sourceId } = request.params
      const before = (await store.run('describedSources', undefined)).find(({ id }) => id === sourceId)
      if (before === undefined) return unknown(reply)
      const after = { ...before, ...request.body }
      const problem = await problemOf(after)
      // What cannot work any more can still be disabled.
      if (problem !== null && after.status === 'enabled')
        return sendProblem(reply, { code: 'source_invalid', detail: problem })
      const changed = await store.run('changeSource', { actor: OPERATOR, sourceId, set: request.body })
      if (changed === null) return unknown(reply)
      await sources.reload()
      return shown(changed)
    },
  )
  app.delete(
    '/sources/:sourceId',
    {
      schema: {
        ...operation('removeSource', 'Forgets a source and its secrets', { status: 204 }, 404),
        params: SourceParams,
      },
    },
    async (request, reply) => {
      const { sourceId } = request.params
      if (!(await store.run('removeSource', { actor: OPERATOR, sourceId }))) return unknown(reply)
      await sources.reload()
      return reply.code(204).send(null)
    },
  )
  app.post(
    '/sources/:sourceId/test',
    {
      schema: {
        ...operation(
          'testSource',
          'Asks one source, enabled or not; nobody is charged here, but its supplier may charge',
          { of: 'SourceTest' },
          404,
          422,
        ),
        params: SourceParams,
        body: SourceQuestion,
      },
    },
    async (request, reply) => {
      const { name = SANDBOX_SUBJECTS[0]?.name ?? '', number = SANDBOX_SUBJECTS[0]?.number ?? '' } = request.body
      const subject = subjectOf({ name, number }, services)
      if (typeof subject === 'string') return sendProblem(reply, { code: subject })
      const { sourceId } = request.params
      const callId = newCallId(services.now())
      const after = { callId }
      await store.run('record', { actor: OPERATOR, action: 'source.test', object: sourceId, accountId: null, after })
      const tested = await sources.test(sourceId, subject, callId)
      if (tested === null) return unknown(reply)
      const { answer, reference } = tested
      return {
        callId,
        verdict: answer.kind === 'verdict' ? answer.verdict : null,
        reason: answer.kind === 'verdict' ? null : answer.reason,
        reference,
        elapsedMs: thousandths(reply.elapsedTime),
      }
    },
  )

  /** In pages: the store's thread also keeps the ledger, and no reader may hold it for long. */
  app.get(
    '/attempts',
    {
      schema: {
        ...operation('listAttempts', 'What one source was asked, to check its bill by', { of: 'Attempts' }),
        querystring: AttemptsQuery,
      },
    },
    async (request, reply) => {
      const { source, from, to, after, limit = String(ATTEMPTS_PAGE_MAX) } = request.query
      const place = after === undefined ? null : placeIn(after)
      if (after !== undefined && place === null) return sendProblem(reply, { code: 'field_invalid', detail: 'after' })
      const kept = await store.run('listAttempts', {
        source,
        from: dayOf(from),
        to: dayOf(to),
        after: place,
        limit: Number(limit),
      })
      const last = kept.length < Number(limit) ? undefined : kept.at(-1)
      return {
        attempts: kept.map(({ accountId: _, day: __, source: ___, ...attempt }) => attempt),
        next: last === undefined ? null : cursorOf(last),
      }
    },
  )
}

function rounded(counts: SourceCounts) {
  return { ...counts, durationMs: thousandths(counts.durationMs) }
}

function thousandths(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}

function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY_MS
}

function cursorOf({ day, accountId, callId, ordinal }: AttemptPlace): string {
  return [day, accountId, callId, ordinal].join(CURSOR_SEPARATOR)
}

function placeIn(cursor: string): AttemptPlace | null {
  const parts = /^(\d{1,6})~(\w{1,64})~([\w-]{1,64})~(\d{1,4})$/.exec(cursor)
  if (parts === null) return null
  const [, day, accountId = '', callId = '', ordinal] = parts
  return { day: Number(day), accountId, callId, ordinal: Number(ordinal) }
}
