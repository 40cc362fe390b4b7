import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { SiteSettings } from '@heyan/store'
import type { Services } from '../services.js'
import { ORDER_URL_PREFIX, operatorFacts } from '../site-facts.js'
import { OPERATOR, operation } from './operation.js'
import { SiteChange } from './schemas.js'

/** What the pages say of the operator, and where plans are ordered. */
export const siteSettingRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { store } = services
  app.get('/site', { schema: operation('readSite', 'What the pages say of the operator', { of: 'Site' }) }, async () =>
    shown(await store.run('readSite', undefined)),
  )
  app.patch(
    '/site',
    {
      schema: {
        ...operation('changeSite', 'Decides what the pages say of the operator', { of: 'Site' }),
        body: SiteChange,
      },
    },
    async (request) => {
      const { orderUrls = {}, ...facts } = request.body
      const links = Object.entries(orderUrls).map(([planId, url]) => [ORDER_URL_PREFIX + planId, url || null])
      const set = { ...facts, ...Object.fromEntries(links) }
      return shown(await store.run('changeSite', { actor: OPERATOR, set }))
    },
  )
}

function shown(settings: SiteSettings) {
  const links = Object.entries(settings).filter(([name]) => name.startsWith(ORDER_URL_PREFIX))
  return {
    ...operatorFacts(settings),
    orderUrls: Object.fromEntries(links.map(([name, url]) => [name.slice(ORDER_URL_PREFIX.length), url])),
  }
}
