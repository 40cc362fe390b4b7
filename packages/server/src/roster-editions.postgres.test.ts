import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readConfig } from './config.js'
import { quietLog } from './log.js'
import { startServer } from './serve.js'
import { TestServer } from './testing/server.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

test('two servers on one database answer from the roster that was imported at one of them', async () => {
  const first = await TestServer.start({ source: null, calls: 5 })
  closers.push(() => first.close())
  const { databaseUrl, masterKeyFile } = first.services.config
  if (databaseUrl === null) throw new Error('this needs PostgreSQL')
  const directory = mkdtempSync(join(tmpdir(), 'heyan-node-'))
  closers.push(() => rmSync(directory, { recursive: true, force: true }))
  const config = readConfig({
    DATA_DIR: directory,
    PORT: '0',
    DATABASE_URL: databaseUrl,
    MASTER_KEY_FILE: masterKeyFile,
    ROSTER_PEERS: first.url,
  })
  const second = await startServer(config, {
    log: quietLog(() => {}),
    now: () => first.clock.now,
    drainNoticeMs: 0,
  })
  closers.push(() => second.close())

  const imported = await first.ask('/admin/v1/roster', {
    method: 'PUT',
    headers: { authorization: `Bearer ${first.services.operatorToken}`, 'content-type': 'text/csv' },
    body: '姓名,身份证号码\n李三,11010519491231002X\n',
  })
  expect(imported.text).toContain('"ok":true')
  await second.services.rosterEditions.sync()
  expect(second.services.roster.state()).toEqual(first.services.roster.state())
  const query = new URLSearchParams({ xm: '李三', sfz: '11010519491231002X' })
  const answer = await fetch(`${second.url}/idcard?${query}`, {
    headers: { authorization: `APPCODE ${first.application.appCode}` },
  })
  expect(await answer.json()).toMatchObject({ ok: 1, match: true })
})
