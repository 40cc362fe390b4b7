import { randomBytes } from 'node:crypto'
import fastifyStatic from '@fastify/static'
import { SITE_PATH } from '@heyan/contract'
import type { FastifyPluginAsync } from 'fastify'
import type { Services } from '../services.js'
import { type BuiltPages, readBuiltPages } from './built-pages.js'
import { CachedDocument } from './documents.js'
import { type Language, plainPage, withPlainPage } from './plain-page.js'
import { PUBLIC_HEADERS, REFERENCE_HEADERS, styledHeaders, TEXT_HEADERS } from './policies.js'
import { readSiteInfo } from './site-info.js'

/** Pages that need nothing but files. */
const PUBLIC_PATHS = ['/', '/debug', '/for-colleagues', '/docs', '/docs/*'] as const
/** Pages with Ant Design. */
const STYLED_PATHS = ['/workbench', '/workbench/*'] as const
const REFERENCE_PATH = '/reference'
const LLMS_PATH = '/llms.txt'

const NONCE_BYTES = 16
/** Names of assets change with their content. */
const ASSETS_MAX_AGE = '365d'

interface Query {
  readonly Querystring: { readonly lang?: string | string[] }
}

/** `/` and what belongs to it: the pages that the web package builds, and what they show. */
export const siteRoutes: FastifyPluginAsync<{ services: Services; address: () => string }> = async (
  app,
  { services, address },
) => {
  const built = readBuiltPages()
  if (built === null)
    services.log.warn('the pages are not built: npm start builds them; there are plain ones meanwhile')

  app.get(SITE_PATH, async (_request, reply) =>
    reply
      .headers({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
      .send(await readSiteInfo(services, address())),
  )

  const documents = new Map<Language, CachedDocument>()
  const document = (language: Language) => {
    const known = documents.get(language) ?? new CachedDocument(pageIn(built, language, address()), PUBLIC_HEADERS)
    documents.set(language, known)
    return known
  }
  // Documents are there as Markdown too, beside the pages of the same names.
  const texts = new Map([...(built?.texts ?? [])].map(([path, text]) => [path, new CachedDocument(text, TEXT_HEADERS)]))
  for (const path of PUBLIC_PATHS)
    app.get<Query>(path, (request, reply) => {
      const text = texts.get(request.url.split('?', 1)[0] ?? '')
      return (text ?? document(languageOf(request.query))).send(request, reply)
    })
  for (const path of STYLED_PATHS)
    app.get<Query>(path, async (request, reply) => {
      const nonce = randomBytes(NONCE_BYTES).toString('base64')
      const page = pageIn(built, languageOf(request.query), address())
      return reply
        .headers({ ...styledHeaders(nonce), 'cache-control': 'no-store' })
        .send(page.replace('</head>', `<meta name="csp-nonce" nonce="${nonce}"></head>`))
    })
  const reference = built === null ? null : new CachedDocument(built.reference, REFERENCE_HEADERS)
  app.get(REFERENCE_PATH, (request, reply) => (reference ?? document('zh')).send(request, reply))
  if (built === null) return
  app.get(LLMS_PATH, (request, reply) => (texts.get(LLMS_PATH) ?? document('zh')).send(request, reply))
  await app.register(fastifyStatic, {
    root: built.assets,
    prefix: '/assets/',
    preCompressed: true,
    immutable: true,
    maxAge: ASSETS_MAX_AGE,
    index: false,
    decorateReply: false,
    setHeaders: (reply) => reply.header('x-content-type-options', 'nosniff'),
  })
}

function pageIn(built: BuiltPages | null, language: Language, address: string): string {
  return built === null ? plainPage(language, address) : withPlainPage(built.index, language, address)
}

function languageOf({ lang }: Query['Querystring']): Language {
  return lang === 'en' ? 'en' : 'zh'
}
