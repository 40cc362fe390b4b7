import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  axeFindsSevere,
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
import { heyan, newFolder, type Server, serve } from './processes.js'

/** A browser on a machine with other things to do takes its time. */
const TEST_MAX_MS = 90_000
const ANSWER_MAX_MS = 20_000
/** Of a sheet that costs more than there is; one page of rows shows 20. */
const ROWS = 60
const CALLS = 35
/** 丠: the characters from here on are each another name, and 五 is none of them. */
const FIRST_CHARACTER = 0x4e20
const XSS = '"><img src=x onerror=alert(1)>'

let server: Server
let browser: Browser
let folder: string
const open: Tab[] = []

async function workbench(appCode: string, viewport: Viewport = DESKTOP, path = '/workbench'): Promise<Page> {
  const tab = await openTab(browser, viewport)
  open.push(tab)
  await tab.page.goto(server.url + path)
  await tab.page.getByRole('textbox', { name: 'AppCode' }).fill(appCode)
  return tab.page
}

/** Of a sandbox: its answers are known, and free. */
async function application(...more: string[]): Promise<{ appCode: string; appId: string }> {
  const { stdout } = await heyan(
    ['app', 'create', '--name', '工作台', '--sandbox', '--fields', 'full', ...more, '--json'],
    server.env,
  )
  return JSON.parse(stdout)
}

async function live(...more: string[]): Promise<{ appCode: string; appId: string }> {
  const { stdout } = await heyan(['app', 'create', '--name', '工作台', ...more, '--json'], server.env)
  return JSON.parse(stdout)
}

function sheet(name: string, lines: readonly string[]): string {
  const file = join(folder, name)
  writeFileSync(file, `\ufeff${lines.join('\r\n')}\r\n`)
  return file
}

async function upload(page: Page, file: string): Promise<void> {
  await page.getByRole('radio', { name: '批量核验' }).check()
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByLabel('用途').fill('新生入学核验')
  await page.getByRole('button', { name: '上传并查看' }).click()
  await page.getByRole('heading', { name: '确认列与费用' }).waitFor()
}

async function looksRight(page: Page, name: string): Promise<void> {
  expect(await axeFindsSevere(page)).toEqual([])
  await expectNoSidewaysScroll(page)
  await picture(page, name)
}

const outcome = (page: Page, name: string) =>
  page.getByRole('list', { name: '各结果的行数' }).getByRole('listitem').filter({ hasText: name }).locator('strong')

// Skipped, aloud, where there is no Chromium: see browser.ts.
describe.skipIf(!HAS_CHROMIUM)('the workbench, in a browser', { timeout: TEST_MAX_MS }, () => {
  beforeAll(async () => {
    folder = newFolder()
    ;[server, browser] = await Promise.all([serve(newFolder()), openBrowser()])
  })
  afterEach(async () => {
    for (const { page, complaints } of open.splice(0)) {
      expect(complaints).toEqual([])
      await page.context().close()
    }
  })
  afterAll(() => browser?.close())

  test('asks for an AppCode, and then says of one person in plain words what the record says', async () => {
    const page = await workbench('')
    await page.getByText('先填 AppCode，就可以开始').waitFor()
    const { appCode } = await application()
    await page.getByRole('textbox', { name: 'AppCode' }).fill(appCode)
    await page.getByLabel('真实姓名').fill('李三')
    await page.getByLabel('身份证号码').fill('440524188001010014')
    await page.getByRole('button', { name: '核验', exact: true }).click()
    await page.getByText('姓名与身份证号码一致。').waitFor()
    await page.getByText('本次不计费').waitFor()
    await looksRight(page, 'workbench-single')
  })

  test('takes a sheet, shows what it understood and what it costs, and gives it back with answers', async () => {
    const { appCode } = await application()
    const page = await workbench(appCode)
    const file = sheet('名单.csv', [
      '学号,姓名,身份证号码',
      '1,李三,440524188001010014',
      '2,李三,11010519491231002X',
      '3,李三,110105194912310021',
      `4,"${XSS.replaceAll('"', '""')}",440524188001010014`,
    ])
    await upload(page, file)
    expect(await page.getByLabel('姓名列').inputValue()).toBe('1')
    expect(await page.getByLabel('身份证号码列').inputValue()).toBe('2')
    await page.getByText('2 行信息有误').waitFor()
    await looksRight(page, 'workbench-preview')

    await page.getByRole('button', { name: '开始核验' }).click()
    await page.getByText('已完成').waitFor()
    await page.getByRole('button', { name: '改正 4', exact: true }).waitFor()
    expect(await outcome(page, '一致').first().textContent()).toBe('1')
    expect(await outcome(page, '查无记录').textContent()).toBe('1')
    expect(await outcome(page, '信息有误').textContent()).toBe('2')
    await looksRight(page, 'workbench-done')

    // A row is corrected in place, and asked again.
    await page.getByRole('button', { name: '改正 4', exact: true }).click()
    const form = page.locator('form.correction')
    await form.getByLabel('身份证号码').fill('440524188001010014')
    await form.getByRole('button', { name: '重新核验' }).click()
    await expect.poll(() => outcome(page, '信息有误').textContent(), { timeout: ANSWER_MAX_MS }).toBe('1')
    expect(await outcome(page, '一致').first().textContent()).toBe('2')

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: '下载 CSV' }).click(),
    ])
    const text = readFileSync(await download.path(), 'utf8')
    expect(text.split(/\r?\n/)[0]).toMatch(
      /^\ufeff?学号,姓名,身份证号码,结果,说明,建议,性别,出生日期,地区,是否计费,流水号$/,
    )
    expect(text).toContain('李三,440524188001010014,一致')

    await page.getByRole('button', { name: '立即销毁' }).click()
    await page.getByRole('button', { name: '再点一次' }).click()
    await page.getByText('名单与结果已销毁').waitFor()
    await page.getByRole('button', { name: '再核验一批' }).click()
    await page.getByRole('heading', { name: '最近的批次' }).waitFor()
    await page.getByRole('cell', { name: '新生入学核验' }).waitFor()
    await looksRight(page, 'workbench-history')
  })

  test('stops where the calls are used up, goes on after a top-up, and shows every row that needs a look', async () => {
    const { appCode, appId } = await live('--calls', String(CALLS))
    const page = await workbench(appCode)
    await upload(
      page,
      sheet('many.csv', [
        '姓名,身份证号码',
        ...Array.from(
          { length: ROWS },
          (_, row) => `王${String.fromCodePoint(FIRST_CHARACTER + row)},440524188001010014`,
        ),
      ]),
    )
    await page.getByText('剩余次数不够').waitFor()
    await looksRight(page, 'workbench-not-enough')

    await page.getByRole('button', { name: '开始核验' }).click()
    await page.getByText('次数用完了，其余的行未核验').waitFor()
    await page.getByText(`已计费 ${CALLS} 次`).waitFor()
    expect(await outcome(page, '未核验').textContent()).toBe(String(ROWS - CALLS))
    await page.getByText('第 1 / 2 页').waitFor()
    await looksRight(page, 'workbench-out-of-quota')
    await page.setViewportSize(PHONE)
    await looksRight(page, 'workbench-out-of-quota-phone')
    await page.setViewportSize(DESKTOP)

    await heyan(['grant', appId, '--calls', '1000'], server.env)
    await page.getByRole('button', { name: '继续' }).click()
    await page.getByText('已完成').waitFor()
    await page.getByText(`已计费 ${ROWS} 次`).waitFor()
    expect(await outcome(page, '未核验').textContent()).toBe('0')

    const pages = page.getByRole('navigation', { name: '分页' })
    await pages.getByText('第 1 / 3 页').waitFor()
    expect(await pages.getByRole('button', { name: '上一页' }).isDisabled()).toBe(true)
    await pages.getByRole('button', { name: '下一页' }).click()
    await pages.getByRole('button', { name: '下一页' }).click()
    await pages.getByText('第 3 / 3 页').waitFor()
    expect(await pages.getByRole('button', { name: '下一页' }).isDisabled()).toBe(true)
    await looksRight(page, 'workbench-last-page')
    // The heading is its first row.
    await page.getByRole('button', { name: `改正 ${ROWS + 1}`, exact: true }).click()
    const form = page.locator('form.correction')
    await form.getByLabel('姓名').fill('王五')
    await form.getByRole('button', { name: '重新核验' }).click()
    await expect.poll(() => outcome(page, '一致').first().textContent(), { timeout: ANSWER_MAX_MS }).toBe('1')
    await pages.getByText('第 3 / 3 页').waitFor()
    await page.getByRole('button', { name: `改正 ${ROWS + 1}`, exact: true }).waitFor({ state: 'detached' })
    await pages.getByRole('button', { name: '上一页' }).click()
    await pages.getByText('第 2 / 3 页').waitFor()
    await page.getByRole('button', { name: '改正 22', exact: true }).waitFor()
  })

  test('shows what was sent before, as far back as somebody asks', async () => {
    const { appCode } = await application()
    const send = async () => {
      const form = new FormData()
      form.set('purpose', '新生入学核验')
      form.set('legalBasis', 'consent')
      form.set('file', new Blob(['姓名,身份证号码\n李三,440524188001010014\n']))
      await fetch(`${server.url}/v1/batches`, {
        method: 'POST',
        headers: { authorization: `Bearer ${appCode}` },
        body: form,
      })
    }
    for (let count = 0; count < 12; count++) await send()
    const page = await workbench(appCode)
    await page.getByRole('radio', { name: '批量核验' }).check()
    const listed = page.getByRole('cell', { name: '新生入学核验' })
    await expect.poll(() => listed.count(), { timeout: ANSWER_MAX_MS }).toBe(10)
    await looksRight(page, 'workbench-more')
    await page.getByRole('button', { name: '更早的批次' }).click()
    await expect.poll(() => listed.count(), { timeout: ANSWER_MAX_MS }).toBe(12)
    await page.getByRole('button', { name: '更早的批次' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: '打开' }).last().click()
    await page.getByRole('button', { name: '放弃并销毁' }).click()
    await page.getByText('待确认').first().waitFor()
  })

  test('asks which column is which where it cannot tell, and explains numbers that a spreadsheet spoiled', async () => {
    const { appCode } = await application()
    const page = await workbench(appCode)
    await upload(page, sheet('unclear.csv', ['甲,乙', '李三,1.10105E+17', '李四,1.10105E+17']))
    await page.getByLabel('姓名列').selectOption('0')
    await page.getByLabel('身份证号码列').selectOption('1')
    await page.getByText('末几位已经丢失').waitFor()
    await looksRight(page, 'workbench-damaged')
    await page.getByRole('button', { name: '放弃并销毁' }).click()
    await page.getByRole('heading', { name: '上传名单' }).waitFor()
  })

  test('says what is wrong with a file, and with an AppCode', async () => {
    const { appCode } = await application()
    const page = await workbench(appCode)
    await page.getByRole('radio', { name: '批量核验' }).check()
    await page.locator('input[type=file]').setInputFiles(sheet('empty.csv', ['']))
    await page.getByLabel('用途').fill('试一试')
    await page.getByRole('button', { name: '上传并查看' }).click()
    await page.getByRole('status').first().waitFor()
    await page.getByRole('textbox', { name: 'AppCode' }).fill('nobody')
    await page.getByRole('radio', { name: '单个核验' }).check()
    await page.getByLabel('真实姓名').fill('李三')
    await page.getByLabel('身份证号码').fill('440524188001010014')
    await page.getByRole('button', { name: '核验', exact: true }).click()
    await page.getByText('AppCode 不对').waitFor()
    await looksRight(page, 'workbench-wrong')
  })

  test('is whole on a phone, and in English', async () => {
    const { appCode } = await application()
    const page = await workbench(appCode, PHONE, '/workbench?lang=en')
    await page.getByRole('radio', { name: 'A spreadsheet' }).check()
    await page
      .locator('input[type=file]')
      .setInputFiles(sheet('list.csv', ['name,id number', 'Li San,440524188001010014']))
    await page.getByLabel('Purpose').fill('a try')
    await page.getByRole('button', { name: 'Upload and look' }).click()
    await page.getByRole('heading', { name: 'Columns and cost' }).waitFor()
    await looksRight(page, 'workbench-phone')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByText('completed').waitFor()
    await looksRight(page, 'workbench-phone-done')
  })
})
