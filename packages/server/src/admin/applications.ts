import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ApplicationRow, LotReport, Policies as StoredPolicies } from '@heyan/store'
import type { FastifyReply } from 'fastify'
import { isAddressBlock } from '../allow-list.js'
import { sendProblem } from '../http-problem.js'
import type { Services } from '../services.js'
import { OPERATOR, operation } from './operation.js'
import { ApplicationChange, AppParams, ConsentQuery, Grant, LIST_MAX, NewApplication, PolicyChange } from './schemas.js'

const DEFAULT_DAYS = 365
const CONSENTS_DEFAULT = 100

/** The programs that call: what they are, what they may, and what their account has left. */
export const applicationRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { store, usage } = services
  const unknown = (reply: FastifyReply) => sendProblem(reply, { code: 'application_unknown' })

  app.post(
    '/applications',
    {
      schema: {
        ...operation(
          'createApplication',
          'An application with its credentials, and an account where none is named',
          { status: 201, of: 'CreatedApplication' },
          404,
        ),
        body: NewApplication,
      },
    },
    async (request, reply) => {
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
      return created === 'account_unknown' ? sendProblem(reply, { code: created }) : reply.code(201).send(created)
    },
  )
  app.get(
    '/applications',
    {
      schema: operation('listApplications', 'The applications there are', {
        of: 'Application',
        listedAs: 'applications',
      }),
    },
    async () => ({ applications: (await store.run('listApplications', LIST_MAX)).map(shown) }),
  )
  app.get(
    '/applications/:appId',
    { schema: { ...operation('readApplication', 'One application', { of: 'Application' }, 404), params: AppParams } },
    async (request, reply) => {
      const found = await store.run('findApplication', request.params.appId)
      return found === null ? unknown(reply) : shown(found)
    },
  )
  app.patch(
    '/applications/:appId',
    {
      schema: {
        ...operation('changeApplication', 'What an application may', { of: 'Application' }, 404),
        params: AppParams,
        body: ApplicationChange,
      },
    },
    async (request, reply) => {
      const { allowList, queryCodeAllowed, signatureEchoFull, ...set } = request.body
      const wrong = allowList?.findIndex((block) => !isAddressBlock(block)) ?? -1
      if (wrong >= 0) {
        const detail = `allowList: not an address or a CIDR block: ${allowList?.[wrong]}`
        return sendProblem(reply, { code: 'field_invalid', detail, pointer: `/allowList/${wrong}` })
      }
      const changed = await store.run('changeApplication', {
        actor: OPERATOR,
        appId: request.params.appId,
        set: {
          ...only(set, { name: 'name', status: 'status', mode: 'mode', fields: 'fields' }),
          ...only(set, { ratePerSecond: 'rate_per_second', capTotal: 'cap_total', capDaily: 'cap_daily' }),
          ...only(set, { platformAlgorithm: 'platform_algorithm' }),
          ...(allowList === undefined ? {} : { allow_list: allowList }),
          ...(queryCodeAllowed === undefined ? {} : { is_query_code_allowed: flag(queryCodeAllowed) }),
          ...(signatureEchoFull === undefined ? {} : { is_signature_echo_full: flag(signatureEchoFull) }),
        },
      })
      return changed === null ? unknown(reply) : shown(changed)
    },
  )
  app.get(
    '/applications/:appId/policies',
    {
      schema: {
        ...operation('readPolicies', 'What was decided for one application', { of: 'Policies' }, 404),
        params: AppParams,
      },
    },
    async (request, reply) => {
      const { appId } = request.params
      if ((await store.run('findApplication', appId)) === null) return unknown(reply)
      return shownPolicies(await store.run('readOwnPolicies', { appId }))
    },
  )
  app.patch(
    '/applications/:appId/policies',
    {
      schema: {
        ...operation('changePolicies', 'Decides for one application', { of: 'Policies' }, 404),
        params: AppParams,
        body: PolicyChange,
      },
    },
    async (request, reply) => {
      const { appId } = request.params
      const changed = await store.run('changePolicies', { actor: OPERATOR, appId, set: policiesOf(request.body) })
      return changed === null ? unknown(reply) : shownPolicies(changed)
    },
  )
  app.get(
    '/applications/:appId/consents',
    {
      schema: {
        ...operation(
          'listConsents',
          'Which consents were named for its calls, the newest first',
          { of: 'Consent', listedAs: 'consents' },
          404,
        ),
        params: AppParams,
        querystring: ConsentQuery,
      },
    },
    async (request, reply) => {
      const { appId } = request.params
      const { limit, before = null } = request.query
      const found = await store.run('findApplication', appId)
      if (found === null) return unknown(reply)
      const query = { accountId: found.account_id, appId, limit: Number(limit ?? CONSENTS_DEFAULT), before }
      return { consents: await store.run('listConsents', query) }
    },
  )
  app.get(
    '/applications/:appId/lots',
    {
      schema: {
        ...operation('listLots', "What the application's account bought", { of: 'Lot', listedAs: 'lots' }, 404),
        params: AppParams,
      },
    },
    async (request, reply) => {
      const found = await store.run('findApplication', request.params.appId)
      if (found === null) return unknown(reply)
      return { lots: (await store.run('listLots', { accountId: found.account_id })).map(shownLot) }
    },
  )
  app.post(
    '/applications/:appId/lots',
    {
      schema: {
        ...operation('grant', "Calls for the application's account", { status: 201, of: 'GrantedLot' }, 404),
        params: AppParams,
        body: Grant,
      },
    },
    async (request, reply) => {
      const { calls, days, freeNoRecord } = request.body
      const granted = await store.run('grantToApplication', {
        actor: OPERATOR,
        appId: request.params.appId,
        calls,
        validDays: days ?? DEFAULT_DAYS,
        isNoRecordFree: freeNoRecord ?? false,
        orderRef: null,
      })
      return granted === null ? unknown(reply) : reply.code(201).send(granted)
    },
  )
  app.get(
    '/applications/:appId/usage',
    {
      schema: {
        ...operation('readApplicationUsage', 'What its account has, and what it used', { of: 'Usage' }, 404),
        params: AppParams,
      },
    },
    async (request, reply) => {
      await usage.flush()
      return (await store.run('readUsage', request.params.appId)) ?? unknown(reply)
    },
  )
}

function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0
}

/** The given fields that are there, under the names of the store. */
function only<Body extends object, Names extends Partial<Record<keyof Body, string>>>(body: Body, names: Names) {
  const entries = Object.entries(names).flatMap(([from, to]) => {
    const value = body[from as keyof Body]
    return value === undefined ? [] : [[to as string, value]]
  })
  return Object.fromEntries(entries) as {
    [K in keyof Names & keyof Body as Names[K] & string]?: Exclude<Body[K], undefined>
  }
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

export function shownLot({ isNoRecordFree: freeNoRecord, ...lot }: LotReport) {
  return { ...lot, freeNoRecord }
}

interface PolicyBody {
  readonly consent?: StoredPolicies['consent'] | null
  readonly freeNoRecord?: boolean | null
}

export function policiesOf({ consent, freeNoRecord }: PolicyBody) {
  return {
    ...(consent === undefined ? {} : { consent }),
    ...(freeNoRecord === undefined ? {} : { isNoRecordFree: freeNoRecord }),
  }
}

export function shownPolicies({ consent, isNoRecordFree }: Partial<StoredPolicies>) {
  return {
    ...(consent === undefined ? {} : { consent }),
    ...(isNoRecordFree === undefined ? {} : { freeNoRecord: isNoRecordFree }),
  }
}
