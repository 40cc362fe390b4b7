import type { FastifyPluginAsync } from 'fastify'
import { sendProblem } from '../http-problem.js'
import type { Services } from '../services.js'
import { operation } from './operation.js'

/** A table of every code with its whole history is a quarter of this. */
const TABLE_MAX_BYTES = 4 * 1024 * 1024

/** The divisions in use. Registered where the operator's token has been seen to. */
export const regionRoutes: FastifyPluginAsync<{ services: Services }> = async (app, { services }) => {
  const { regions, store } = services
  app.addContentTypeParser('text/csv', { parseAs: 'string', bodyLimit: TABLE_MAX_BYTES }, (_request, body, done) =>
    done(null, body),
  )

  app.get(
    '/regions',
    {
      schema: operation('countRegions', 'Records of the table of divisions in use that are the operator’s', {
        of: 'RegionCount',
      }),
    },
    async () => ({ records: regions.records }),
  )

  app.put(
    '/regions',
    {
      schema: operation(
        'replaceRegions',
        'A table of divisions over the built-in one, as CSV',
        { of: 'RegionCount' },
        422,
      ),
      bodyLimit: TABLE_MAX_BYTES,
    },
    async (request, reply) => {
      const text = typeof request.body === 'string' ? request.body.replace(/^\uFEFF/, '') : ''
      const problem = regions.replace(text)
      if (problem !== null) {
        const detail = `line ${problem.line}: ${problem.reason}`
        return sendProblem(reply, {
          status: 422,
          code: 'region_table_invalid',
          title: 'The table cannot be taken.',
          detail,
        })
      }
      const after = { records: regions.records }
      await store.run('record', {
        actor: 'operator',
        action: 'regions.replace',
        object: 'regions',
        accountId: null,
        after,
      })
      return after
    },
  )

  app.delete(
    '/regions',
    { schema: operation('resetRegions', 'Back to the built-in table alone', { of: 'RegionCount' }) },
    async () => {
      regions.reset()
      await store.run('record', { actor: 'operator', action: 'regions.reset', object: 'regions', accountId: null })
      return { records: 0 }
    },
  )
}
