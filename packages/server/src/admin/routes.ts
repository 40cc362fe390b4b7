import { timingSafeEqual } from 'node:crypto'
import type { FastifyError, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { BodyError, problemOf, sendProblem } from '../http-problem.js'
import type { Services } from '../services.js'
import { parseStrictJson } from '../strict-json.js'
import { accountRoutes } from './accounts.js'
import { applicationRoutes } from './applications.js'
import { credentialRoutes } from './credentials.js'
import { planRoutes } from './plans.js'
import { regionRoutes } from './regions.js'
import { rosterRoutes } from './roster.js'
import { NAMED } from './schemas.js'
import { settingRoutes } from './settings.js'
import { siteSettingRoutes } from './site.js'
import { sourceRoutes } from './sources.js'

/** `/admin/v1`: the operator's API behind the commands and the console. Nothing below it is reached without the operator's token. */
export const adminRoutes: FastifyPluginAsync<{ services: Services }> = async (app, { services }) => {
  for (const schema of NAMED) app.addSchema(schema)
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    const parsed = parseStrictJson(body as Buffer)
    if (parsed.ok) done(null, parsed.value)
    else done(new BodyError(parsed))
  })
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error as FastifyError)
    if (problem !== null) return sendProblem(reply, problem)
    const route = request.routeOptions.url ?? ''
    services.log.error('a request met a fault', error, { requestId: request.id, route })
    return sendProblem(reply, { code: 'fault' })
  })
  // Also what is not there is told to the operator only.
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, { code: 'path_unknown' }))
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (isOperator(request, services.operatorToken)) return undefined
    reply.header('www-authenticate', 'Bearer realm="heyan admin"')
    return sendProblem(reply, { code: 'operator_unproven' })
  })

  for (const routes of [
    accountRoutes,
    applicationRoutes,
    credentialRoutes,
    planRoutes,
    sourceRoutes,
    rosterRoutes,
    regionRoutes,
    settingRoutes,
    siteSettingRoutes,
  ]) {
    await app.register(routes, { services })
  }
}

function isOperator(request: FastifyRequest, token: string): boolean {
  const given = Buffer.from(/^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '')
  const expected = Buffer.from(token)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
