import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { getCharts, readXlsx } from 'hucre'
import { afterAll, describe, expect, test } from 'vitest'
import { inspectSheet, readSheet } from '../reading/read-sheet.js'
import { createSheetWriter } from './create-sheet-writer.js'
import type { SheetSummary, SheetWriterOptions } from './sheet-writer.js'

const directory = mkdtempSync(join(tmpdir(), 'heyan-xlsx-'))
afterAll(() => rmSync(directory, { recursive: true }))
let files = 0
const newPath = (): string => join(directory, `${++files}.xlsx`)

const OPTIONS: SheetWriterOptions = {
  format: 'xlsx',
  sheetName: '结果',
  columns: [
    { title: '姓名', kind: 'text' },
    { title: '身份证号', kind: 'text', width: 22 },
    { title: '结果', kind: 'text', isToned: true },
    { title: '次数', kind: 'count' },
  ],
}
const SUMMARY: SheetSummary = {
  sheetName: '汇总',
  title: '核验结果汇总',
  lines: [['文件', '=名单.xlsx']],
  chart: {
    title: '结果分布',
    labelTitle: '结果',
    countTitle: '行数',
    bars: [
      { label: '一致', count: 1, tone: 'good' },
      { label: '不一致', count: 1, tone: 'bad' },
    ],
  },
}

async function written(rows: readonly (readonly string[])[], summary?: SheetSummary): Promise<string> {
  const path = newPath()
  const writer = createSheetWriter(path, OPTIONS)
  for (let from = 0; from < rows.length; from += 100) {
    await writer.write(
      rows.slice(from, from + 100).map((cells, index) => ({ cells, tone: index % 2 === 0 ? 'good' : 'bad' })),
    )
  }
  await writer.finish(summary)
  return path
}

async function readBack(path: string): Promise<(readonly string[])[]> {
  const rows: (readonly string[])[] = []
  for await (const batch of readSheet(path, { headerRow: 1 })) rows.push(...batch.map(({ cells }) => cells))
  return rows
}

describe('a written workbook', () => {
  test('has texts as texts, colours, a header that stays, filters, and a page with a chart', async () => {
    const people = [
      ['李三', '11010519491231002X', '一致', '1'],
      ['王五', '440524188001010014', '不一致', '2'],
    ]
    const workbook = await readXlsx(readFileSync(await written(people, SUMMARY)), { readStyles: true })
    const [rows, summary] = workbook.sheets
    expect(rows?.rows).toEqual([
      ['姓名', '身份证号', '结果', '次数'],
      ['李三', '11010519491231002X', '一致', 1],
      ['王五', '440524188001010014', '不一致', 2],
    ])
    expect(rows?.autoFilter?.range).toBe('A1:D3')
    expect(rows?.freezePane?.rows).toBe(1)
    expect(rows?.cells?.get('1,1')?.style?.numFmt).toBe('@')
    expect(rows?.cells?.get('1,2')?.style?.fill).toMatchObject({ fgColor: { rgb: 'C6EFCE' } })
    expect(rows?.cells?.get('2,2')?.style?.fill).toMatchObject({ fgColor: { rgb: 'FFC7CE' } })
    expect(rows?.cells?.get('1,0')?.style?.fill).toBeUndefined()
    expect(summary?.rows.slice(0, 2)).toEqual([
      ['核验结果汇总', null],
      ['文件', '=名单.xlsx'],
    ])
    expect(getCharts(workbook)).toMatchObject([{ sheetName: '汇总', chart: { title: '结果分布', seriesCount: 1 } }])
  })

  test('is recognised and read back as it was', async () => {
    const people = Array.from({ length: 3_000 }, (_, index) => [`李${index}`, '11010519491231002X', '一致', `${index}`])
    const path = await written(people, SUMMARY)
    expect(await readBack(path)).toEqual(people)
    const found = await inspectSheet(path)
    expect(found).toMatchObject({
      ok: true,
      format: 'xlsx',
      sheets: ['结果', '汇总'],
      sheet: '结果',
      rows: 3_000,
      damagedRows: 0,
    })
  })

  test('holds any text, and never a formula', async () => {
    const texts = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), 2_000)
    const nasty = ['=1+1', '@SUM(1)', '<x>&amp;', '_x0041_', ' 一 ', 'a\tb\nc\rd', '"', "'", '\u0000', '\uD800']
    const rows = [...texts, ...nasty].map((text) => ['甲', text, '乙', '1'])
    const path = await written(rows)
    const plain = (text = ''): string =>
      text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\uFFFE\uFFFF]|\uD800$/g, '')
    const lines = (text = ''): string => text.replace(/\r\n?/g, '\n')
    expect((await readBack(path)).map(([, text]) => lines(text))).toEqual(rows.map(([, text]) => lines(plain(text))))
    const workbook = await readXlsx(readFileSync(path))
    expect([...(workbook.sheets[0]?.cells?.values() ?? [])].filter(({ formula }) => formula !== undefined)).toEqual([])
  })

  test('may have no row and no summary', async () => {
    const workbook = await readXlsx(readFileSync(await written([])))
    expect(workbook.sheets.map(({ rows }) => rows)).toEqual([[['姓名', '身份证号', '结果', '次数']]])
  })

  test('may be sealed, and shows nothing then', async () => {
    const file = { path: newPath(), key: Buffer.alloc(32, 9) }
    const writer = createSheetWriter(file, OPTIONS)
    await writer.write([{ cells: ['李三', '11010519491231002X'] }])
    await writer.finish(SUMMARY)
    expect(readFileSync(file.path).subarray(0, 8).toString()).toBe('HEYANSF1')
    expect(await inspectSheet(file)).toMatchObject({ ok: true, rows: 1 })
    expect(await inspectSheet({ ...file, key: Buffer.alloc(32, 8) })).toMatchObject({
      ok: false,
      problem: { code: 'broken' },
    })
  })

  test('is gone when it is given up', async () => {
    const path = newPath()
    const writer = createSheetWriter(path, OPTIONS)
    await writer.write([{ cells: ['李三'] }])
    await writer.abort()
    expect(() => readFileSync(path)).toThrow('ENOENT')
  })
})
