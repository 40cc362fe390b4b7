import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { callMarket, greeted, heyan, modeOf, newFolder, serve, shell } from './processes.js'

const MATCH =
  '{"ok":1,"msg":"实名信息正确","xm":"李**","sfz":"1101*****2X","match":true,"birthday":"19****31","sex":"女","address":"北京市**区"}'

const ms = (begun: number) => Math.round(performance.now() - begun)

describe('the first start', () => {
  test('in an empty folder makes everything, and prints one curl line that answers 实名信息正确', async () => {
    const folder = newFolder()
    const begun = performance.now()
    const server = await serve(folder)
    const { appCode, appKey, appSecret, curl } = greeted(server.output())
    expect((await callMarket(server.url, appCode)).body).toBe(MATCH)
    console.log(`from the process's start to its first answer, in an empty folder: ${ms(begun)} ms`)
    expect([appCode, appKey, appSecret].every((text) => text !== '')).toBe(true)
    expect(server.output()).toContain(`核验 Heyan  ${server.url}/\n`)
    expect(server.output().match(/^curl /gm)).toHaveLength(1)
    expect(curl).toContain('/idcard?xm=%E6%9D%8E%E4%B8%89&sfz=11010519491231002X')
    // Real curl, pasted into a real shell.
    if (await shell('command -v curl').then(Boolean, () => false)) expect(await shell(curl)).toBe(MATCH)
    else console.warn('SKIPPED: curl is not installed, so the line that is printed for it was not run')

    const data = join(folder, 'data')
    expect(modeOf(statSync(data).mode)).toBe('700')
    for (const file of ['master.key', 'operator.token', 'heyan.sqlite', 'heyan.sqlite-wal']) {
      expect([file, modeOf(statSync(join(data, file)).mode)]).toEqual([file, '600'])
    }

    const page = await (await fetch(`${server.url}/`)).text()
    expect(page).toContain('lang="zh-CN"')
    expect(page).toContain('/idcard?xm=')
    expect(await (await fetch(`${server.url}/?lang=en`)).text()).toContain('lang="en"')
    expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: 'ok' })
    expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({ status: 'ready' })
    expect(await server.stop()).toBe(0)
  })

  test('gives the demo 20 calls and about 20 people; a second start keeps everything', async () => {
    const folder = newFolder()
    const first = await serve(folder)
    const { appCode } = greeted(first.output())
    for (let call = 0; call < 3; call++) expect((await callMarket(first.url, appCode)).status).toBe(200)
    expect((await heyan(['roster', 'count', '--json'], first.env)).stdout).toBe('{"count":20}\n')
    expect(await first.stop()).toBe(0)

    const begun = performance.now()
    const second = await serve(folder)
    expect((await callMarket(second.url, appCode)).status).toBe(200)
    console.log(`from the process's start to its first answer, the second time: ${ms(begun)} ms`)
    expect(greeted(second.output()).appCode).toBe(appCode)
    for (let call = 0; call < 16; call++) expect((await callMarket(second.url, appCode)).status).toBe(200)
    expect(await callMarket(second.url, appCode)).toEqual({ status: 403, body: '', error: 'Quota Exhausted' })
    const audit = await heyan(['audit', '--json'], second.env)
    expect(JSON.parse(audit.stdout)).toMatchObject({ ok: true, problems: [] })
  })

  test('with DEMO=off is an empty system, ready when it has a roster', async () => {
    const folder = newFolder()
    const server = await serve(folder, { DEMO: 'off' })
    expect(greeted(server.output()).appCode).toBe('')
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503)
    const list = join(folder, 'list.csv')
    writeFileSync(list, '姓名,身份证号码\n李三,11010519491231002X\n')
    expect((await heyan(['roster', 'import', list, '--json'], server.env)).code).toBe(0)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    const created = await heyan(['app', 'create', '--name', '甲', '--calls', '1', '--json'], server.env)
    expect((await callMarket(server.url, JSON.parse(created.stdout).appCode)).body).toBe(MATCH)
  })
})

describe.concurrent('what stands in the way of a start is told in one line, with an exit code', () => {
  const oneLine = (text: string) => expect(text.trim().split('\n')).toHaveLength(1)

  test('a port that is taken', async () => {
    const server = await serve(newFolder())
    const port = new URL(server.url).port
    const { code, stderr } = await heyan(['serve'], { DATA_DIR: join(newFolder(), 'data'), PORT: port })
    expect(code).toBe(1)
    expect(stderr).toContain(`PORT ${port}`)
    oneLine(stderr)
  })

  test.each([
    ['a data directory under a file', { DATA_DIR: '{file}/data' }, /^heyan: DATA_DIR cannot be written: /],
    ['a data directory that is a file', { DATA_DIR: '{file}' }, /^heyan: DATA_DIR cannot be written: /],
    ['a data directory where none can be', { DATA_DIR: '/proc/heyan/data' }, /^heyan: DATA_DIR cannot be written: /],
    ['a wrong setting', { PORT: '99999' }, /^heyan: PORT .*99999/],
    ['an address of another machine', { HOST: '203.0.113.7' }, /^heyan: HOST .*203\.0\.113\.7/],
    ['a named master key that is not there', { MASTER_KEY_FILE: '/nowhere/key' }, /^heyan: MASTER_KEY_FILE: /],
    ['a named master key that is none', { MASTER_KEY_FILE: '{file}' }, /^heyan: MASTER_KEY_FILE: /],
    [
      'a certificate that is none',
      { TLS_CERT_FILE: '{file}', TLS_KEY_FILE: '{file}' },
      /^heyan: TLS_CERT_FILE and TLS_KEY_FILE /,
    ],
    ['a database that is none', { DATABASE_URL: 'sqlite:{file}' }, /^heyan: cannot start: .*SQLITE_NOTADB/],
    ['another kind of database', { DATABASE_URL: 'mysql://root:secret@db' }, /^heyan: DATABASE_URL (?!.*secret)/],
  ])('%s', async (_, environment, told) => {
    const folder = newFolder()
    const file = join(folder, 'file')
    writeFileSync(file, 'nothing that could be meant, '.repeat(100))
    const given = Object.entries({ PORT: '0', DATA_DIR: join(folder, 'data'), ...environment })
    const { code, stdout, stderr } = await heyan(
      ['serve'],
      Object.fromEntries(given.map(([name, value]) => [name, value.replace('{file}', file)])),
    )
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(told)
    oneLine(stderr)
  })

  test('another server on the same data', async () => {
    const folder = newFolder()
    const server = await serve(folder)
    const { code, stderr } = await heyan(['serve'], { ...server.env, PORT: '0' })
    expect(code).toBe(1)
    expect(stderr).toContain('another process is using this store')
    oneLine(stderr)
  })

  test('another master key than the data was made with', async () => {
    const folder = newFolder()
    const server = await serve(folder)
    await server.stop()
    mkdirSync(join(folder, 'keys'))
    const key = join(folder, 'keys', 'other.key')
    writeFileSync(key, 'ab'.repeat(32))
    const { code, stderr } = await heyan(['serve'], { ...server.env, MASTER_KEY_FILE: key })
    expect(code).toBe(1)
    expect(stderr).toContain('master key')
    oneLine(stderr)
  })
})
