import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { newCallId } from '@heyan/store'
import { sendProblem } from '../http-problem.js'
import { ROSTER_MAX_BYTES, ROSTER_TIMEOUT_MS, VERIFY_BUDGET_MS } from '../limits.js'
import type { Services } from '../services.js'
import { OPERATOR, operation } from './operation.js'
import { subjectOf } from './question.js'
import { EditionParams, Question, RosterQuery } from './schemas.js'

/** The organisation's own list, and a question from the operator's side of the house. */
export const rosterRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { store, roster, rosterEditions } = services

  app.get(
    '/roster',
    { schema: operation('countRoster', 'How many people the list holds', { of: 'RosterCount' }) },
    async () => ({
      count: roster.count(),
      generation: roster.state()?.generation ?? null,
      unfinished: roster.unfinished(),
    }),
  )

  /** For the other nodes: digests that say nothing without the key, and a key check. */
  app.get(
    '/roster/editions/:generation',
    {
      schema: {
        ...operation('readEdition', "The file of the list that serves, for another node's own", {}, 404),
        params: EditionParams,
      },
    },
    async (request, reply) => {
      const path = roster.editionPath(request.params.generation)
      if (path === null) return sendProblem(reply, { code: 'path_unknown' })
      return reply.type('application/octet-stream').send(createReadStream(path))
    },
  )

  app.delete(
    '/roster/unfinished',
    { schema: operation('forgetImport', 'Throws away what an interrupted import has left', { status: 204 }) },
    async (_request, reply) => {
      await roster.forgetUnfinished()
      return reply.code(204).send(null)
    },
  )

  /** One line of JSON a step while the list is read, and a last one with the result: a long import shows how far it is. */
  app.put(
    '/roster',
    {
      schema: {
        ...operation('replaceRoster', 'A new list in the place of the old one; progress comes as lines of JSON', {}),
        querystring: RosterQuery,
      },
      bodyLimit: ROSTER_MAX_BYTES,
    },
    async (request, reply) => {
      request.raw.socket.setTimeout(ROSTER_TIMEOUT_MS)
      const abort = new AbortController()
      request.raw.once('close', () => {
        if (!request.raw.complete) abort.abort()
      })
      const lines = new Readable({ read: () => undefined })
      const say = (line: object) => lines.push(`${JSON.stringify(line)}\n`)
      const { nameColumn, numberColumn, id, from } = request.query
      roster
        .import(request.raw, {
          ...(nameColumn === undefined ? {} : { nameColumn }),
          ...(numberColumn === undefined ? {} : { numberColumn }),
          ...(id === undefined ? {} : { id }),
          ...(from === undefined ? {} : { from: Number(from) }),
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
            await rosterEditions
              .sync(OPERATOR)
              .catch((error) => services.log.error('the other nodes could not be told of the roster', error))
          }
          say({ outcome })
        })
        .catch((error) => {
          services.log.error('a roster could not be imported', error)
          say({ fault: 'the roster could not be imported; the old one goes on serving' })
        })
        .finally(() => lines.push(null))
      return reply.type('application/x-ndjson').send(lines)
    },
  )

  /** The operator asks the sources directly; nobody is charged, and the audit log keeps that it was done. */
  app.post(
    '/verifications',
    {
      schema: {
        ...operation(
          'askSources',
          'One verification that nobody is charged for',
          { of: 'OperatorVerification' },
          422,
          503,
        ),
        body: Question,
      },
    },
    async (request, reply) => {
      const subject = subjectOf(request.body, services)
      if (typeof subject === 'string') return sendProblem(reply, { code: subject })
      const callId = newCallId(services.now())
      await store.run('record', { actor: OPERATOR, action: 'verification.ask', object: callId, accountId: null })
      const deadlineMs = performance.now() + VERIFY_BUDGET_MS
      const answer = await services.source.ask(subject, { callId, deadlineMs })
      if (answer.kind === 'unavailable') return sendProblem(reply, { code: 'source_unavailable' })
      return { id: callId, verdict: answer.verdict, charged: false as const }
    },
  )
}
