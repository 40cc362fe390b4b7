import { MARKET_HEADERS, V1_PREFIX } from '@heyan/contract'
import { newCallId } from '@heyan/store'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { adminRoutes } from './admin/routes.js'
import { reloadCertificates, tlsOptions } from './certificates.js'
import { answerUnknown, marketDoor } from './gateway/idcard.js'
import { answerParserError, answerWhatNodeWouldNot } from './gateway/parser-error.js'
import { acceptRawRequestLines } from './gateway/raw-request-line.js'
import { sendProblem } from './http-problem.js'
import {
  BODY_MAX_BYTES,
  CONNECTIONS_MAX,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  REQUEST_HEAD_MAX_BYTES,
  ROSTER_TIMEOUT_MS,
} from './limits.js'
import { describeRoutes, documentRoutes } from './openapi/document.js'
import { platformDoor } from './platform/door.js'
import type { Services } from './services.js'
import { siteRoutes } from './site/routes.js'
import { refuseUnclear } from './unclear-request.js'
import { batchRoutes } from './v1/batch-routes.js'
import { v1Routes } from './v1/routes.js'

/** What Node's parser is held to; never lenient, whatever the process was started with. */
const PARSING = {
  maxHeaderSize: REQUEST_HEAD_MAX_BYTES,
  headersTimeout: HEADERS_TIMEOUT_MS,
  requireHostHeader: false,
  insecureHTTPParser: false,
}

/** Every route of the process. Listening is someone else's. */
export async function buildApp(services: Services): Promise<FastifyInstance> {
  const { config, store, lifecycle, log } = services
  const app = Fastify({
    // A request's own line is written by its door: Fastify's would hold the URL, and the URL holds a person.
    logger: false,
    genReqId: () => newCallId(services.now()),
    requestIdHeader: false,
    trustProxy: typeof config.trustProxy === 'number' ? hops(config.trustProxy) : config.trustProxy,
    bodyLimit: BODY_MAX_BYTES,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // The longest upload there is; the doors bound their own bodies.
    requestTimeout: ROSTER_TIMEOUT_MS,
    // Fastify takes the one or the other, with TLS and without.
    ...(config.tls === null ? { http: PARSING } : { https: { ...tlsOptions(config.tls), ...PARSING } }),
    clientErrorHandler: (error, socket) => answerParserError(error, socket, services),
  }) as unknown as FastifyInstance
  app.server.maxConnections = CONNECTIONS_MAX
  acceptRawRequestLines(app.server, services.door)
  answerWhatNodeWouldNot(app.server, services)
  if (config.tls !== null) reloadCertificates(app, config.tls, log)

  app.setErrorHandler((error, request, reply) => {
    // Whatever is wrong with a body that nobody asked for: what counts is that its path or method is unknown.
    if (request.is404) return answerUnknown(request, reply, services)
    return answerFault(error as FastifyError, request, reply, services)
  })

  app.addHook('onRequest', refuseUnclear(services))

  // The doors that answer straight to the connection do both themselves.
  app.addHook('onSend', async (request, reply) => {
    reply.header(MARKET_HEADERS.requestId, request.id)
    const route = request.routeOptions.url ?? ''
    const ms = Math.round(reply.elapsedTime * 1000) / 1000
    log.request({ requestId: request.id, method: request.method, route, status: reply.statusCode, ms })
  })

  // Bodies are read by the faces that want one; elsewhere none is.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))

  const base = () => config.publicUrl ?? addressOf(app, config.host)
  await describeRoutes(app, base)
  await documentRoutes(app)
  await app.register(marketDoor, { services })
  await app.register(platformDoor, { services })
  await app.register(v1Routes, { prefix: V1_PREFIX, services })
  await app.register(batchRoutes, { prefix: V1_PREFIX, services })
  await app.register(adminRoutes, { prefix: '/admin/v1', services })
  await app.register(siteRoutes, { services, address: base })

  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const missing = [
      ...(store.isUsable ? [] : ['store']),
      ...(services.source.isReady() ? [] : ['source']),
      ...(lifecycle.isDraining ? ['draining'] : []),
    ]
    return reply
      .code(missing.length === 0 ? 200 : 503)
      .send(missing.length === 0 ? { status: 'ready' } : { status: 'not ready', missing })
  })
  app.setNotFoundHandler((request, reply) => answerUnknown(request, reply, services))
  return app
}

/** Believes so many proxies in front, and no more. */
function hops(count: number) {
  return (_address: string, hop: number) => hop < count
}

/** Where the server can be reached from this machine. */
export function addressOf(app: FastifyInstance, host: string): string {
  const address = app.server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const scheme = 'setSecureContext' in app.server ? 'https' : 'http'
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `${scheme}://${shown}:${port}`
}

/** What goes wrong outside the market door: a request that does not fit its schema, or a fault of ours. */
function answerFault(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  { log }: Services,
): FastifyReply {
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500) {
    const detail = error.validation?.map(({ instancePath, message, params }) => {
      const extra = 'additionalProperty' in params ? ` (${String(params.additionalProperty)})` : ''
      return `${instancePath.slice(1).replaceAll('/', '.') || 'request'}: ${message ?? 'is not valid'}${extra}`
    })
    const code = error.validation ? 'field_invalid' : 'request_invalid'
    const title = error.validation ? 'A field is not valid.' : 'The request cannot be read.'
    return sendProblem(reply, { status, code, title, ...(detail ? { detail: detail.join('; ') } : {}) })
  }
  log.error('a request met a fault', error, { requestId: request.id, route: request.routeOptions.url ?? '' })
  return sendProblem(reply, { status: 500, code: 'fault', title: 'Something is wrong on our side.' })
}
