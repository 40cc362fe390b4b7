import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  axeFinds,
  clipboardOf,
  DESKTOP,
  expectNoSidewaysScroll,
  HAS_CHROMIUM,
  openBrowser,
  openTab,
  PHONE,
  picture,
} from './browser.js'
import { newFolder, type Server, serve } from './processes.js'

const LANGUAGES = ['zh', 'en'] as const
type Language = (typeof LANGUAGES)[number]
const { groups } = JSON.parse(readFileSync(new URL('../docs/site/contents.json', import.meta.url), 'utf8')) as {
  groups: { pages: string[] }[]
}
const SLUGS = groups.flatMap(({ pages }) => pages)
const PATHS = ['/docs', ...SLUGS.map((slug) => `/docs/${slug}`)]
/** In the second language axe looks at one page of each kind: the same parts make all of them. */
const RICH = ['/docs', '/docs/errors', '/docs/samples']
const IDS_AND_LINKS =
  "[[...document.querySelectorAll('[id]')].map(({ id }) => id), [...document.querySelectorAll('main a')].map(({ href }) => href)]"
const LOOK_MAX_MS = 120_000

let server: Server
beforeAll(async () => {
  server = await serve(newFolder())
})
afterAll(() => server.stop())

test('llms.txt names every document, and each is there as Markdown', async () => {
  const text = await (await fetch(`${server.url}/llms.txt`)).text()
  const named = [...text.matchAll(/\]\((\/[^)]+)\)/g)].map(([, path = '']) => path)
  expect(named).toEqual(expect.arrayContaining(SLUGS.map((slug) => `/docs/en/${slug}.md`)))
  for (const path of named) {
    const answer = await fetch(`${server.url}${path}`)
    const body = await answer.text()
    expect([path, answer.status, body.includes('{{'), body.includes('<!--')]).toEqual([
      path,
      200,
      false,
      path === '/problems' && body.includes('<!--'),
    ])
    if (path.endsWith('.md')) expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  }
})

describe.skipIf(!HAS_CHROMIUM)('the documents (skipped where there is no Chromium)', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  const open = async (page: Page, path: string, language: Language) => {
    await page.goto(`${server.url}${path}${path.includes('?') ? '&' : '?'}lang=${language}`)
    await settled(page)
  }

  test.each(LANGUAGES)(
    'in %s: every page complains of nothing, can be used by everybody, fits a phone, and links to what is there',
    async (language) => {
      const { page, complaints } = await openTab(browser)
      const anchors = new Map<string, Set<string>>()
      const links: (readonly [from: string, to: URL])[] = []
      for (const path of PATHS) {
        await page.setViewportSize(DESKTOP)
        await open(page, path, language)
        if (language === 'zh' || RICH.includes(path)) expect([path, await axeFinds(page)]).toEqual([path, []])
        const [ids, hrefs] = (await page.evaluate(IDS_AND_LINKS)) as [string[], string[]]
        anchors.set(path, new Set(ids))
        links.push(...hrefs.map((href) => [path, new URL(href)] as const))
        await picture(page, `docs-${nameOf(path)}-${language}`)
        await page.setViewportSize(PHONE)
        await expectNoSidewaysScroll(page)
        await picture(page, `docs-${nameOf(path)}-${language}-phone`)
      }
      expect(complaints).toEqual([])
      await page.context().close()

      expect(links.length).toBeGreaterThan(PATHS.length)
      const elsewhere = new Set(links.map(([, to]) => to.pathname).filter((path) => !anchors.has(path)))
      const statuses = new Map<string, number>()
      for (const path of elsewhere) statuses.set(path, (await fetch(server.url + path)).status)
      const isDead = ({ origin, pathname, hash }: URL) => {
        const known = anchors.get(pathname)
        if (origin !== server.url) return true
        if (known !== undefined) return hash !== '' && !known.has(decodeURIComponent(hash.slice(1)))
        // Whatever is asked for under /docs is a page of React's, which may find nothing to show.
        return statuses.get(pathname) !== 200 || /^\/docs\/[^.]*$/.test(pathname)
      }
      expect(links.filter(([, to]) => isDead(to)).map(([from, to]) => `${from}: ${to.href}`)).toEqual([])
    },
    LOOK_MAX_MS,
  )

  test('code is copied as it is shown, with the address of this installation', async () => {
    const { page, complaints } = await openTab(browser)
    await open(page, '/docs/quick-start', 'zh')
    await page.getByRole('button', { name: '复制' }).first().click()
    await page.getByRole('button', { name: '已复制' }).waitFor()
    const copied = String(await clipboardOf(page))
    expect(copied).toContain(`${server.url}/idcard`)
    expect(copied).not.toContain('127.0.0.1:8080')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('samples change with their tabs, by arrow keys too', async () => {
    const { page } = await openTab(browser)
    await open(page, '/docs/samples', 'zh')
    const tabs = page.getByRole('tablist').first()
    const panel = page.getByRole('tabpanel').first()
    await tabs.getByRole('tab', { name: 'Java' }).click()
    await panel.getByText('AppCode.java').first().waitFor()
    await page.keyboard.press('ArrowRight')
    await panel.getByText('AppCode.cs').first().waitFor()
    expect(await tabs.getByRole('tab', { selected: true }).textContent()).toBe('C#')
    await page.keyboard.press('End')
    await panel.getByText('appcode.go').first().waitFor()
    await panel.getByRole('button', { name: '复制' }).click()
    await panel.getByRole('button', { name: '已复制' }).waitFor()
    const file = readFileSync(new URL('../docs/samples/appcode.go', import.meta.url), 'utf8')
    expect(await clipboardOf(page)).toBe(file.replaceAll('http://127.0.0.1:8080', server.url))
    await page.context().close()
  })

  test('the search is used without a mouse: / goes to it, arrows choose, Enter opens, Escape leaves', async () => {
    const { page, complaints } = await openTab(browser)
    await open(page, '/docs', 'zh')
    await page.keyboard.press('/')
    const field = page.getByRole('combobox', { name: '搜索文档' })
    expect(await page.evaluate("document.activeElement.getAttribute('role')")).toBe('combobox')
    await page.keyboard.type('查无记录')
    const options = page.getByRole('option')
    await options.first().waitFor()
    expect(await axeFinds(page)).toEqual([])
    await picture(page, 'docs-search-zh')
    await page.keyboard.press('ArrowDown')
    expect(await options.nth(1).getAttribute('aria-selected')).toBe('true')
    expect(await field.getAttribute('aria-activedescendant')).toBe(await options.nth(1).getAttribute('id'))
    await page.keyboard.press('Escape')
    expect(await options.count()).toBe(0)

    await field.fill('幂等')
    await options.first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/docs\/[a-z-]+/)
    await settled(page)

    await field.fill('没有的词语')
    await page.getByText('没有找到').last().waitFor()
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('the search finds what people call things, in both languages', async () => {
    const { page } = await openTab(browser)
    for (const [language, question, slug] of [
      ['zh', '超时', 'best-practice'],
      ['zh', 'X-Ca-Nonce', 'authentication'],
      ['zh', '36020319', 'faq'],
      ['en', 'idempotency', 'charging'],
      ['en', 'mask', 'masks'],
    ] as const) {
      const source = readFileSync(new URL(`../docs/site/${language}/${slug}.md`, import.meta.url), 'utf8')
      const title = (source.split('\n', 1)[0] ?? '').replace('# ', '')
      await open(page, '/docs', language)
      await page.getByRole('combobox').fill(question)
      await page.getByRole('option').filter({ hasText: title }).first().waitFor()
    }
    await page.context().close()
  })

  test('a language chosen on a page is that of the next, and the address after # is gone to', async () => {
    const { page } = await openTab(browser, PHONE)
    await open(page, '/docs/faq', 'zh')
    await page.getByRole('link', { name: 'English' }).click()
    await page.getByRole('heading', { level: 1, name: 'Questions and answers' }).waitFor()
    await page.getByText('Contents').first().click()
    await page.getByRole('link', { name: 'Charging' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Charging' }).waitFor()
    await page.goto(`${server.url}/docs/faq#are-verdicts-cached`)
    await settled(page)
    await expect
      .poll(async () => (await page.locator('#are-verdicts-cached').boundingBox())?.y)
      .toBeLessThan(PHONE.height)
    await page.context().close()
  })
})

const nameOf = (path: string) => path.slice('/docs/'.length) || 'overview'

/** The page itself has come, and what it loads. */
async function settled(page: Page): Promise<void> {
  await page.locator('main h1').waitFor()
  await expect.poll(() => page.locator('.docs-waiting').count()).toBe(0)
}
