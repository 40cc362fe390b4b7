import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { heyan, modeOf, newFolder, serve } from './processes.js'

/** Of the demo roster: there, under another name, not there, and a number that no check digit fits. */
const SHEET = [
  '部门,姓名,身份证号码',
  '一,李三,11010519491231002X',
  '一,王五,11010519491231002X',
  '二,李三,110105194912310038',
  '二,李三,110105194912310021',
  '',
].join('\r\n')

/** One server for all; each test has a folder of its own. */
let shared: ReturnType<typeof serve> | undefined

async function started() {
  shared ??= serve(newFolder())
  const server = await shared
  const folder = newFolder()
  const input = join(folder, 'in.csv')
  writeFileSync(input, SHEET)
  const run = (...args: string[]) => heyan(args, server.env)
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)
  const application = (calls: number) => json('app', 'create', '--name', '人事', '--calls', String(calls))
  return { folder, server, input, run, json, application, at: (name: string) => join(folder, name) }
}

function rowsOf(file: string): string[][] {
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  const rows = text.trimEnd().split('\r\n')
  return rows.map((row) => row.split(','))
}

describe('heyan batch', () => {
  test('gives back the same rows in the same order, each with its answer, and charges each verdict once', async () => {
    const { input, run, json, application, at } = await started()
    const { appId } = await application(100)
    const done = await run('batch', input, at('out.csv'), '--app', appId, '--columns', 'result,charged', '--json')
    expect(done).toMatchObject({ code: 0 })
    expect(JSON.parse(done.stdout)).toMatchObject({ status: 'completed', rows: 4, done: 4, charged: 3 })
    expect(rowsOf(at('out.csv'))).toEqual([
      ['部门', '姓名', '身份证号码', '结果', '是否计费'],
      ['一', '李三', '11010519491231002X', '一致', '是'],
      ['一', '王五', '11010519491231002X', '不一致', '是'],
      ['二', '李三', '110105194912310038', '查无记录', '是'],
      ['二', '李三', '110105194912310021', '信息有误', '否'],
    ])
    expect(await json('usage', appId)).toMatchObject({ used: 3, remaining: 97, reserved: 0 })
    expect(modeOf(statSync(at('out.csv')).mode)).toBe('600')
    expect(existsSync(at('out.csv.batch'))).toBe(false)
    // What is there is not written over, and nothing more is charged.
    expect(await run('batch', input, at('out.csv'), '--app', appId)).toMatchObject({ code: 1, stdout: '' })
    expect(await json('usage', appId)).toMatchObject({ used: 3 })
    const workbook = await run('batch', input, at('out.xlsx'), '--app', appId, '--delete')
    expect(workbook).toMatchObject({ code: 0 })
    expect(readFileSync(at('out.xlsx')).subarray(0, 2).toString()).toBe('PK')
  })

  test('stops when no calls are left, and the same command goes on after a grant', async () => {
    const { input, run, json, application, at } = await started()
    const { appId } = await application(1)
    const command = ['batch', input, at('out.csv'), '--app', appId, '--json']
    const stopped = await run(...command)
    expect(stopped).toMatchObject({ code: 1 })
    expect(JSON.parse(stopped.stdout)).toMatchObject({ status: 'out_of_quota', charged: 1, output: null })
    expect(existsSync(at('out.csv'))).toBe(false)
    await run('grant', appId, '--calls', '10')
    const done = await run(...command)
    expect({ code: done.code, ...JSON.parse(done.stdout) }).toMatchObject({ code: 0, status: 'completed', charged: 3 })
    expect(rowsOf(at('out.csv')).length).toBe(5)
    expect(await json('usage', appId)).toMatchObject({ used: 3, reserved: 0 })
  })

  test('does not take another sheet for the one it began with', async () => {
    const { input, run, application, at } = await started()
    const { appId } = await application(1)
    const command = ['batch', input, at('out.csv'), '--app', appId]
    expect(await run(...command)).toMatchObject({ code: 1 })
    writeFileSync(input, `${SHEET}三,李三,11010519491231002X\r\n`)
    const refused = await run(...command)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('another sheet')
  })

  test('says in one line what is wrong: no such file, no such format, no column of names, whom to charge', async () => {
    const { input, run, server, application, at } = await started()
    const { appCode } = await application(1)
    const lines = async (args: readonly string[], env = {}) => {
      const { code, stdout, stderr } = await heyan(['batch', ...args], { ...server.env, ...env })
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      return stderr.trim().split('\n').at(-1)
    }
    expect(await lines([at('none.csv'), at('o.csv')])).toContain('there is no file')
    expect(await lines([input, at('o.txt')])).toContain('.csv')
    expect(await lines([input, at('o.csv')])).toContain('--app')
    writeFileSync(at('other.csv'), '甲,乙\n1,2\n')
    expect(await lines([at('other.csv'), at('o.csv')], { HEYAN_APPCODE: appCode })).toMatch(/^heyan: /)
    expect(existsSync(at('o.csv'))).toBe(false)
    expect(existsSync(at('o.csv.batch'))).toBe(false)
    expect(await run('batch', input, at('o.csv'), '--app', 'app_none')).toMatchObject({ code: 1, stdout: '' })
  })
})
