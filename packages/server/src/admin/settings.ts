import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Services } from '../services.js'
import { policiesOf, shownPolicies } from './applications.js'
import { OPERATOR, operation } from './operation.js'
import { AuditQuery, PolicyChange } from './schemas.js'

const AUDIT_DEFAULT = 100

/** What is decided for all, and what was done. */
export const settingRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { store } = services
  app.get(
    '/settings',
    { schema: operation('readSettings', 'What was decided for all applications', { of: 'Policies' }) },
    async () => shownPolicies(await store.run('readOwnPolicies', { appId: null })),
  )
  app.patch(
    '/settings',
    {
      schema: {
        ...operation('changeSettings', 'Decides for all applications that have nothing of their own', {
          of: 'Policies',
        }),
        body: PolicyChange,
      },
    },
    async (request) => {
      const set = policiesOf(request.body)
      return shownPolicies((await store.run('changePolicies', { actor: OPERATOR, appId: null, set })) ?? {})
    },
  )
  app.get(
    '/audit-log',
    {
      schema: {
        ...operation('listAudit', 'What was done, the newest first', { of: 'AuditLine', listedAs: 'lines' }),
        querystring: AuditQuery,
      },
    },
    async ({ query: { limit, before, accountId, object } }) => ({
      lines: await store.run('listAudit', {
        limit: Number(limit ?? AUDIT_DEFAULT),
        before: before === undefined ? null : Number(before),
        accountId: accountId ?? null,
        object: object ?? null,
      }),
    }),
  )
}
