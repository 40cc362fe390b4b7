import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ANSWER_FIELDS } from '@heyan/contract'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  axeFinds,
  axeFindsSevere,
  clipboardOf,
  DESKTOP,
  expectNoSidewaysScroll,
  HAS_CHROMIUM,
  openBrowser,
  openTab,
  PHONE,
  picture,
  type Tab,
  type Viewport,
} from './browser.js'
import { greeted, heyan, newFolder, type Server, serve } from './processes.js'

const FIRST_LOAD_MAX_BYTES = 300_000
/** A browser on a machine with other things to do takes its time. */
const TEST_MAX_MS = 90_000
const XSS = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}'

interface Credentials {
  readonly appCode: string
  readonly appKey: string
  readonly appSecret: string
}

let server: Server
let browser: Browser
let demo: Credentials
const open: Tab[] = []

async function newTab(path: string, viewport: Viewport = DESKTOP): Promise<Page> {
  const page = await blankTab(viewport)
  await page.goto(server.url + path)
  return page
}

async function blankTab(viewport: Viewport = DESKTOP): Promise<Page> {
  const tab = await openTab(browser, viewport)
  open.push(tab)
  return tab.page
}

const json = async (...args: string[]) => JSON.parse((await heyan([...args, '--json'], server.env)).stdout)
const application = (...more: string[]): Promise<Credentials & { appId: string }> =>
  json('app', 'create', '--name', '页面', ...more)

/** What the commands do, in one request. */
async function operate(method: string, path: string, body: unknown): Promise<unknown> {
  const token = readFileSync(join(server.env.DATA_DIR ?? '', 'operator.token'), 'utf8').trim()
  const answered = await fetch(`${server.url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answered.ok).toBe(true)
  return answered.json()
}

const decide = (facts: Record<string, string | null>) => operate('PATCH', '/site', facts)

// Skipped, aloud, where there is no Chromium: see browser.ts.
describe.skipIf(!HAS_CHROMIUM)('the pages, in a browser', { timeout: TEST_MAX_MS }, () => {
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

  const appCodeOf = (page: Page) => page.getByRole('textbox', { name: 'AppCode' })
  const answer = (page: Page) => page.locator('.answer-card')
  const call = async (page: Page, { appCode, name, number }: { appCode: string; name: string; number: string }) => {
    await appCodeOf(page).fill(appCode)
    await page.getByLabel('真实姓名').fill(name)
    await page.getByLabel('身份证号码').fill(number)
    await page.getByRole('button', { name: '提交' }).click()
  }

  const verdict = (page: Page) => answer(page).locator('.answer-verdict')
  /** The chips of the demo come first. */
  const sample = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first()
  const submit = (page: Page) => page.getByRole('button', { name: '提交' }).click()
  const developerMode = (page: Page) => page.getByRole('switch', { name: '开发者模式' })

  async function looksRight(page: Page, name: string): Promise<void> {
    expect(await axeFinds(page)).toEqual([])
    await expectNoSidewaysScroll(page)
    await picture(page, name)
  }

  describe('the product page', () => {
    test('says what it does, what it costs, and what is allowed; what the operator has not said is not there', async () => {
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
        '市场调研、商务合作、风险评估',
        '遵守法律法规，不得用于非法或侵犯他人隐私',
        '工作日09:00-18:00',
        'Quota Exhausted',
      ])
        await page.locator('#root').getByText(text).first().waitFor()
      for (const text of ['服务热线', '买家中心', '下单链接', '量大从优', '零代码使用'])
        expect(await page.getByText(text).count()).toBe(0)
      await page.locator('#debug').scrollIntoViewIfNeeded()
      await appCodeOf(page).waitFor()
      await looksRight(page, 'product')
    })

    test('comes in less than 300 kB, without Ant Design, the table of divisions or the debugger', async () => {
      const page = await blankTab()
      const session = await page.context().newCDPSession(page)
      await session.send('Network.enable')
      let bytes = 0
      session.on('Network.loadingFinished', ({ encodedDataLength }) => {
        bytes += encodedDataLength
      })
      const files: string[] = []
      page.on('response', (response) => files.push(new URL(response.url()).pathname))
      await page.goto(server.url, { waitUntil: 'networkidle' })
      await page.getByRole('heading', { name: '免费试用' }).waitFor()
      console.log(`the first load of the product page: ${bytes} bytes in ${files.length} files`)
      expect(bytes).toBeGreaterThan(20_000)
      expect(bytes).toBeLessThan(FIRST_LOAD_MAX_BYTES)
      expect(files.filter((file) => /hints|Debugger|antd|Developer|samples/i.test(file))).toEqual([])
      // The parts come when they are come to.
      await page.locator('#debug').scrollIntoViewIfNeeded()
      await appCodeOf(page).waitFor()
      await page.getByLabel('身份证号码').fill('11010519491231002X')
      await page.getByText('1949-12-31 · ').waitFor()
      expect(files.filter((file) => /hints/.test(file))).toHaveLength(1)
    })

    test('its assets are kept by the browser for good, and were compressed when they were built', async () => {
      const page = await newTab('/')
      const script = await page.locator('script[type="module"]').first().getAttribute('src')
      for (const encoding of ['br', 'gzip']) {
        const { headers } = await fetch(server.url + script, { headers: { 'accept-encoding': encoding } })
        expect(headers.get('content-encoding')).toBe(encoding)
        expect(headers.get('cache-control')).toMatch(/max-age=31536000.*immutable/)
      }
      expect((await fetch(`${server.url}/assets/none.js`)).status).toBe(400)
    })

    test('shows what the operator decides, with links to where plans are ordered', async () => {
      const [plan = { id: '' }] = (await json('site', 'plans')) as { id: string }[]
      await json('site', 'set', plan.id, 'https://shop.example.com/free')
      expect(await json('site', 'set', 'hotline', '400-000-0000')).toMatchObject({ hotline: '400-000-0000' })
      await decide({
        operatorName: '某某科技',
        buyerCentreUrl: 'https://buyer.example.com/centre',
        enquiryContact: 'sales@example.com',
        zeroCodeContact: '微信 heyan-help',
        registrationNotice: '某ICP备00000000号',
      })
      const page = await newTab('/')
      const order = page.getByRole('link', { name: /^下单链接\s*免费试用$/ })
      expect(await order.getAttribute('href')).toBe('https://shop.example.com/free')
      expect(await order.getAttribute('rel')).toBe('noopener noreferrer')
      expect(await page.getByRole('link', { name: '前往' }).getAttribute('href')).toBe(
        'https://buyer.example.com/centre',
      )
      await page.locator('.buyer-centre').getByRole('button', { name: '复制' }).click()
      expect(await clipboardOf(page)).toBe('https://buyer.example.com/centre')
      expect(await page.getByRole('link', { name: '400-000-0000' }).getAttribute('href')).toBe('tel:400-000-0000')
      expect(await page.getByRole('link', { name: 'sales@example.com' }).first().getAttribute('href')).toBe(
        'mailto:sales@example.com',
      )
      for (const text of ['某某科技', '微信 heyan-help', '某ICP备00000000号'])
        await page.locator('#root').getByText(text).first().waitFor()
      await page.locator('#debug').scrollIntoViewIfNeeded()
      await page.getByText('仅保存于您的浏览器，某某科技不做任何记录。').waitFor()
      await looksRight(page, 'product-of-an-operator')

      const sold = await operate('POST', '/plans', { label: XSS, priceFen: 1, calls: 3 })
      await decide({ operatorName: XSS, zeroCodeContact: XSS, registrationNotice: `某ICP备${XSS}` })
      const hostile = await newTab('/')
      await hostile.getByRole('heading', { name: XSS }).waitFor()
      await hostile.locator('#debug').scrollIntoViewIfNeeded()
      await hostile.getByText(`仅保存于您的浏览器，${XSS}不做任何记录。`).waitFor()
      await hostile.locator('.foot').getByText(`某ICP备${XSS}`).waitFor()
      await operate('PATCH', `/plans/${(sold as { id: string }).id}`, { status: 'withdrawn' })
      expect(await json('site', 'unset', 'hotline')).toMatchObject({ hotline: '' })
      await decide({
        operatorName: null,
        buyerCentreUrl: null,
        enquiryContact: null,
        zeroCodeContact: null,
        registrationNotice: null,
      })
    })

    test('fits a phone, speaks English, and is gone through by keyboard', async () => {
      const page = await newTab('/', PHONE)
      await page.locator('#debug').scrollIntoViewIfNeeded()
      await appCodeOf(page).waitFor()
      await looksRight(page, 'product-phone')

      await page.getByRole('link', { name: 'English' }).click()
      await page.getByRole('heading', { name: 'Identity two-element verification' }).waitFor()
      expect(await page.locator('html').getAttribute('lang')).toBe('en')
      await page.reload()
      await page.getByRole('heading', { name: 'How charging works' }).waitFor()
      await looksRight(page, 'product-english-phone')
      await page.goto(`${server.url}/?lang=zh`)
      await page.getByRole('heading', { name: '怎样计费' }).waitFor()
      expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')

      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.textContent')).toBe('跳到正文')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.textContent')).toBe('在线调试')
    })

    test('without its server says so, and everything else is there', async () => {
      const page = await blankTab()
      await page.route('**/site.json', (route) => route.abort())
      await page.goto(server.url)
      await page.getByText('套餐未能载入，请刷新页面重试。').waitFor()
      await page.getByRole('heading', { name: '使用须知' }).waitFor()
      await looksRight(page, 'product-no-plans')
    })
  })

  describe('the debugger', () => {
    test('shows a match, a mismatch and no record as they are, each charged once, and explains every field', async () => {
      const page = await newTab('/debug')
      await appCodeOf(page).waitFor()
      await looksRight(page, 'debug-empty')
      await appCodeOf(page).fill(demo.appCode)
      for (const [chip, shown, msg] of [
        ['查无记录', '查无记录', '实名校验失败:查无记录'],
        ['不一致', '不一致', '实名校验失败:身份证与姓名不匹配'],
        ['一致', '一致', '实名信息正确'],
      ] as const) {
        await sample(page, chip).click()
        await submit(page)
        await verdict(page).getByText(shown, { exact: true }).waitFor()
        await answer(page).getByText(`"${msg}"`).waitFor()
        await answer(page).getByText('本次计费 1 次').waitFor()
        await looksRight(page, `debug-${chip}`)
      }
      await answer(page).getByRole('button', { name: '报文解析' }).click()
      const explained = answer(page).getByRole('table', { name: '报文解析' })
      expect(await explained.locator('th').allTextContents()).toEqual([
        '字段名',
        '类型',
        '报文内容',
        '字段描述',
        '示例参考',
      ])
      const cells = await explained.locator('td').allTextContents()
      expect(cells.filter((_, place) => place % 5 === 0)).toEqual(ANSWER_FIELDS.map(({ name }) => name))
      expect(cells.filter((_, place) => place % 5 === 2)).toEqual([
        '1',
        '实名信息正确',
        '李**',
        '1101*****2X',
        'true',
        '19****31',
        '女',
        '北京市**区',
      ])
      await looksRight(page, 'debug-explained')
      await answer(page).locator('.field-table').getByRole('button', { name: '复制' }).click()
      expect(await clipboardOf(page)).toContain('sfz\tstring\t1101*****2X\t身份证号码\t3505*****12')
      await answer(page).getByRole('button', { name: '关闭' }).click()
      expect(await explained.count()).toBe(0)
      await page.getByRole('button', { name: '重置' }).click()
      expect(await page.getByLabel('真实姓名').inputValue()).toBe('')
      expect(await appCodeOf(page).inputValue()).toBe(demo.appCode)
      await answer(page).getByText('填写左侧信息并提交').waitFor()
    })

    test('shows each failure with its way out, and that it was free', async () => {
      const page = await newTab('/debug')
      const { appCode } = demo
      const name = '李三'
      const number = '11010519491231002X'
      for (const [asked, msg, advice] of [
        [{ appCode, name: '', number }, '未传入真实姓名xm', '请传入xm真实姓名。'],
        [{ appCode, name, number: '' }, '未传入身份证号码sfz', '请传入sfz身份证号码。'],
        [{ appCode, name: '李'.repeat(51), number }, '传入真实姓名xm字符串长度超限', 'xm参数长度不得超过50个字符。'],
        [{ appCode, name, number: `${number}0` }, '传入身份证号码sfz字符串长度超限', 'sfz参数长度不得超过18个字符。'],
        [{ appCode, name: '李3', number }, '姓名有误', 'xm参数传入不符合真实姓名，请检查。'],
        [{ appCode, name, number: '36020319*****' }, '身份证号码有误', 'sfz参数传入不符合身份证标准，请检查。'],
        [{ appCode: '', name, number }, 'Unauthorized', '没有收到有效的凭证'],
        [{ appCode: 'nobody', name, number }, 'Invalid AppCode `not exists`', '没有这个 AppCode'],
      ] as const) {
        await call(page, asked)
        await answer(page).getByText(msg).first().waitFor()
        await answer(page).getByText(advice).waitFor()
        await answer(page).getByText('本次未计费').waitFor()
        expect(await verdict(page).textContent()).toBe('未得到核验结果')
      }
      await looksRight(page, 'debug-refused')
      await sample(page, '校验码不符').click()
      await page.getByText('校验码不符，至少有一位输入有误').waitFor()
      await appCodeOf(page).fill(appCode)
      await submit(page)
      await answer(page).getByText('身份证号码有误').first().waitFor()
      await looksRight(page, 'debug-failure')
      await call(page, { appCode: '中文', name, number })
      await answer(page).getByText('凭证中有不能放入请求头的字符').waitFor()
    })

    test('shows a quota that is used up, and the sandbox answering as its subjects say', async () => {
      const page = await newTab('/debug')
      const { appCode } = await application('--calls', '1')
      const asked = { appCode, name: '李三', number: '11010519491231002X' }
      await call(page, asked)
      await verdict(page).getByText('一致', { exact: true }).waitFor()
      await submit(page)
      await answer(page).getByText('Quota Exhausted').waitFor()
      await answer(page).getByText('剩余次数已用完，请续购套餐').waitFor()
      await looksRight(page, 'debug-quota')

      const sandbox = await application('--sandbox')
      await appCodeOf(page).fill(sandbox.appCode)
      await page.getByRole('button', { name: '数据源故障' }).click()
      await submit(page)
      await answer(page).getByText('核验服务暂不可用，请稍后重试').waitFor()
      await page.getByRole('button', { name: '查无记录', exact: true }).last().click()
      await submit(page)
      await verdict(page).getByText('查无记录', { exact: true }).waitFor()
      await answer(page).getByText('本次未计费').waitFor()
    })

    test('speaks English on a phone, advice and hints too', async () => {
      const page = await newTab('/debug?lang=en', PHONE)
      await appCodeOf(page).fill(demo.appCode)
      await page.getByRole('button', { name: 'mismatch', exact: true }).first().click()
      await page.getByText('1949-12-31 · aged').waitFor()
      await page.getByRole('button', { name: 'Submit' }).click()
      await verdict(page).getByText('Mismatch').waitFor()
      await answer(page).getByText('Compare the name with the card character by character').waitFor()
      await page.getByRole('switch', { name: 'Developer mode' }).click()
      await page.getByRole('button', { name: 'Python' }).click()
      await page.locator('.code-samples').getByText('urllib.request').first().waitFor()
      await looksRight(page, 'debug-english-phone')
    })

    test('is used by keyboard alone', async () => {
      const page = await newTab('/debug')
      await appCodeOf(page).focus()
      const { keyboard } = page
      await keyboard.type(demo.appCode)
      // 保存一天, 清除, 真实姓名.
      for (let field = 0; field < 3; field++) await keyboard.press('Tab')
      await keyboard.insertText('李三')
      await keyboard.press('Tab')
      await keyboard.type('11010519491231002X')
      await keyboard.press('Enter')
      await verdict(page).getByText('一致', { exact: true }).waitFor()
      await developerMode(page).focus()
      await keyboard.press('Space')
      await page.locator('.developer').waitFor()
      await answer(page).getByRole('button', { name: '报文解析' }).focus()
      await keyboard.press('Enter')
      await answer(page).getByRole('table').waitFor()
    })

    test('on an address that is neither https nor this machine copies all the same, and says that it cannot sign', async () => {
      const page = await blankTab()
      // As browsers have it there.
      await page.addInitScript(`Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined })
        Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })`)
      await page.goto(`${server.url}/debug`)
      await page.locator('.call-address').getByRole('button', { name: '复制' }).click()
      await page.locator('.call-address').getByText('已复制').waitFor()
      await appCodeOf(page).focus()
      await page.keyboard.press('ControlOrMeta+V')
      expect(await appCodeOf(page).inputValue()).toBe(`${server.url}/idcard`)
      await developerMode(page).click()
      await page.getByLabel('AppKey 签名').check()
      await submit(page)
      await answer(page).getByText('浏览器只在 https 或本机地址下提供签名功能').waitFor()
    })

    test('says that the network is down', async () => {
      const page = await newTab('/debug')
      await appCodeOf(page).waitFor()
      await page.context().setOffline(true)
      await call(page, { appCode: demo.appCode, name: '李三', number: '' })
      await answer(page).getByText('未能连接到服务').waitFor()
      await looksRight(page, 'debug-offline')
    })

    test('keeps an AppCode for a day where that is asked for, in this browser and in no cookie, until it is cleared', async () => {
      const page = await newTab('/debug')
      await page.getByText('仅保存于您的浏览器，本平台不做任何记录。').waitFor()
      await appCodeOf(page).fill(demo.appCode)
      await page.reload()
      expect(await appCodeOf(page).inputValue()).toBe('')
      await appCodeOf(page).fill(demo.appCode)
      await page.getByLabel('保存一天').check()
      await page.reload()
      expect(await appCodeOf(page).inputValue()).toBe(demo.appCode)
      expect(await page.context().cookies()).toEqual([])
      const kept = await page.evaluate('Object.keys(localStorage)')
      expect(kept).toEqual(['heyan.appcode'])
      await page.getByRole('button', { name: '清除' }).click()
      expect(await appCodeOf(page).inputValue()).toBe('')
      expect(await page.evaluate('localStorage.length')).toBe(0)
      await page.reload()
      expect(await appCodeOf(page).inputValue()).toBe('')
    })

    test('hints are worked out in the page: nothing is asked of anybody for them', async () => {
      const page = await newTab('/debug')
      await appCodeOf(page).waitFor()
      const asked: string[] = []
      page.on('request', (request) => asked.push(new URL(request.url()).pathname))
      await page.getByLabel('身份证号码').fill('11010519491231002x')
      await page.getByText('北京市朝阳区').waitFor()
      await page.getByText('1949-12-31').waitFor()
      await page.getByLabel('身份证号码').fill('110105194902310021')
      await page.getByText('不是真实日期').waitFor()
      await page.getByLabel('真实姓名').fill('Li San')
      await page.getByText('请填写中文姓名').waitFor()
      expect(asked.filter((path) => !path.startsWith('/assets/'))).toEqual([])
    })

    test('shows what comes from elsewhere as text, whatever it is', async () => {
      const page = await newTab('/debug')
      for (const name of ['AppCode', '真实姓名', '身份证号码']) await page.getByRole('textbox', { name }).fill(XSS)
      await submit(page)
      await answer(page).locator('.answer-verdict').waitFor()
      const hostile = { ok: 1, msg: '实名信息正确', xm: XSS, sfz: XSS, match: true, [XSS]: { deep: XSS } }
      await page.route('**/idcard?*', (route) =>
        route.fulfill({
          status: 200,
          headers: { 'content-type': 'text/html', 'X-Ca-Request-Id': XSS },
          body: JSON.stringify(hostile),
        }),
      )
      await developerMode(page).click()
      await submit(page)
      await answer(page).getByRole('button', { name: '报文解析' }).click()
      await answer(page).getByText('本接口文档中没有的字段').waitFor()
      await page.locator('.developer').getByText('请求编号').waitFor()
      await page.unroute('**/idcard?*')
      await page.route('**/idcard?*', (route) =>
        route.fulfill({
          status: 400,
          headers: { 'X-Ca-Error-Message': `Invalid Signature, Server StringToSign:\`${XSS}\`` },
        }),
      )
      await submit(page)
      await page.getByRole('heading', { name: 'StringToSign 对比' }).waitFor()
      await page.unroute('**/idcard?*')
      await page.route('**/idcard?*', (route) => route.fulfill({ status: 502, body: XSS }))
      await submit(page)
      await answer(page).getByText('返回的内容不是本接口的格式').waitFor()
      expect(await page.locator('img').count()).toBe(0)
      await expectNoSidewaysScroll(page)
    })
  })

  describe('the developer mode', () => {
    async function signing(page: Page, appSecret: string, algorithm = 'HmacSHA256'): Promise<void> {
      await developerMode(page).click()
      await page.getByLabel('AppKey 签名').check()
      await page.getByLabel(algorithm).check()
      await page.getByLabel('AppKey', { exact: true }).fill(demo.appKey)
      await page.getByLabel('AppSecret').fill(appSecret)
    }

    test('is closed at first; opened, it shows the request, the headers, the time and the id of the call', async () => {
      const page = await newTab('/debug')
      expect(await developerMode(page).getAttribute('aria-checked')).toBe('false')
      expect(await developerMode(page).textContent()).toContain('关闭')
      expect(await page.locator('.developer').count()).toBe(0)
      await developerMode(page).click()
      expect(await developerMode(page).textContent()).toContain('开启')
      await sample(page, '一致').click()
      await appCodeOf(page).fill(demo.appCode)
      await page.getByLabel('POST（表单）').check()
      await submit(page)
      await verdict(page).getByText('一致', { exact: true }).waitFor()
      const tools = page.locator('.developer')
      const shown = await tools.textContent()
      expect(shown).toMatch(
        /POST \/idcard\nHost: 127\.0\.0\.1:\d+\nAccept: application\/json\nContent-Type: application\/x-www-form-urlencoded/,
      )
      expect(shown).toContain('xm=%E6%9D%8E%E4%B8%89&sfz=11010519491231002X')
      expect(shown).toContain('x-ca-market-billing-result: 1')
      expect(shown).toMatch(/请求编号\s+[0-9A-F-]{36}/)
      expect(shown).toMatch(/收到返回头 [\d.]+ 毫秒/)
      expect(shown).not.toContain(demo.appCode)
      await looksRight(page, 'developer')
      await page.getByLabel('显示密钥').check()
      expect(await tools.textContent()).toContain(`Authorization: APPCODE ${demo.appCode}`)
    })

    test.each([
      ['GET', 'HmacSHA256'],
      ['POST（表单）', 'HmacSHA1'],
    ])('signs a %s in the browser by %s, and the server agrees', async (method, algorithm) => {
      const page = await newTab('/debug')
      await signing(page, demo.appSecret, algorithm)
      await page.getByLabel(method, { exact: true }).check()
      const bodies: string[] = []
      page.on('request', (request) =>
        bodies.push(JSON.stringify(request.headers()) + request.url() + request.postData()),
      )
      await page.getByLabel('真实姓名').fill('阿卜杜拉·买买提')
      await page.getByLabel('身份证号码').fill('11010519491231002X')
      await submit(page)
      await verdict(page).getByText('不一致', { exact: true }).waitFor()
      await page.getByRole('heading', { name: '本页拼出的 StringToSign' }).waitFor()
      expect(bodies.join()).not.toContain(demo.appSecret)
      expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0)
    })

    test('where the server refuses a signature, both StringToSign stand side by side, the first difference marked', async () => {
      const page = await newTab('/debug')
      await signing(page, 'wrong')
      await sample(page, '一致').click()
      await submit(page)
      await page.getByText('两边完全一致').waitFor()
      await looksRight(page, 'developer-signature')
      expect(await page.locator('.comparison').textContent()).not.toContain('11010519491231002X')

      // A proxy on the way that changes a header: what was signed is no longer what arrives.
      await page.route('**/idcard?*', (route) =>
        route.continue({ headers: { ...route.request().headers(), accept: '*/*' } }),
      )
      await submit(page)
      await page.getByText('从第 5 个字符起不同，已标出。').waitFor()
      expect(await page.locator('.comparison mark').allInnerTexts()).toEqual(['a', '*'])
      await looksRight(page, 'developer-difference')

      await page.unroute('**/idcard?*')
      await submit(page)
      await page.getByText('两边完全一致').waitFor()
      await page.getByLabel('也可粘贴您自己程序拼出的').fill('GET\napplication/json\n\n\n/idcard')
      await page.getByText('从第 24 个字符起不同').waitFor()
      expect(await page.locator('.comparison mark').allInnerTexts()).toEqual(['/', '#'])
    })

    test('has ready code in each language, with what is written filled in, and secrets only where asked', async () => {
      const page = await newTab('/debug')
      await developerMode(page).click()
      await appCodeOf(page).fill('CODE"1')
      await page.getByLabel('真实姓名').fill('王五')
      const code = page.locator('.code-samples pre')
      for (const language of ['curl', 'PHP', 'Java', 'C#', 'Python', 'Objective-C', 'Node / TypeScript', 'Go']) {
        await page.locator('.code-languages').getByRole('button', { name: language, exact: true }).click()
        await code.getByText('王五').waitFor()
        expect(await code.textContent()).toContain(server.url)
        expect(await code.textContent()).toContain('YOUR_APPCODE')
      }
      await page.getByLabel('代码中填入密钥').check()
      expect(await code.textContent()).toContain('"CODE\\"1"')
      await page.locator('.code-samples').getByRole('button', { name: '复制' }).click()
      expect(await clipboardOf(page)).toBe(await code.evaluate((element) => element.textContent))
      await looksRight(page, 'developer-code')
    })
  })

  describe('other pages', () => {
    test('the page for colleagues explains the API in plain words, and prints without what is for screens', async () => {
      const page = await newTab('/for-colleagues')
      await page.getByRole('heading', { name: '给不写代码的同事', level: 1 }).waitFor()
      await page.getByText('查无记录', { exact: true }).waitFor()
      await looksRight(page, 'colleagues')
      await page.emulateMedia({ media: 'print' })
      expect(await page.getByRole('button', { name: '打印这一页' }).isVisible()).toBe(false)
      expect(await page.locator('.head').isVisible()).toBe(false)
      await picture(page, 'colleagues-print')
      const sheet = (await page.pdf({ format: 'A4' })).toString('latin1')
      expect(sheet.match(/\/Type\s*\/Page\b/g)).toHaveLength(1)
    })

    test('the reference shows every door from the description', async () => {
      const page = await newTab('/reference')
      await page.getByText('/idcard', { exact: true }).first().waitFor()
      await page.getByText('/v1/verifications', { exact: true }).first().waitFor()
      await page
        .getByRole('button', { name: /^GET.*\/idcard/ })
        .first()
        .click()
      await page.locator('.opblock.is-open .parameters').first().waitFor()
      expect(await axeFindsSevere(page)).toEqual([])
      await picture(page, 'reference')
    })

    test('an address of no page says so', async () => {
      const page = await newTab('/docs/none-such')
      await page.getByRole('heading', { level: 1 }).waitFor()
      await looksRight(page, 'not-found')
    })
  })
})
