import { DEFAULT_OPERATOR_FACTS, type SiteInfo } from '@heyan/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestServer } from '../testing/server.js'

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server.close())

const readSite = async () => JSON.parse((await server.ask('/site.json')).text) as SiteInfo

describe('what the pages show of the installation', () => {
  test('are the plans on sale, with their labels, and defaults for what nobody decided', async () => {
    const { plans, operator, samples } = await readSite()
    expect(plans.map(({ label, priceFen, calls }) => [label, priceFen, calls])).toEqual([
      ['免费试用', 0, 20],
      ['2元尝鲜', 200, 50],
      ['100元2500次-4分/次', 10_000, 2_500],
      ['720元20000次-3.6分/次', 72_000, 20_000],
      ['3300元100000次-3.3分/次', 330_000, 100_000],
    ])
    expect(operator).toEqual(DEFAULT_OPERATOR_FACTS)
    expect(samples.sandbox.map(({ ending }) => ending)).toContain('silence')
  })

  test('is what the operator decides, until it is taken back; what is withdrawn from sale is not there', async () => {
    const [first] = (await readSite()).plans
    const id = first?.id ?? ''
    const orderUrls = { [id]: 'https://shop.example.com/1' }
    const changed = await server.operate('PATCH', '/site', {
      operatorName: '某某科技',
      hotline: '400-000-0000',
      orderUrls,
    })
    expect(changed.json()).toMatchObject({ operatorName: '某某科技', orderUrls })
    expect((await readSite()).operator).toMatchObject({ operatorName: '某某科技', hotline: '400-000-0000' })
    expect((await readSite()).plans[0]).toMatchObject({ id, orderUrl: 'https://shop.example.com/1' })

    await server.operate('PATCH', '/site', { operatorName: null, hotline: '', orderUrls: { [id]: null } })
    expect((await readSite()).operator).toEqual(DEFAULT_OPERATOR_FACTS)
    expect((await readSite()).plans[0]?.orderUrl).toBeNull()

    await server.operate('PATCH', `/plans/${id}`, { status: 'withdrawn' })
    expect((await readSite()).plans.map(({ label }) => label)).not.toContain('免费试用')
    await server.operate('PATCH', `/plans/${id}`, { status: 'on_sale' })
  })

  test('links are of the web, and nothing else', async () => {
    for (const url of ['javascript:alert(1)', 'data:text/html,x', ' https://x.example', 'ftp://x.example']) {
      expect((await server.operate('PATCH', '/site', { buyerCentreUrl: url })).status).toBe(400)
      expect((await server.operate('PATCH', '/site', { orderUrls: { plan_1: url } })).status).toBe(400)
    }
  })
})

describe('a page', () => {
  test.each(['/', '/debug', '/docs', '/docs/quick-start', '/for-colleagues'])(
    '%s takes scripts and styles from here only, and is framed by nobody',
    async (path) => {
      const { status, headers } = await server.ask(path)
      expect(status).toBe(200)
      const policy = String(headers['content-security-policy'])
      for (const directive of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
      ])
        expect(policy.split('; ')).toContain(directive)
      expect(policy).not.toContain('unsafe')
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['x-content-type-options']).toBe('nosniff')
    },
  )

  test('with Ant Design has a nonce for its styles, another one each time; scripts have none', async () => {
    const [one, other] = [await server.ask('/workbench'), await server.ask('/workbench/batch')]
    const nonces = [one, other].map(
      ({ headers }) => /style-src 'self' 'nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1],
    )
    expect(nonces[0]).toMatch(/^[\w+/=]{24}$/)
    expect(nonces[0]).not.toBe(nonces[1])
    expect(one.headers['cache-control']).toBe('no-store')
    expect(String(one.headers['content-security-policy'])).toContain("script-src 'self';")
  })

  test('is compressed as its reader takes it, and not sent again where it did not change', async () => {
    const { url } = server
    for (const encoding of ['br', 'gzip']) {
      const answer = await fetch(url, { headers: { 'accept-encoding': encoding } })
      expect(answer.headers.get('content-encoding')).toBe(encoding)
      expect(await answer.text()).toContain('<!doctype html>')
    }
    const answer = await fetch(url, { headers: { 'accept-encoding': 'br' } })
    const again = await fetch(url, {
      headers: { 'accept-encoding': 'br', 'if-none-match': answer.headers.get('etag') ?? '' },
    })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })
})
