import fastifySwagger from '@fastify/swagger'
import { HTTP_PROBLEMS, PROBLEMS_PATH } from '@heyan/contract'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../problem-schema.js'
import { doorPaths, doorSchemas } from './doors.js'
import { problemsPage } from './problems-page.js'

const VERSION = '1.0.0'
const DESCRIPTION = `Whether a real name and an identity number belong together, over three doors that answer alike.

A verification ends in a verdict, which is charged, or in a problem, which is free. The market door and the platform door
answer a problem with the status 666, which OpenAPI has no key for: it is described under \`default\`, with \`x-http-status: 666\`.`

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route, as the router was told. */
    readonly routes: readonly RouteEntry[]
  }
}

export interface RouteEntry {
  readonly method: string
  readonly url: string
}

/** Gathers what the routes say of themselves; registered before any of them. */
export async function describeRoutes(app: FastifyInstance, base: () => string): Promise<void> {
  const routes: RouteEntry[] = []
  app.decorate('routes', routes)
  app.addSchema(Problem)
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of Array.isArray(method) ? method : [method]) routes.push({ method: each, url })
  })
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Heyan 核验',
        version: VERSION,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'market', description: 'The protocol of the marketplace: `/idcard`.' },
        { name: 'platform', description: "The protocol of a supplier's own platform: `/open/idcard`." },
        { name: 'v1', description: 'JSON and standard statuses.' },
        { name: 'batches', description: 'Sheets of people, verified row by row.' },
        { name: 'admin', description: "The operator's API." },
        { name: 'service', description: 'The process itself.' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An AppCode.' },
          signature: {
            type: 'apiKey',
            in: 'header',
            name: 'X-Ca-Key',
            description: 'An AppKey; with X-Ca-Signature, X-Ca-Timestamp and X-Ca-Nonce.',
          },
          appCode: {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description: '`APPCODE` and the code.',
          },
          sign: { type: 'apiKey', in: 'query', name: 'sign', description: 'With appid and sendtime.' },
          operator: { type: 'http', scheme: 'bearer', description: "The operator's token." },
        },
      },
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, index) => String(schema.$id ?? `schema-${index}`) },
    // A route that says nothing of itself is a page, or is described in doors.ts.
    transform: ({ schema, url }) => ({
      schema: schema?.operationId === undefined ? { ...schema, hide: true } : schema,
      url,
    }),
    transformObject: (document) => {
      const { openapiObject } = document as { openapiObject: OpenApi }
      return {
        ...openapiObject,
        servers: [{ url: base() }],
        paths: { ...doorPaths, ...openapiObject.paths },
        components: {
          ...openapiObject.components,
          schemas: { ...doorSchemas, ...openapiObject.components?.schemas },
        },
      } as never
    },
  })
}

interface OpenApi {
  readonly paths?: Readonly<Record<string, unknown>>
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> }
}

/** The description itself, and the catalogue that problems refer to. */
export async function documentRoutes(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').send(app.swagger()))
  app.get(PROBLEMS_PATH, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(problemsPage(HTTP_PROBLEMS)),
  )
}
