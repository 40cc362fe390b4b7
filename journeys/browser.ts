import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

/** Debian's, unless another one is named. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
export const HAS_CHROMIUM = existsSync(CHROMIUM)
if (!HAS_CHROMIUM)
  console.warn(`SKIPPED: there is no Chromium at ${CHROMIUM} (CHROMIUM names one), so no page was looked at`)

/** No sandbox: it needs rights that containers and CI machines do not give. Only our own pages are opened. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
}

export interface Viewport {
  readonly width: number
  readonly height: number
}
export const DESKTOP: Viewport = { width: 1280, height: 900 }
export const PHONE: Viewport = { width: 360, height: 740 }

/** For anything on a page to come up. */
const WAIT_MAX_MS = 20_000

export interface Tab {
  readonly page: Page
  /** What the page told the console that it should not have, and what it threw. */
  readonly complaints: readonly string[]
}

/** A tab of its own storage. Answers that are no success are no complaint: they are what a debugger shows. */
export async function openTab(browser: Browser, viewport: Viewport = DESKTOP): Promise<Tab> {
  const context = await browser.newContext({ viewport, locale: 'zh-CN' })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await context.newPage()
  page.setDefaultTimeout(WAIT_MAX_MS)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !/Failed to load resource/.test(message.text()))
      complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return { page, complaints }
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe finds, a line each. */
export async function axeFinds(page: Page): Promise<readonly string[]> {
  return linesOf(await violationsOn(page))
}

/** The worst of it: for pages whose parts come from others. */
export async function axeFindsSevere(page: Page): Promise<readonly string[]> {
  return linesOf((await violationsOn(page)).filter(({ impact }) => impact === 'serious' || impact === 'critical'))
}

async function violationsOn(page: Page): Promise<readonly Violation[]> {
  // By the debugger's protocol: the page's own policy lets no script in.
  await page.evaluate(`${AXE};undefined`)
  return page.evaluate('axe.run().then(({ violations }) => violations)')
}

function linesOf(violations: readonly Violation[]): readonly string[] {
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

/** Nothing is wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  expect(overflow).toBe(0)
}

/** What the last copying button put there. */
export function clipboardOf(page: Page): Promise<unknown> {
  return page.evaluate('navigator.clipboard.readText()')
}

/** A picture for who looks, where a folder was named for them. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS
  if (folder === undefined || folder === '') return
  mkdirSync(folder, { recursive: true })
  await page.evaluate("window.scrollTo({ top: 0, behavior: 'instant' })")
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}
