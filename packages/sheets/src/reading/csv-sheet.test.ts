import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import { afterAll, describe, expect, test } from 'vitest'
import type { SheetRow } from '../sheet-row.js'
import { inspectSheet, type ReadOptions, readSheet } from './read-sheet.js'

const directory = mkdtempSync(join(tmpdir(), 'heyan-sheets-'))
afterAll(() => rmSync(directory, { recursive: true }))
let files = 0

function file(content: string | Buffer): string {
  files += 1
  const path = join(directory, `${files}.any`)
  writeFileSync(path, content)
  return path
}

async function inspected(content: string | Buffer) {
  const outcome = await inspectSheet(file(content))
  if (!outcome.ok) throw new Error(`refused: ${outcome.problem.code} (${outcome.problem.detail})`)
  return outcome
}

async function problemOf(content: string | Buffer): Promise<string> {
  const outcome = await inspectSheet(file(content))
  return outcome.ok ? 'none' : outcome.problem.code
}

async function read(path: string, options: ReadOptions): Promise<SheetRow[]> {
  const all: SheetRow[] = []
  for await (const rows of readSheet(path, options)) all.push(...rows)
  return all
}

const LIST = '姓名,身份证号\n李三,11010519491231002X\n王五,440524188001010014\n'

describe('a CSV file', () => {
  test.each([
    ['utf-8', Buffer.from(LIST)],
    ['utf-8', Buffer.from(`\uFEFF${LIST}`)],
    ['gb18030', iconv.encode(LIST, 'gbk')],
    ['utf-16le', iconv.encode(LIST, 'utf-16le', { addBOM: true })],
    ['utf-16be', iconv.encode(LIST, 'utf-16be', { addBOM: true })],
  ])('in %s is read alike', async (encoding, bytes) => {
    const sheet = await inspected(bytes)
    expect(sheet).toMatchObject({ format: 'csv', encoding, delimiter: ',', rows: 2, headerRow: 1 })
    expect(sheet.columns).toMatchObject([
      { index: 0, title: '姓名', role: 'name', confidence: 1 },
      { index: 1, title: '身份证号', role: 'number', confidence: 1 },
    ])
    expect(sheet.preview.map(({ cells }) => cells)).toEqual([
      ['李三', '11010519491231002X'],
      ['王五', '440524188001010014'],
    ])
  })

  test.each([',', ';', '\t', '|'])('parted by %j tells so', async (delimiter) => {
    expect(await inspected(LIST.replaceAll(',', delimiter))).toMatchObject({ delimiter, rows: 2 })
  })

  test('may name its delimiter in a first line of Excel’s own', async () => {
    const sheet = await inspected(`sep=;\r\n${LIST.replaceAll(',', ';')}`)
    expect(sheet).toMatchObject({ delimiter: ';', headerRow: 2, rows: 2 })
  })

  test('holds delimiters, quotation marks and line ends in quotation marks', async () => {
    const rows = await read(file('备注,姓名\n"一,""二""\n三",李三\n,王五\n'), { headerRow: 1 })
    expect(rows).toEqual([
      { row: 2, cells: ['一,"二"\n三', '李三'], damaged: [] },
      { row: 3, cells: ['', '王五'], damaged: [] },
    ])
  })

  test('without a header is told by what it holds', async () => {
    const sheet = await inspected('1,李三,11010519491231002X\n2,王五,440524188001010014\n')
    expect(sheet).toMatchObject({ headerRow: null, header: null, rows: 2 })
    expect(sheet.columns.map(({ title, role }) => [title, role])).toEqual([
      ['A', null],
      ['B', 'name'],
      ['C', 'number'],
    ])
  })

  test('with unknown titles has its header above the first person', async () => {
    const sheet = await inspected('谁,号\n李三,11010519491231002X\n')
    expect(sheet).toMatchObject({ headerRow: 1, header: ['谁', '号'], rows: 1 })
    expect(sheet.columns.map(({ role }) => role)).toEqual(['name', 'number'])
  })

  test('may have a title above its header', async () => {
    expect(await inspected(`二〇二五年春季入学\n\n${LIST}`)).toMatchObject({ headerRow: 3, rows: 2 })
  })

  test('tells which numbers a spreadsheet program has shortened', async () => {
    const sheet = await inspected('姓名,身份证号\n李三,1.10105E+17\n王五,440524188001010014\n')
    expect(sheet).toMatchObject({ damagedRows: 1 })
    expect(sheet.columns[1]).toMatchObject({ role: 'number', confidence: 1 })
    expect(sheet.preview.map(({ damaged }) => damaged)).toEqual([[1], []])
  })

  test('counts its rows as a spreadsheet program does, blank ones included, and goes on at any of them', async () => {
    const path = file('姓名,号\n\n甲一,1\n   ,\n甲二,2\n"甲\n三",3\n甲四,4\n')
    const rows = await read(path, { headerRow: 1 })
    expect(rows.map(({ row }) => row)).toEqual([3, 5, 6, 7])
    expect(await read(path, { headerRow: 1, from: 6 })).toEqual(rows.slice(2))
  })

  test('of many rows comes in batches, all of them once', async () => {
    const path = file(`姓名,号\n${Array.from({ length: 20_000 }, (_, index) => `甲,${index}\n`).join('')}`)
    const rows = await read(path, { headerRow: 1 })
    expect(rows.map(({ cells }) => Number(cells[1]))).toEqual(Array.from({ length: 20_000 }, (_, index) => index))
  })

  test('is refused beyond its limits, with the row', async () => {
    const limits = { rowsMax: 2, columnsMax: 3, cellMaxChars: 20 }
    const refused = async (text: string) => {
      const outcome = await inspectSheet(file(text), { limits })
      return outcome.ok ? null : [outcome.problem.code, outcome.problem.row]
    }
    expect(await refused(LIST)).toBe(null)
    expect(await refused(`${LIST}赵六,1\n`)).toEqual(['too_many_rows', undefined])
    expect(await refused(`${LIST}赵六,1\n,2\n,3\n,4\n,5\n,6\n`)).toEqual(['too_many_rows', 8])
    expect(await refused(`${LIST}a,b,c,d\n`)).toEqual(['too_many_columns', 4])
    expect(await refused(`${LIST}a,b,c,,,\n`)).toEqual(['too_many_rows', undefined])
    expect(await refused(`a,${'b'.repeat(21)}\n`)).toEqual(['cell_too_long', 1])
    expect(await refused(`a,${'b'.repeat(100_000)}\n`)).toEqual(['cell_too_long', undefined])
    expect(await refused('a,b\n"c,d\n')).toEqual(['quote_not_closed', undefined])
  })

  test('with no row below its header is empty', async () => {
    expect(await problemOf('')).toBe('empty')
    expect(await problemOf('\n \n,,\n')).toBe('empty')
    expect(await problemOf('姓名,身份证号\n')).toBe('empty')
  })

  test('that is none is told', async () => {
    expect(await problemOf(Buffer.from('%PDF-1.7'))).toBe('not_a_sheet')
    expect(await problemOf('<html><table></table></html>')).toBe('not_a_sheet')
    expect(await problemOf(Buffer.from('a,b\n\0\0'))).toBe('not_a_sheet')
    expect(await problemOf(Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0]))).toBe('legacy_xls')
  })

  test('is read only as far as somebody asks, and may be called off', async () => {
    const path = file(`姓名,号\n${'甲,1\n'.repeat(90_000)}`)
    for await (const rows of readSheet(path, { headerRow: 1 })) {
      expect(rows.length).toBeGreaterThan(0)
      break
    }
    const abort = new AbortController()
    const iterator = readSheet(path, { headerRow: 1, signal: abort.signal })
    await iterator.next()
    abort.abort()
    await expect(iterator.next()).rejects.toThrow('cancelled')
  })
})
