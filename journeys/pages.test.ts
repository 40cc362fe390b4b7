import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  axeFinds,
  DESKTOP,
  expectNoSidewaysScroll,
  HAS_CHROMIUM,
  openBrowser,
  openTab,
  PHONE,
  picture,
  type Tab,
} from './browser.js'
import { greeted, heyan, newFolder, type Server, serve } from './processes.js'

const FIRST_LOAD_MAX_BYTES = 300_000
const XSS = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}'

interface Credentials {
  readonly appCode: string
  readonly appKey: string
  readonly appSecret: string
}

let server: Server
let browser: Browser
let demo: Credentials
let tab: Tab
const open: Tab[] = []

async function newTab(path: string, viewport = DESKTOP): Promise<Page> {
  tab = await openTab(browser, viewport)
  open.push(tab)
  await tab.page.goto(server.url + path)
  return tab.page
}

const json = async (...args: string[]) => JSON.parse((await heyan([...args, '--json'], server.env)).stdout)
const application = (...more: string[]): Promise<Credentials & { appId: string }> =>
  json('app', 'create', '--name', '页面', ...more)

// Skipped, aloud, where there is no Chromium: see browser.ts.
describe.skipIf(!HAS_CHROMIUM)('the pages, in a browser', () => {
  beforeAll(async () => {
    ;[server, browser] = await Promise.all([serve(newFolder()), openBrowser()])
    demo = greeted(server.output())
  })
  afterEach(async () => {
    for (const { page, complaints } of open.splice(0)) {
      expect(complaints).toEqual([])
      await page.context().close()
    }
  })
  afterAll(() => browser?.close())

  const answer = (page: Page) => page.locator('.answer-card')
  const call = async (page: Page, { appCode, name, number }: { appCode: string; name: string; number: string }) => {
    await page.getByLabel('AppCode').fill(appCode)
    await page.getByLabel('真实姓名').fill(name)
    await page.getByLabel('身份证号码').fill(number)
    await page.getByRole('button', { name: '提交' }).click()
  }

  describe('the product page', () => {
    test('says what it does, what it costs, and what is allowed; axe finds nothing', async () => {
      const page = await newTab('/')
      await page.getByRole('heading', { name: '身份证二要素核验', level: 1 }).waitFor()
      for (const label of [
        '免费试用',
        '2元尝鲜',
        '100元2500次-4分/次',
        '720元20000次-3.6分/次',
        '3300元100000次-3.3分/次',
      ])
        await page.getByRole('heading', { name: label, exact: true }).waitFor()
      for (const text of [
        '产品概述',
        '产品亮点',
        '使用须知',
        '遵守法律法规，不得用于非法或侵犯他人隐私',
        '工作日09:00-18:00',
        'Quota Exhausted',
      ])
        await page.getByText(text).first().waitFor()
      // What the operator has not said is not there.
      for (const text of ['服务热线', '买家中心', '下单链接', '量大从优'])
        expect(await page.getByText(text).count()).toBe(0)
      await page.locator('#debug').scrollIntoViewIfNeeded()
      await page.getByLabel('AppCode').waitFor()
      expect(await axeFinds(page)).toEqual([])
      await expectNoSidewaysScroll(page)
      await picture(page, 'product')
    })
  })
})
