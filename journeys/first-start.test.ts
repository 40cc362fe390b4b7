import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { callMarket, greeted, heyan, LI_SAN, modeOf, newFolder, serve, shell } from './processes.js'

const MATCH =
  '{"ok":1,"msg":"实名信息正确","xm":"李**","sfz":"1101*****2X","match":true,"birthday":"19****31","sex":"女","address":"北京市**区"}'

describe('the first start', () => {
  test('in an empty folder makes everything, and prints one curl line that answers 实名信息正确', async () => {
    const folder = newFolder()
    const server = await serve(folder)
    const { appCode, appKey, appSecret, curl } = greeted(server.output())
    expect([appCode, appKey, appSecret].every((text) => text !== '')).toBe(true)
    expect(server.output().match(/^curl /gm)).toHaveLength(1)
    expect(await shell(curl)).toBe(MATCH)

    const data = join(folder, 'data')
    expect(modeOf(statSync(data).mode)).toBe('700')
    for (const file of ['master.key', 'operator.token']) expect(modeOf(statSync(join(data, file)).mode)).toBe('600')
    expect(existsSync(join(data, 'heyan.sqlite'))).toBe(true)

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

    const second = await serve(folder)
    expect(greeted(second.output()).appCode).toBe(appCode)
    for (let call = 0; call < 17; call++) expect((await callMarket(second.url, appCode)).status).toBe(200)
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

describe('what stands in the way of a start is told in one line, with an exit code', () => {
  const oneLine = (text: string) => expect(text.trim().split('\n')).toHaveLength(1)

  test('a port that is taken', async () => {
    const server = await serve(newFolder())
    const port = new URL(server.url).port
    const { code, stderr } = await heyan(['serve'], { DATA_DIR: join(newFolder(), 'data'), PORT: port })
    expect(code).toBe(1)
    expect(stderr).toContain(`PORT ${port}`)
    oneLine(stderr)
  })

  test('a data directory that cannot be written', async () => {
    const file = join(newFolder(), 'file')
    writeFileSync(file, '')
    const { code, stderr } = await heyan(['serve'], { DATA_DIR: join(file, 'data') })
    expect(code).toBe(1)
    expect(stderr).toContain('DATA_DIR')
    oneLine(stderr)
  })

  test('a wrong setting', async () => {
    const { code, stderr } = await heyan(['serve'], { DATA_DIR: newFolder(), PORT: '99999' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/PORT.*99999/)
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

test('SIGTERM lets what is under way finish: no caller meets a broken connection', async () => {
  const server = await serve(newFolder())
  const created = await heyan(['app', 'create', '--name', 'load', '--calls', '1000000', '--json'], server.env)
  const { appId, appCode } = JSON.parse(created.stdout)
  let answered = 0
  let isOver = false
  const broken: string[] = []
  const client = async () => {
    while (!isOver) {
      try {
        const answer = await fetch(`${server.url}/idcard?${LI_SAN}`, {
          headers: { authorization: `APPCODE ${appCode}` },
        })
        await answer.text()
        if (answer.status === 200) answered++
        else broken.push(String(answer.status))
        if (answer.headers.get('connection') === 'close') return
      } catch (error) {
        broken.push(String(error))
        return
      }
    }
  }
  const clients = Array.from({ length: 16 }, client)
  while (answered < 200) await new Promise((resolve) => setImmediate(resolve))
  const code = server.stop()
  await Promise.all(clients)
  isOver = true
  expect(await code).toBe(0)
  expect(broken).toEqual([])
  const audit = await heyan(['audit', '--json'], server.env)
  expect(JSON.parse(audit.stdout).problems).toEqual([])
  expect(appId).toMatch(/^app_[0-9a-z]{26}$/)
})
