import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { callMarket, heyan, newFolder, serve } from './processes.js'

/** GBK, as Excel writes it in China: 姓名,身份证号码 and one row. */
const GBK_LIST = Buffer.concat([
  Buffer.from([0xd0, 0xd5, 0xc3, 0xfb]),
  Buffer.from(','),
  Buffer.from([0xc9, 0xed, 0xb7, 0xdd, 0xd6, 0xa4, 0xba, 0xc5, 0xc2, 0xeb]),
  Buffer.from('\r\n'),
  Buffer.from([0xc0, 0xee, 0xc8, 0xfd]),
  Buffer.from(',11010519491231002X\r\n'),
])

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
    expect(await verify('李三', '1')).toMatchObject({ code: 3 })
    const fromInput = await heyan(['verify', '--name', '李三', '--number', '-'], server.env, '11010519491231002X\n')
    expect(fromInput).toMatchObject({ code: 0, stdout: '一致\n' })
  })

  test('import a list in UTF-8 and in GBK, and say which rows were refused, by line', async () => {
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

  test('replace the list while callers ask: none of them meets an error or half a list', async () => {
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
    const oneLine = ({ code, stderr }: { code: number | null; stderr: string }, text: RegExp) => {
      expect(code).toBe(1)
      expect(stderr).toMatch(text)
      expect(stderr.trim().split('\n')).toHaveLength(1)
    }
    oneLine(await heyan(['app', 'list'], { ...server.env, HEYAN_URL: 'http://127.0.0.1:9' }), /no server answers/)
    oneLine(await heyan(['app', 'list'], { HEYAN_URL: server.url, DATA_DIR: newFolder() }), /no operator's token/)
    oneLine(await heyan(['app', 'list'], { ...server.env, HEYAN_TOKEN: 'hyop_wrong' }), /token is missing or wrong/)
    oneLine(await run('usage', 'app_unknown'), /no such application/)
    oneLine(await run('app', 'allow', 'app_unknown', 'nonsense'), /not an address/)
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
