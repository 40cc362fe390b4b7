import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { sendProblem } from '../http-problem.js'
import type { Services } from '../services.js'
import { shownLot } from './applications.js'
import { OPERATOR, operation } from './operation.js'
import { AccountChange, AccountParams, ListQuery, NewAccount, Subscription } from './schemas.js'

const LIST_DEFAULT = 100

/** Who pays: accounts, and what they bought. */
export const accountRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { store } = services
  const unknown = (reply: FastifyReply) => sendProblem(reply, { code: 'account_unknown' })

  app.get(
    '/accounts',
    {
      schema: {
        ...operation('listAccounts', 'Accounts, by id', { of: 'Account', listedAs: 'accounts' }),
        querystring: ListQuery,
      },
    },
    async ({ query: { limit, after } }) => ({
      accounts: await store.run('listAccounts', { limit: Number(limit ?? LIST_DEFAULT), after: after ?? null }),
    }),
  )
  app.post(
    '/accounts',
    {
      schema: {
        ...operation('createAccount', 'An account without applications', { status: 201, of: 'Account' }),
        body: NewAccount,
      },
    },
    async (request, reply) =>
      reply.code(201).send(await store.run('createAccount', { actor: OPERATOR, name: request.body.name })),
  )
  app.get(
    '/accounts/:accountId',
    { schema: { ...operation('readAccount', 'One account', { of: 'Account' }, 404), params: AccountParams } },
    async (request, reply) => (await store.run('findAccount', request.params.accountId)) ?? unknown(reply),
  )
  app.patch(
    '/accounts/:accountId',
    {
      schema: {
        ...operation('changeAccount', 'Names, suspends or resumes an account', { of: 'Account' }, 404),
        params: AccountParams,
        body: AccountChange,
      },
    },
    async (request, reply) => {
      const { accountId } = request.params
      return (await store.run('changeAccount', { actor: OPERATOR, accountId, set: request.body })) ?? unknown(reply)
    },
  )
  app.get(
    '/accounts/:accountId/lots',
    {
      schema: {
        ...operation('listAccountLots', 'What an account bought', { of: 'Lot', listedAs: 'lots' }, 404),
        params: AccountParams,
      },
    },
    async (request, reply) => {
      const { accountId } = request.params
      if ((await store.run('findAccount', accountId)) === null) return unknown(reply)
      return { lots: (await store.run('listLots', { accountId })).map(shownLot) }
    },
  )
  app.post(
    '/accounts/:accountId/subscriptions',
    {
      schema: {
        ...operation('subscribe', 'A plan for an account', { status: 201, of: 'GrantedLot' }, 404, 409),
        params: AccountParams,
        body: Subscription,
      },
    },
    async (request, reply) => {
      const { planId, orderRef = null } = request.body
      const { accountId } = request.params
      const granted = await store.run('subscribe', { actor: OPERATOR, accountId, planId, orderRef })
      return typeof granted === 'string' ? sendProblem(reply, { code: granted }) : reply.code(201).send(granted)
    },
  )
}
