import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { checkDigit } from '@heyan/core'
import { createSheetWriter } from '@heyan/sheets'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { callMarket, type Ended, heyan, newFolder, serve } from './processes.js'

/** GBK, as Excel writes it in China: 姓名,身份证号码 and one row. */
const GBK_LIST = Buffer.concat([
  Buffer.from([0xd0, 0xd5, 0xc3, 0xfb]),
  Buffer.from(','),
  Buffer.from([0xc9, 0xed, 0xb7, 0xdd, 0xd6, 0xa4, 0xba, 0xc5, 0xc2, 0xeb]),
  Buffer.from('\r\n'),
  Buffer.from([0xc0, 0xee, 0xc8, 0xfd]),
  Buffer.from(',11010519491231002X\r\n'),
])

/** Invented numbers of the 1880s, each of a row of its own. */
function numberOf(row: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = Math.floor(row / 1000)
  const digits = `110105188${Math.floor(day / 336)}${two(1 + (Math.floor(day / 28) % 12))}${two(1 + (day % 28))}${String(row % 1000).padStart(3, '0')}`
  return digits + checkDigit(digits)
}

async function started(more: Record<string, string> = {}) {
  const folder = newFolder()
  const server = await serve(folder, more)
  const run = (...args: string[]) => heyan(args, server.env)
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.trim().split('\n')).toHaveLength(1)
    return JSON.parse(stdout)
  }
  return { folder, server, run, json }
}

/** One server for all tests that leave the roster as it is. */
let shared: ReturnType<typeof started> | undefined
const running = () => {
  shared ??= started()
  return shared
}

describe('the commands', () => {
  test('create an application, tell its usage, and grant it more', async () => {
    const { server, json } = await running()
    const created = await json('app', 'create', '--name', '门诊', '--calls', '2', '--days', '30')
    expect(Object.keys(created).sort()).toEqual(['accountId', 'appCode', 'appId', 'appKey', 'appSecret'])
    expect((await callMarket(server.url, created.appCode)).status).toBe(200)
    expect((await callMarket(server.url, created.appCode, 'xm=1&sfz=2')).status).toBe(666)
    expect(await json('usage', created.appId)).toEqual({
      granted: 2,
      reserved: 0,
      used: 1,
      expired: 0,
      remaining: 1,
      charged: 1,
      free: 1,
    })
    expect((await callMarket(server.url, created.appCode)).status).toBe(200)
    expect((await callMarket(server.url, created.appCode)).error).toBe('Quota Exhausted')
    // Used up comes before parameters, and stays so however long one waits.
    expect((await callMarket(server.url, created.appCode, 'xm=1&sfz=2')).error).toBe('Quota Exhausted')
    expect(await json('grant', created.appId, '--calls', '1')).toMatchObject({ calls: 1 })
    expect((await callMarket(server.url, created.appCode)).status).toBe(200)
    expect(await json('usage', created.appId)).toMatchObject({ granted: 3, used: 3, remaining: 0 })
  })

  test('take effect on the very next call: suspend, resume, allow, limit', async () => {
    const { server, json } = await running()
    const { appId, appCode } = await json('app', 'create', '--name', 'a', '--calls', '100')
    const ask = () => callMarket(server.url, appCode)
    expect((await ask()).status).toBe(200)
    await json('app', 'suspend', appId)
    expect(await ask()).toMatchObject({ status: 403, error: 'Unauthorized' })
    await json('app', 'resume', appId)
    expect((await ask()).status).toBe(200)
    await json('app', 'allow', appId, '192.0.2.0/24')
    expect(await ask()).toMatchObject({ status: 403, error: 'Unauthorized' })
    await json('app', 'allow', appId, '127.0.0.0/8', '192.0.2.0/24')
    expect((await ask()).status).toBe(200)
    await json('app', 'limit', appId, '--total', '3')
    expect(await ask()).toMatchObject({ status: 403, error: 'Quota Exhausted' })
    await json('app', 'limit', appId, '--total', 'none')
    expect((await ask()).status).toBe(200)
    expect((await json('app', 'list')).applications.map(({ appId: id }: { appId: string }) => id)).toContain(appId)
  })

  test('show a person in full where the application has it so', async () => {
    const { server, json } = await running()
    const { appCode } = await json('app', 'create', '--name', 'a', '--calls', '1', '--fields', 'full')
    expect(JSON.parse((await callMarket(server.url, appCode)).body)).toMatchObject({
      xm: '李三',
      sfz: '11010519491231002X',
      birthday: '19491231',
      address: '北京市朝阳区',
    })
  })

  test('verify, by exit code: 0 match, 1 mismatch, 2 no record, 3 problem', async () => {
    const { run, server } = await running()
    const verify = (name: string, number: string) => run('verify', '--name', name, '--number', number, '--json')
    expect(await verify('李三', '11010519491231002X')).toMatchObject({ code: 0 })
    expect(await verify('王五', '11010519491231002X')).toMatchObject({ code: 1 })
    expect(await verify('李三', '110105194912310038')).toMatchObject({ code: 2 })
    const problem = await verify('李三', '1')
    expect(problem).toMatchObject({ code: 3, stderr: '' })
    expect(JSON.parse(problem.stdout)).toMatchObject({ problem: expect.any(String), message: expect.any(String) })
    // Never 1, which says that they do not belong together: not for a server that is away, a wrong setting, a wrong use.
    const number = ['--number', '11010519491231002X']
    for (const [args, env] of [
      [number, { HEYAN_URL: 'http://127.0.0.1:9' }],
      [number, { HEYAN_TOKEN: 'hyop_wrong' }],
      [number, { PORT: 'x' }],
      [[], {}],
    ] as const) {
      const { code, stdout, stderr } = await heyan(['verify', '--name', '李三', ...args], { ...server.env, ...env })
      expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 3, stdout: '', lines: 1 })
    }
    const fromInput = await heyan(['verify', '--name', '李三', '--number', '-'], server.env, '11010519491231002X\n')
    expect(fromInput).toMatchObject({ code: 0, stdout: '一致\n' })
  })

  test.concurrent('say by exit code whether the ledger adds up', async () => {
    const { server, json, run } = await started()
    const { appId } = await json('app', 'create', '--name', 'a', '--calls', '7')
    expect(await json('audit')).toMatchObject({ ok: true, problems: [] })
    await server.stop()
    const db = new Database(join(server.env.DATA_DIR ?? '', 'heyan.sqlite'))
    db.exec('UPDATE lots SET granted = granted + 1')
    db.close()
    const { code, stdout } = await run('audit', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ ok: false })
    expect(JSON.parse(stdout).problems.length).toBeGreaterThan(0)
    expect(appId).not.toBe('')
  })

  test.concurrent('import a list in UTF-8 and in GBK, and say which rows were refused, by line', async () => {
    const { folder, json, run } = await started()
    const list = join(folder, 'list.csv')
    writeFileSync(list, '\uFEFF姓名,身份证号码\n李三,11010519491231002X\n张三,110105194912310021\n')
    expect(await json('roster', 'import', list)).toMatchObject({ count: 1, refused: 1, problems: [{ line: 3 }] })
    expect(await json('roster', 'count')).toEqual({ count: 1 })
    writeFileSync(list, GBK_LIST)
    expect(await json('roster', 'import', list)).toMatchObject({ count: 1, refused: 0 })
    expect(await run('verify', '--name', '李三', '--number', '11010519491231002X')).toMatchObject({ code: 0 })

    writeFileSync(list, 'nothing,of,the,kind\n1,2,3,4\n')
    const refused = await run('roster', 'import', list)
    expect(refused.code).toBe(1)
    expect(await json('roster', 'count')).toEqual({ count: 1 })
    expect(await run('roster', 'import', join(folder, 'nowhere.csv'))).toMatchObject({ code: 1 })
  })

  test.concurrent('import 200,000 rows and say so, and refuse a wrong token without sending them all', async () => {
    const { folder, server, json, run } = await started()
    const list = join(folder, 'list.csv')
    writeFileSync(
      list,
      `姓名,身份证号码\n${Array.from({ length: 200_000 }, (_, row) => `甲乙,${numberOf(row)}`).join('\n')}\n`,
    )
    expect((await run('roster', 'import', list)).stdout).toBe('200000 people; 0 rows refused\n')
    expect(await json('verify', '--name', '甲乙', '--number', numberOf(199_999))).toMatchObject({ verdict: 'match' })
    const refused = await heyan(['roster', 'import', list], { ...server.env, HEYAN_TOKEN: 'hyop_wrong' })
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: "heyan: The operator's token is missing or wrong.\n" })
    const headings = await heyan(['roster', 'import', list, '--name-column', '无', '--json'], server.env)
    expect(headings.code).toBe(1)
    expect(JSON.parse(headings.stdout)).toMatchObject({ ok: false, reason: 'name_column_not_found' })
    expect(await json('roster', 'count')).toEqual({ count: 200_000 })
  })

  test.concurrent('go on with an import where the connection and the server broke off, and import a workbook', async () => {
    const { folder, server } = await started()
    const list = join(folder, 'list.csv')
    const text = Buffer.from(
      `姓名,身份证号码\n${Array.from({ length: 120_000 }, (_, row) => `甲乙,${numberOf(row)}`).join('\n')}\n甲丙,${numberOf(7)}\n`,
    )
    writeFileSync(list, text)
    // As the command names it: by its bytes and the columns asked for.
    const id = createHash('sha256')
      .update(`${createHash('sha256').update(text).digest('hex')}\n`)
      .digest('hex')
    await new Promise<void>((resolve) => {
      const upload = request(`${server.url}/admin/v1/roster?id=${id}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${readFileSync(join(folder, 'data', 'operator.token'), 'utf8').trim()}` },
      })
      upload.on('error', () => resolve())
      upload.on('response', (response) => {
        response.on('error', () => resolve())
        response.on('data', (lines: Buffer) => {
          if (lines.toString().includes('"rows":0')) return
          upload.destroy()
          resolve()
        })
      })
      upload.write(text.subarray(0, 3_000_000))
    })
    expect(await server.stop()).toBe(0)

    const again = await serve(folder)
    const { code, stdout, stderr } = await heyan(['roster', 'import', list], again.env)
    expect(stderr).toMatch(/^goes on where it was interrupted, at \d+%\n$/)
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        '120000 people; 0 rows refused\n0 rows again, 1 with another name\n  line 120002: the number of line 9, with another name, which counts\n',
    })

    const workbook = join(folder, 'list.xlsx')
    const writer = createSheetWriter(workbook, {
      format: 'xlsx',
      sheetName: '名单',
      columns: [
        { title: '姓名', kind: 'text' },
        { title: '身份证号码', kind: 'text' },
      ],
    })
    await writer.write([{ cells: ['李三', '11010519491231002X'] }, { cells: ['李四', '1.10105E+17'] }])
    await writer.finish()
    const imported = await heyan(['roster', 'import', workbook], again.env)
    expect(imported.stdout).toBe('1 people; 1 rows refused\n  line 3: number_mangled\n')
  })

  test.concurrent('replace the list while callers ask: none of them meets an error or half a list', async () => {
    const { folder, server, json } = await started()
    const { appCode } = await json('app', 'create', '--name', 'a', '--calls', '100000')
    const list = join(folder, 'list.csv')
    const rows = Array.from(
      { length: 20_000 },
      (_, row) => `甲${String.fromCodePoint(0x4e00 + (row % 5000))},11010519491231002X`,
    )
    writeFileSync(list, `姓名,身份证号码\n${rows.join('\n')}\n李三,11010519491231002X\n`)
    let isOver = false
    const seen = new Set<string>()
    const caller = (async () => {
      while (!isOver) seen.add((await callMarket(server.url, appCode)).body)
    })()
    for (let time = 0; time < 3; time++) expect(await json('roster', 'import', list)).toMatchObject({ count: 1 })
    isOver = true
    await caller
    expect([...seen].map((body) => JSON.parse(body).msg)).toEqual(['实名信息正确'])
  })

  test('say in one line what is wrong, with an exit code: no server, no token, a wrong one, an unknown application', async () => {
    const { server, run } = await running()
    const oneLine = ({ code, stdout, stderr }: Ended, text: RegExp) => {
      expect(code).toBe(1)
      expect(stderr).toMatch(text)
      expect(stderr).toMatch(/^heyan: .*\n$/)
      expect(stdout).toBe('')
    }
    oneLine(await heyan(['app', 'list'], { ...server.env, HEYAN_URL: 'http://127.0.0.1:9' }), /no server answers/)
    oneLine(await heyan(['app', 'list'], { HEYAN_URL: server.url, DATA_DIR: newFolder() }), /no operator's token/)
    oneLine(await heyan(['app', 'list'], { ...server.env, HEYAN_TOKEN: 'hyop_wrong' }), /token is missing or wrong/)
    oneLine(await run('usage', 'app_unknown'), /no such application/)
    oneLine(await run('app', 'allow', 'app_unknown', 'nonsense'), /not an address/)
    oneLine(await heyan(['app', 'list'], { ...server.env, HEYAN_URL: 'nonsense' }), /HEYAN_URL is not/)
    oneLine(await heyan(['audit'], { DATA_DIR: newFolder() }), /there is no store/)
    // With --json too: standard output has the one value, or nothing.
    oneLine(await run('usage', 'app_unknown', '--json'), /no such application/)
    oneLine(await run('grant', 'app_unknown', '--calls', '1', '--json'), /no such application/)
    oneLine(await run('app', 'suspend', 'app_unknown', '--json'), /no such application/)
    oneLine(await run('app', 'creat', '--json'), /unknown command/)
    oneLine(await run('app', 'create', '--json'), /--name/)
    oneLine(await run('roster', 'import', '/nowhere.csv', '--json'), /there is no file/)
    oneLine(await run('roster', 'import', '/', '--json'), /is a directory/)
    oneLine(await run('regions', 'import', '/nowhere.csv', '--json'), /there is no file/)
  })

  test('take the token from HEYAN_TOKEN on another machine than the server', async () => {
    const { server } = await running()
    const token = readFileSync(join(server.env.DATA_DIR ?? '', 'operator.token'), 'utf8').trim()
    const { code, stdout } = await heyan(['roster', 'count', '--json'], {
      HEYAN_URL: `${server.url}/`,
      HEYAN_TOKEN: token,
      DATA_DIR: newFolder(),
    })
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"count":20}\n' })
  })

  test('speak to people in words where no JSON is asked for', async () => {
    const { run, json } = await running()
    const { appId } = await json('app', 'create', '--name', '住院部', '--calls', '7')
    expect((await run('usage', appId)).stdout).toMatch(/^granted +7\n[\s\S]*remaining +7\n/)
    expect((await run('app', 'suspend', appId)).stdout).toBe(`${appId} is suspended\n`)
    expect((await run('app', 'list')).stdout).toMatch(new RegExp(`^${appId}  acc_\\w+  suspended  live  住院部$`, 'm'))
    expect((await run('app', 'limit', appId, '--rate', '5')).stdout).toMatch(/^rate +5$/m)
    expect((await run('grant', appId, '--calls', '3')).stdout).toMatch(/^3 calls, expires 20\d\d-/)
    expect((await run('audit')).stdout).toMatch(/^\d+ entries, \d+ lots: adds up\n$/)
  })

  test('take a newer table of divisions at once, tell the line of a wrong one, and go back', async () => {
    const { folder, server, json, run } = await running()
    const { appCode } = await json('app', 'create', '--name', 'a', '--calls', '10', '--fields', 'full')
    const address = async () => JSON.parse((await callMarket(server.url, appCode)).body).address
    expect(await address()).toBe('北京市朝阳区')
    const table = join(folder, 'regions.csv')
    writeFileSync(table, 'code,name,from,to,successor\n110105,晨曦区,1981,,\n')
    expect(await json('regions', 'import', table)).toEqual({ records: 1 })
    expect(await address()).toBe('北京市晨曦区')
    writeFileSync(table, 'code,name,from,to,successor\n110105\n')
    const wrong = await run('regions', 'import', table, '--json')
    expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^heyan: .*line 2: .*\n$/) })
    expect(await address()).toBe('北京市晨曦区')
    expect(await json('regions', 'reset')).toEqual({ records: 0 })
    expect(await address()).toBe('北京市朝阳区')
  })

  test('refuse an argument that cannot be meant before any server is asked', async () => {
    const wrong = await heyan(['app', 'create', '--name', 'a', '--calls', 'many'], {})
    expect(wrong.code).not.toBe(0)
    expect(wrong.stderr).toContain('--calls')
  })

  test('explain a number and a name without a server', async () => {
    const number = await heyan(['explain', '--jsonl'], {}, '"11010519491231002X"\n"1"\n')
    expect(
      number.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { valid: true, kind: 'resident', birthday: '1949-12-31', sex: 'female', region: '北京市朝阳区' },
      { valid: false },
    ])
    const name = await heyan(['explain-name', '--jsonl'], {}, '"买买提·艾力"\n')
    expect(JSON.parse(name.stdout)).toMatchObject({ valid: true, key: '买买提·艾力' })
  })
})
