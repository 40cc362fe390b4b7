import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { newCallId } from '@heyan/store'
import type { FastifyReply } from 'fastify'
import { sendProblem } from '../http-problem.js'
import type { Services } from '../services.js'
import { SourceDescriptionError } from '../source-registry.js'
import { OPERATOR, operation } from './operation.js'
import { subjectOf } from './question.js'
import { NewSource, Question, SourceChange, SourceParams } from './schemas.js'

const DEFAULT_PRIORITY = 1
const DEFAULT_WEIGHT = 1

/** Who is asked. A source is added, tested, and then enabled; its secrets never come back. */
export const sourceRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { store, sources } = services
  const unknown = (reply: FastifyReply) => sendProblem(reply, { code: 'source_unknown' })

  app.get(
    '/sources',
    {
      schema: operation(
        'listSources',
        'In the order in which they are asked; the roster answers where none is enabled',
        {
          of: 'Source',
          listedAs: 'sources',
        },
      ),
    },
    async () => ({ sources: await store.run('listSources', undefined) }),
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
      const {
        secrets = {},
        priority = DEFAULT_PRIORITY,
        weight = DEFAULT_WEIGHT,
        costCentifen = 0,
        ...plain
      } = request.body
      const source = { ...plain, secrets, priority, weight, costCentifen }
      try {
        await sources.check(source)
      } catch (error) {
        if (!(error instanceof SourceDescriptionError)) throw error
        return sendProblem(reply, { code: 'source_invalid', detail: error.message })
      }
      const added = await store.run('addSource', { actor: OPERATOR, source })
      return added === null ? sendProblem(reply, { code: 'source_exists' }) : reply.code(201).send(added)
    },
  )
  app.patch(
    '/sources/:sourceId',
    {
      schema: {
        ...operation(
          'changeSource',
          'Enables or disables a source, or changes its place and price',
          { of: 'Source' },
          404,
        ),
        params: SourceParams,
        body: SourceChange,
      },
    },
    async (request, reply) => {
      const { sourceId } = request.params
      const changed = await store.run('changeSource', { actor: OPERATOR, sourceId, set: request.body })
      if (changed === null) return unknown(reply)
      await sources.reload()
      return changed
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
        body: Question,
      },
    },
    async (request, reply) => {
      const subject = subjectOf(request.body, services)
      if (typeof subject === 'string') return sendProblem(reply, { code: subject })
      const { sourceId } = request.params
      const callId = newCallId(services.now())
      await store.run('record', { actor: OPERATOR, action: 'source.test', object: sourceId, accountId: null })
      const answer = await sources.test(sourceId, subject, callId)
      if (answer === null) return unknown(reply)
      return {
        callId,
        verdict: answer.kind === 'verdict' ? answer.verdict : null,
        reason: answer.kind === 'verdict' ? null : answer.reason,
        elapsedMs: Math.round(reply.elapsedTime * 1_000) / 1_000,
      }
    },
  )
}
