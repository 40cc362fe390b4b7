import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { writeXlsx } from 'hucre'
import { afterAll, describe, expect, test } from 'vitest'
import { inspectSheet, type ReadOptions, readSheet } from '../reading/read-sheet.js'
import type { SheetRow } from '../sheet-row.js'
import { type BuiltWorkbook, buildWorkbook, textRow, workbookParts } from '../testing/build-workbook.js'
import { buildZip } from '../testing/build-zip.js'
import { numberText } from './number-text.js'
import { dateText } from './styles.js'
import { attribute, XmlScanner } from './xml-scanner.js'

const directory = mkdtempSync(join(tmpdir(), 'heyan-xlsx-'))
afterAll(() => rmSync(directory, { recursive: true }))
let files = 0

function file(content: Uint8Array): string {
  const path = join(directory, `${++files}`)
  writeFileSync(path, content)
  return path
}

async function read(workbook: BuiltWorkbook, options: ReadOptions = { headerRow: null }): Promise<SheetRow[]> {
  const all: SheetRow[] = []
  for await (const rows of readSheet(file(buildWorkbook(workbook)), options)) all.push(...rows)
  return all
}

async function cellsOf(workbook: BuiltWorkbook): Promise<(readonly string[])[]> {
  return (await read(workbook)).map(({ cells }) => cells)
}

const row = (cells: string): string => `<row r="1">${cells}</row>`

describe('a workbook', () => {
  test('of another writer is recognised and read', async () => {
    const rows = [
      ['姓名', '身份证号', '入职', '人数'],
      ['李三', '11010519491231002X', new Date(Date.UTC(2025, 0, 31)), 3],
      ['王五', '440524188001010014', new Date(Date.UTC(2024, 11, 1)), 1.5],
    ]
    for (const stringMode of ['shared', 'inline'] as const) {
      const path = file(
        await writeXlsx({
          stringMode,
          sheets: [
            { name: '说明', rows: [], hidden: true },
            { name: '名单', rows },
          ],
        }),
      )
      const found = await inspectSheet(path)
      expect(found).toMatchObject({
        ok: true,
        format: 'xlsx',
        delimiter: null,
        sheets: ['说明', '名单'],
        sheet: '名单',
        headerRow: 1,
        rows: 2,
      })
      expect(found.ok && found.preview.map(({ cells }) => cells)).toEqual([
        ['李三', '11010519491231002X', '2025-01-31', '3'],
        ['王五', '440524188001010014', '2024-12-01', '1.5'],
      ])
      expect(found.ok && found.columns.map(({ role }) => role)).toEqual(['name', 'number', null, null])
    }
  })

  test('has shared texts, inline texts, rich texts, truths and errors', async () => {
    const strings =
      '<si><t>李</t></si><si><r><rPr><b/></rPr><t>李</t></r><r><t>三</t></r><rPh><t>lǐ</t></rPh></si><si/>'
    const cells =
      '<c t="s"><v>1</v></c><c t="inlineStr"><is><r><t>王</t></r><r><t xml:space="preserve"> 五</t></r></is></c>' +
      '<c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="s"><v>2</v></c><c t="s"><v>0</v></c>'
    expect(await cellsOf({ rows: row(cells), strings })).toEqual([['李三', '王 五', 'TRUE', '#N/A', '', '李']])
  })

  test('of a formula gives the value last worked out, and nothing where there is none', async () => {
    const cells =
      '<c t="str"><f>"李"&amp;"三"</f><v>李三</v></c><c><f>1+1</f><v>2</v></c><c><f>WEBSERVICE("http://127.0.0.1")</f></c><c t="str"><v>x</v></c>'
    expect(await cellsOf({ rows: row(cells) })).toEqual([['李三', '2', '', 'x']])
  })

  test('tells which numbers have lost their last digits', async () => {
    const cells =
      '<c r="A1"><v>1.1010519491231E+17</v></c><c r="B1"><v>110105491231002</v></c><c r="C1"><v>110105194912310021</v></c><c r="D1"><v>1E3</v></c>'
    expect(await read({ rows: row(cells) })).toEqual([
      { row: 1, cells: ['110105194912310000', '110105491231002', '110105194912310021', '1000'], damaged: [0, 2] },
    ])
  })

  test('has cells where their references say, and rows with their own numbers', async () => {
    const rows =
      '<row r="3"><c r="C3" t="str"><v>c</v></c><c r="A3" t="str"><v>a</v></c></row><row r="9"/><row><c t="str"><v>d</v></c><c r="AB10" t="str"><v>z</v></c></row>'
    const found = await read({ rows })
    expect(found.map(({ row }) => row)).toEqual([3, 10])
    expect(found[0]?.cells).toEqual(['a', '', 'c'])
    expect(found[1]?.cells).toHaveLength(28)
  })

  test('is resumed at any row', async () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => textRow(index + 1, `甲${index + 1}`)).join('')
    const rest = await read({ rows }, { headerRow: 1, from: 2_990 })
    expect(rest.map(({ cells }) => cells[0])).toEqual(Array.from({ length: 11 }, (_, index) => `甲${index + 2_990}`))
  })

  test('has a sheet chosen by its name', async () => {
    const path = file(buildWorkbook({ sheetNames: ['甲', '乙 &amp; 丙'], rows: textRow(1, 'x') + textRow(2, 'y') }))
    expect(await inspectSheet(path)).toMatchObject({ ok: true, sheets: ['甲', '乙 & 丙'], sheet: '甲' })
    expect(await inspectSheet(path, { sheet: '乙 & 丙' })).toMatchObject({ ok: false, problem: { code: 'empty' } })
    expect(await inspectSheet(path, { sheet: '丁' })).toMatchObject({ ok: false, problem: { code: 'no_such_sheet' } })
  })

  test('may use prefixes, other quotation marks, and bytes before its archive’s end', async () => {
    const sheet =
      "<x:worksheet xmlns:x='m'><x:sheetData><x:row r='1'><x:c r='A1' t='str' x='>'><x:v>a&#x4E00;&lt;</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    expect(await cellsOf({ parts: [{ name: 'xl/worksheets/sheet1.xml', content: sheet }] })).toEqual([['a一<']])
  })

  test('changed in any byte is refused or read, and nothing worse', async () => {
    const whole = buildZip(
      workbookParts({ rows: textRow(1, '姓名') + textRow(2, '李三'), strings: '<si><t>x</t></si>' }),
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(whole)
        bytes[at] = (bytes[at] ?? 0) ^ change
        const outcome = await inspectSheet(file(bytes))
        if (!outcome.ok)
          expect(['broken', 'bomb', 'encrypted', 'not_a_sheet', 'empty', 'doctype']).toContain(outcome.problem.code)
      }),
      { numRuns: 30 },
    )
  })
})

describe('XML', () => {
  function events(xml: string, sizes: readonly number[]): string[] {
    const seen: string[] = []
    const scanner = new XmlScanner({
      open: (name, attributes) => seen.push(`<${name} ${attribute(attributes, 'a')}>`),
      close: (name) => seen.push(`</${name}>`),
      text: (text) => seen.push(text),
    })
    const bytes = Buffer.from(xml)
    let at = 0
    for (const size of sizes) {
      scanner.push(bytes.subarray(at, at + size))
      at += size
    }
    scanner.push(bytes.subarray(at))
    scanner.end()
    return seen
  }

  test('is read the same however its bytes are cut', () => {
    const xml = '\uFEFF<?xml version="1.0"?><!-- > --><p:a a="1 > 0"><b a=\'"李"\'/>李&amp;三<![CDATA[<x>]]></p:a>\n'
    const whole = ['<a 1 > 0>', '<b "李">', '</b>', '李&三', '<x>', '</a>']
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (sizes) => {
        expect(events(xml, sizes)).toEqual(whole)
      }),
    )
  })

  test.each([
    '',
    '<a>',
    '</a>',
    '<a></b>',
    '<a/><b/>',
    'x<a/>',
    '<a/>x',
    '<>',
    '<a b="',
    '<a><!-- </a>',
    '<a><![CDATA[</a>',
  ])('%j is refused', (xml) => {
    expect(() => events(xml, [])).toThrow('broken')
  })

  test('has no entities but its own five and characters by number', () => {
    expect(events('<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x4e00;&x;&#x110000;&#1114112;</a>', [])).toContain(
      '<>&"\'A一&x;&#x110000;&#1114112;',
    )
    for (const xml of ['<!DOCTYPE a><a/>', '<a><!ENTITY x "y"></a>']) expect(() => events(xml, [])).toThrow('doctype')
  })
})

describe('a number', () => {
  test.each([
    ['0', '0', false],
    ['-12', '-12', false],
    ['440524880101001', '440524880101001', false],
    ['4.40524880101001E+14', '440524880101001', false],
    ['1.10105E+17', '110105000000000000', true],
    ['1234567890123456', '1234567890123456', true],
    ['0.1', '0.1', false],
    ['0.30000000000000004', '0.3', false],
    ['1e400', '1e400', false],
    ['x', 'x', false],
  ])('%s is the text %s', (raw, text, isDamaged) => {
    expect(numberText(raw)).toEqual({ text, isDamaged })
  })

  test.each([
    [45_688, false, '2025-01-31'],
    [45_688.5, false, '2025-01-31 12:00:00'],
    [0.5, false, '12:00:00'],
    [0, true, '1904-01-01'],
    [-1, false, null],
    [110_105_194_912_310_000, false, null],
  ])('%d shown as a date (counted from 1904: %s) is %s', (serial, is1904, text) => {
    expect(dateText(serial, is1904)).toBe(text)
  })
})
