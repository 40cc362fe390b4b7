import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Plan } from '@heyan/store'
import { sendProblem } from '../http-problem.js'
import type { Services } from '../services.js'
import { OPERATOR, operation } from './operation.js'
import { NewPlan, PlanChange, PlanParams } from './schemas.js'

const DEFAULT_DAYS = 365

/** The catalogue: what is sold. */
export const planRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { store } = services
  app.get(
    '/plans',
    { schema: operation('listPlans', 'The catalogue, withdrawn ones too', { of: 'Plan', listedAs: 'plans' }) },
    async () => ({ plans: (await store.run('listPlans', undefined)).map(shown) }),
  )
  app.post(
    '/plans',
    { schema: { ...operation('createPlan', 'One more plan', { status: 201, of: 'Plan' }), body: NewPlan } },
    async (request, reply) => {
      const { oncePerAccount = false, freeNoRecord = false, validDays = DEFAULT_DAYS, ...plan } = request.body
      const made = { ...plan, validDays, isOncePerAccount: oncePerAccount, isNoRecordFree: freeNoRecord }
      return reply.code(201).send(shown(await store.run('createPlan', { actor: OPERATOR, plan: made })))
    },
  )
  app.patch(
    '/plans/:planId',
    {
      schema: {
        ...operation('changePlan', 'Changes or withdraws what is sold from now on', { of: 'Plan' }, 404),
        params: PlanParams,
        body: PlanChange,
      },
    },
    async (request, reply) => {
      const { oncePerAccount, freeNoRecord, ...plain } = request.body
      const set = {
        ...plain,
        ...(oncePerAccount === undefined ? {} : { isOncePerAccount: oncePerAccount }),
        ...(freeNoRecord === undefined ? {} : { isNoRecordFree: freeNoRecord }),
      }
      const changed = await store.run('changePlan', { actor: OPERATOR, planId: request.params.planId, set })
      return changed === null ? sendProblem(reply, { code: 'plan_unknown' }) : shown(changed)
    },
  )
}

function shown({ isOncePerAccount: oncePerAccount, isNoRecordFree: freeNoRecord, ...plan }: Plan) {
  return { ...plan, oncePerAccount, freeNoRecord }
}
