import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { readSheet } from '../reading/read-sheet.js'
import { createSheetWriter } from './create-sheet-writer.js'
import { safeCsvText } from './safe-text.js'

const directory = mkdtempSync(join(tmpdir(), 'heyan-csv-'))
afterAll(() => rmSync(directory, { recursive: true }))
const COLUMNS = [
  { title: '姓名', kind: 'text' },
  { title: '备注', kind: 'text' },
] as const

describe('a written CSV file', () => {
  test('begins with a byte order mark, quotes what must be quoted, and keeps numbers whole', async () => {
    const path = join(directory, 'plain.csv')
    const writer = createSheetWriter(path, { format: 'csv', columns: COLUMNS, sheetName: 's' })
    await writer.write([{ cells: ['李三', '11010519491231002X'] }, { cells: ['王,五'] }, { cells: ['"甲"', '一\n二'] }])
    await writer.finish()
    expect(readFileSync(path, 'utf8')).toBe(
      '\uFEFF姓名,备注\r\n李三,11010519491231002X\r\n"王,五",\r\n"""甲""","一\n二"\r\n',
    )
  })

  test.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '\0=1',
    '＝1',
    '＋1',
    '－1',
    '＠1',
    ' =1',
    '\uFEFF=1',
    '|calc',
    '%0A',
  ])('holds no formula: %j', (text) => {
    expect(safeCsvText(text).startsWith("'")).toBe(true)
  })

  test('begins no cell with what begins a formula, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\0', ' ', '\uFEFF', '＝', 'a', '"', ',', '\n'),
        }),
        (text) => {
          expect(safeCsvText(text)).not.toMatch(/^[\s\uFEFF\0]*[=+\-@＝＋－＠\t\r\n\0]/)
        },
      ),
      { numRuns: 5_000 },
    )
  })

  test('is read back as it was, sealed too', async () => {
    const file = { path: join(directory, 'sealed.csv'), key: Buffer.alloc(32, 3) }
    const writer = createSheetWriter(file, { format: 'csv', columns: COLUMNS, sheetName: 's' })
    for (let from = 0; from < 5_000; from += 500) {
      await writer.write(Array.from({ length: 500 }, (_, index) => ({ cells: [`甲${from + index}`, '"一",\n二'] })))
    }
    await writer.finish()
    const rows: string[] = []
    for await (const batch of readSheet(file, { headerRow: 1 })) rows.push(...batch.map(({ cells }) => cells.join()))
    expect(rows).toEqual(Array.from({ length: 5_000 }, (_, index) => `甲${index},"一",\n二`))
  })

  test('is not written over another, and is gone when it is given up', async () => {
    const path = join(directory, 'gone.csv')
    const writer = createSheetWriter(path, { format: 'csv', columns: COLUMNS, sheetName: 's' })
    await writer.write([{ cells: ['李三'] }])
    const second = createSheetWriter(path, { format: 'csv', columns: COLUMNS, sheetName: 's' })
    await expect(second.finish()).rejects.toThrow('EEXIST')
    await second.abort()
    expect(readFileSync(path)).toBeDefined()
    await writer.abort()
    expect(() => readFileSync(path)).toThrow('ENOENT')
  })

  test('parses as RFC 4180', async () => {
    const path = join(directory, 'rfc.csv')
    const writer = createSheetWriter(path, { format: 'csv', columns: COLUMNS, sheetName: 's' })
    const rows = fc.sample(
      fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ';', '李') }), { minLength: 2, maxLength: 2 }),
      200,
    )
    await writer.write(rows.map((cells) => ({ cells })))
    await writer.finish()
    const read = parse(readFileSync(path), { bom: true, from_line: 2, relax_column_count: false }) as string[][]
    expect(read).toEqual(rows.map((cells) => cells.map(safeCsvText)))
  })
})
