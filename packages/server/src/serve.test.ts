import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readConfig, SettingError } from './config.js'
import {
  BODY_MAX_BYTES,
  CONNECTIONS_MAX,
  DRAIN_MAX_MS,
  DRAIN_NOTICE_MS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  REQUEST_HEAD_MAX_BYTES,
  VERIFY_BUDGET_MS,
} from './limits.js'
import { quietLog } from './log.js'
import { type RunningServer, startServer } from './serve.js'

let folder = ''
let running: RunningServer[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heyan-serve-'))
})
afterEach(async () => {
  await Promise.all(running.map((server) => server.close()))
  running = []
  rmSync(folder, { recursive: true, force: true })
})

async function start(more: Record<string, string> = {}, drainNoticeMs = 0): Promise<RunningServer> {
  const config = readConfig({ DATA_DIR: join(folder, 'data'), PORT: '0', ...more })
  const server = await startServer(config, { log: quietLog(), drainNoticeMs })
  running.push(server)
  return server
}

const missing = async (server: RunningServer) => {
  const answer = await fetch(`${server.url}/readyz`)
  return [answer.status, ((await answer.json()) as { missing?: string[] }).missing]
}

describe('a start', () => {
  test('makes its directories for its owner only, also those above', async () => {
    await start({ DATA_DIR: join(folder, 'a', 'b') })
    for (const path of ['a', 'a/b', 'a/b/roster']) {
      expect([path, (statSync(join(folder, path)).mode & 0o777).toString(8)]).toEqual([path, '700'])
    }
  })

  test('leaves the mode of a directory alone that was there before', async () => {
    mkdirSync(join(folder, 'data'), { mode: 0o750 })
    await start()
    expect((statSync(join(folder, 'data')).mode & 0o777).toString(8)).toBe('750')
  })

  test('that fails gives up all it took: the next one succeeds', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    await expect(start({ PORT: String(port) })).rejects.toThrow(`PORT ${port} on 127.0.0.1 is taken`)
    writeFileSync(join(folder, 'data', 'regions.csv'), 'nonsense')
    await expect(start()).rejects.toThrow('regions.csv, line 1')
    rmSync(join(folder, 'data', 'regions.csv'))
    await start()
    other.close()
  })

  test('in a place where no directory can be is refused, and soon', async () => {
    await expect(start({ DATA_DIR: '/proc/heyan/data' })).rejects.toThrow(/^DATA_DIR cannot be written: .* \(ENOENT\)$/)
    await expect(start({ DATA_DIR: '/dev/null' })).rejects.toThrow(SettingError)
  })

  test('does not make a master key where its place was named', async () => {
    const file = join(folder, 'named.key')
    await expect(start({ MASTER_KEY_FILE: file })).rejects.toThrow(/^MASTER_KEY_FILE: /)
    expect(existsSync(file)).toBe(false)
    await expect(start({ MASTER_KEY_FILE: folder })).rejects.toThrow(/^MASTER_KEY_FILE: .*EISDIR/)
  })

  test('without a demo holds nobody, and is ready once there is somebody to ask about', async () => {
    const server = await start({ DEMO: 'off' })
    expect(server.demo).toBeNull()
    expect(await server.services.store.run('isEmpty', undefined)).toBe(true)
    expect(await missing(server)).toEqual([503, ['source']])
    await server.services.roster.import([new TextEncoder().encode('姓名,身份证号码\n李三,11010519491231002X\n')])
    expect(await missing(server)).toEqual([200, undefined])
  })

  test('with a demo, after one without, adds none to a system that somebody has made theirs', async () => {
    const first = await start({ DEMO: 'off' })
    await first.services.store.run('createApplication', {
      actor: 'operator',
      accountId: null,
      name: 'A hospital',
      mode: 'live',
      fields: 'masked',
      calls: null,
      validDays: null,
      isNoRecordFree: false,
    })
    await first.close()
    running = []
    const second = await start()
    expect(second.demo).toBeNull()
    expect(second.services.roster.count()).toBe(0)
  })
})

describe('a running server', () => {
  test('has every limit it says it has', async () => {
    const { app } = await start()
    expect(app.server.maxConnections).toBe(CONNECTIONS_MAX)
    expect(app.server.headersTimeout).toBe(HEADERS_TIMEOUT_MS)
    expect(app.server.keepAliveTimeout).toBe(KEEP_ALIVE_TIMEOUT_MS)
    expect(app.initialConfig.bodyLimit).toBe(BODY_MAX_BYTES)
    expect(REQUEST_HEAD_MAX_BYTES).toBeGreaterThan(32 * 1024)
    // An answer that is under way when the end is told comes out before anybody is cut off.
    expect(DRAIN_MAX_MS).toBeGreaterThan(VERIFY_BUDGET_MS * 2)
  })

  test('answers its page in two languages, and how it is', async () => {
    const server = await start()
    const page = async (path: string) => (await fetch(server.url + path)).text()
    expect(await page('/')).toContain('<html lang="zh-CN">')
    expect(await page('/?lang=zh')).toBe(await page('/'))
    expect(await page('/?lang=en')).toContain('<html lang="en">')
    for (const path of ['/', '/?lang=en']) expect(await page(path)).toContain(`${server.url}/idcard?xm=`)
    expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: 'ok' })
  })

  test('shows the address that callers use where it was set', async () => {
    const server = await start({ PUBLIC_URL: 'https://id.example.com/' })
    expect(await (await fetch(server.url)).text()).toContain('https://id.example.com/idcard?xm=')
  })

  test('that ends tells every connection, says that it is not ready, and then listens no more', async () => {
    const server = await start({}, DRAIN_NOTICE_MS)
    const { port } = new URL(server.url)
    const silent = connect(Number(port), '127.0.0.1')
    await new Promise((resolve) => silent.once('connect', resolve))
    const isCut = new Promise((resolve) => silent.once('close', resolve))
    running = []
    const closed = server.close()
    for (const path of ['/', '/healthz', '/idcard', '/nowhere']) {
      expect([path, (await fetch(server.url + path)).headers.get('connection')]).toEqual([path, 'close'])
    }
    expect(await missing(server)).toEqual([503, ['draining']])
    await closed
    await isCut
    await expect(fetch(server.url)).rejects.toThrow()
  })
})
