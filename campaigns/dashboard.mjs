// `npm run campaign -- dashboard [--seconds N] [--picture FILE.png] [--json]`: a real Prometheus scrapes a server that is asked all the
// time, and answers every query of the example dashboard. One that has no answer is a panel that would stay empty. With `--picture`
// the panels are drawn, to be looked at.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDoor, wait } from '../bench/load/server.mjs'
import { ask, freePort } from './postgres/nodes.mjs'

const CLIENTS = 4
const PAUSE_MS = 20
const SCRAPE = '1s'
/** Rates look back so far in the dashboard: that long a run is not needed to see that there is something. */
const SHORT_RATES = [[/\[(5m|1h)\]/g, '[10s]']]

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      seconds: { type: 'string', default: '15' },
      picture: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  if (spawnSync('prometheus', ['--version']).error) {
    const skipped = 'prometheus is not installed'
    process.stdout.write(values.json ? `${JSON.stringify({ skipped })}\n` : `SKIPPED: ${skipped}\n`)
    return 0
  }
  const folder = mkdtempSync(join(tmpdir(), 'heyan-dashboard-'))
  const metricsPort = await freePort()
  const door = await startDoor({ env: { LOG_LEVEL: 'warn', METRICS_PORT: String(metricsPort) } })
  const prometheus = await startPrometheus(folder, metricsPort)
  try {
    const { appCode } = await door.admin('POST', '/applications', { name: 'dashboard', calls: 1_000_000 })
    const begun = Date.now()
    await askAround(door.url, appCode, Number(values.seconds) * 1_000)
    const { panels } = JSON.parse(readFileSync(new URL('../docs/dashboards/heyan.json', import.meta.url), 'utf8'))
    const drawn = []
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        const series = await prometheus.range(shortened(expr), begun / 1_000, Date.now() / 1_000)
        drawn.push({ title, expr, series })
      }
    }
    const empty = drawn.filter(({ series }) => series.length === 0).map(({ title, expr }) => `${title}: ${expr}`)
    if (values.picture) await draw(drawn, values.picture)
    // Nothing is asked of a supplier here: its panels have an answer only where there is one.
    const unexpected = empty.filter((line) => !line.includes('heyan_source_'))
    const result = { queries: drawn.length, empty, unexpected }
    const text = `${drawn.length} queries of the dashboard, ${drawn.length - empty.length} with an answer${empty.length > 0 ? `; without: ${empty.join('; ')}` : ''}`
    process.stdout.write(`${values.json ? JSON.stringify(result) : text}\n`)
    return unexpected.length === 0 ? 0 : 1
  } finally {
    await prometheus.stop()
    await door.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const shortened = (expr) => SHORT_RATES.reduce((text, [pattern, by]) => text.replace(pattern, by), expr)

async function startPrometheus(folder, metricsPort) {
  const port = await freePort()
  const config = join(folder, 'prometheus.yml')
  writeFileSync(
    config,
    `global:\n  scrape_interval: ${SCRAPE}\nscrape_configs:\n  - job_name: heyan\n    static_configs:\n      - targets: ['127.0.0.1:${metricsPort}']\n`,
  )
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const url = `http://127.0.0.1:${port}`
  const isReady = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error('prometheus did not start')
    await wait(100)
  }
  return {
    async range(query, start, end) {
      const parameters = new URLSearchParams({ query, start: String(start), end: String(end), step: '1' })
      const answer = await (await fetch(`${url}/api/v1/query_range?${parameters}`)).json()
      if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`)
      return answer.data.result
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function askAround(url, appCode, ms) {
  const agent = new http.Agent({ keepAlive: true })
  const until = performance.now() + ms
  const one = async (client) => {
    for (let turn = 0; performance.now() < until; turn++) {
      const code = turn % 10 === 9 ? 'nobody' : appCode
      await ask(url, { authorization: `APPCODE ${code}` }, agent)
      await wait(PAUSE_MS * (1 + client))
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, (_, client) => one(client)))
  agent.destroy()
}

const [WIDTH, HEIGHT] = [460, 180]
const COLOURS = ['#1677ff', '#fa541c', '#52c41a', '#722ed1', '#faad14', '#13c2c2']

/** Each panel's lines, scaled to their highest. */
async function draw(drawn, file) {
  const { chromium } = await import('playwright-core')
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) throw new Error('a picture needs Chromium')
  const panel = ({ title, series }) => {
    const all = series.flatMap(({ values }) => values.map(([, value]) => Number(value))).filter(Number.isFinite)
    const [least, most] = [0, Math.max(...all, 1e-9)]
    const times = series.flatMap(({ values }) => values.map(([at]) => at))
    const [from, to] = [Math.min(...times), Math.max(...times)]
    const x = (at) => ((at - from) / Math.max(1, to - from)) * WIDTH
    const y = (value) => HEIGHT - ((value - least) / (most - least)) * (HEIGHT - 10)
    const lines = series.map(({ metric, values }, place) => {
      const points = values
        .filter(([, value]) => Number.isFinite(Number(value)))
        .map(([at, value]) => `${x(at).toFixed(1)},${y(Number(value)).toFixed(1)}`)
      const name = Object.entries(metric)
        .filter(([key]) => !/^(__name__|instance|job)$/.test(key))
        .map(([, value]) => value)
        .join(' ')
      const colour = COLOURS[place % COLOURS.length]
      return {
        line: `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.join(' ')}"/>`,
        legend: `<span style="color:${colour}">■ ${name || 'value'}</span>`,
      }
    })
    return `<section><h2>${title}</h2><p>最高 ${most.toPrecision(3)}</p><svg width="${WIDTH}" height="${HEIGHT}">${lines.map(({ line }) => line).join('')}</svg><p>${lines.map(({ legend }) => legend).join(' ') || '没有数据'}</p></section>`
  }
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const page = await browser.newPage({ viewport: { width: 1_500, height: 900 } })
  await page.setContent(
    `<style>body{font:14px sans-serif;display:grid;grid-template-columns:repeat(3,1fr);gap:12px}section{border:1px solid #ddd;padding:8px}h2{font-size:15px;margin:0}p{margin:2px 0;color:#555}</style>${drawn.map(panel).join('')}`,
  )
  await page.screenshot({ path: file, fullPage: true })
  await browser.close()
}
