import { buffer } from 'node:stream/consumers'
import type { Cell, CellStyle, WriteSheet } from 'hucre/xlsx'
import { memorySource } from '../files/memory-source.js'
import { SHEET_LIMITS } from '../limits.js'
import { letters } from '../xlsx/letters.js'
import { attribute, scanXml } from '../xlsx/xml-scanner.js'
import { ZipParts } from '../xlsx/zip-parts.js'
import type { SheetSummary, SheetWriterOptions, Tone } from './sheet-writer.js'

/** Ground and ink, as spreadsheet programs colour good, bad and neutral cells. */
const TONES: Record<Tone, { readonly fill: string; readonly ink: string }> = {
  good: { fill: 'C6EFCE', ink: '006100' },
  bad: { fill: 'FFC7CE', ink: '9C0006' },
  unsure: { fill: 'FFEB9C', ink: '7F6000' },
  quiet: { fill: 'EDEDED', ink: '595959' },
}
const TONE_NAMES = Object.keys(TONES) as Tone[]
/** `@`: a text, whatever it looks like. */
const AS_TEXT: CellStyle = { numFmt: '@' }
const HEADER: CellStyle = { ...AS_TEXT, font: { bold: true }, fill: solid('D9E2F3') }
const WIDTH = 14
export const ROWS_PART = 'xl/worksheets/sheet1.xml'

/** Numbers of the cell styles, as the workbook's style part counts them. */
export interface CellStyles {
  readonly header: number
  readonly text: number
  readonly count: number
  readonly tones: Readonly<Record<Tone, number>>
}

/** Everything of a workbook but its rows: parts, and the worksheet of rows as what stands before and after them. */
export interface Skeleton {
  readonly styles: CellStyles
  readonly before: string
  readonly after: string
  readonly parts: ReadonlyMap<string, Buffer>
}

/**
 * Has hucre write a workbook with one row of each style in place of the rows, and takes it apart: its writer keeps a whole
 * workbook in memory, rows of ours are written one by one.
 */
export async function makeSkeleton(
  { columns, sheetName }: Pick<SheetWriterOptions, 'columns' | 'sheetName'>,
  rows: number,
  summary?: SheetSummary,
): Promise<Skeleton> {
  const { writeXlsx } = await import('hucre/xlsx') // Only those who write XLSX pay for it.
  const styles = [HEADER, AS_TEXT, {}, ...TONE_NAMES.map(toned)]
  const rowsSheet: WriteSheet = {
    name: sheetName,
    columns: columns.map(({ width = WIDTH }) => ({ width })),
    rows: [styles.map(String)],
    cells: new Map(styles.map((style, index) => [`0,${index}`, { style } satisfies Partial<Cell>])),
    freezePane: { rows: 1 },
    autoFilter: { range: `A1:${letters(columns.length - 1)}${rows + 1}` },
  }
  const workbook = Buffer.from(
    await writeXlsx({
      stringMode: 'inline',
      sheets: summary === undefined ? [rowsSheet] : [rowsSheet, summarySheet(summary)],
    }),
  )
  const parts = await unpack(workbook)
  const sheet = parts.get(ROWS_PART)?.toString('utf8') ?? ''
  const [from, to] = [sheet.indexOf('<sheetData>'), sheet.indexOf('</sheetData>')]
  if (from === -1 || to === -1) throw new Error('the skeleton of a workbook has no rows')
  parts.delete(ROWS_PART)
  return {
    styles: await readStyles(Buffer.from(sheet)),
    before: sheet.slice(0, from).replace(/<dimension [^>]*>/, ''),
    after: sheet.slice(to + '</sheetData>'.length),
    parts,
  }
}

async function readStyles(sheet: Buffer): Promise<CellStyles> {
  const found: number[] = []
  async function* whole(): AsyncGenerator<Buffer> {
    yield sheet
  }
  await scanXml(whole(), {
    open(name, attributes) {
      if (name === 'c') found.push(Number(attribute(attributes, 's') ?? 0))
    },
  })
  const [header = 0, text = 0, count = 0, ...tones] = found
  if (tones.length !== TONE_NAMES.length) throw new Error('the skeleton of a workbook lacks styles')
  const byTone = Object.fromEntries(TONE_NAMES.map((tone, index) => [tone, tones[index] ?? 0]))
  return { header, text, count, tones: byTone as Record<Tone, number> }
}

function summarySheet({ sheetName, title, lines, chart }: SheetSummary): WriteSheet {
  const top = lines.length + 3
  const cells = new Map<string, Partial<Cell>>([['0,0', { style: { font: { bold: true, size: 14 } } }]])
  for (const [index] of lines.entries()) cells.set(`${index + 1},1`, { style: AS_TEXT })
  for (const column of [0, 1]) cells.set(`${top - 1},${column}`, { style: HEADER })
  for (const [index, { tone }] of chart.bars.entries()) {
    if (tone !== undefined) cells.set(`${top + index},0`, { style: toned(tone) })
  }
  const [first, last] = [top + 1, top + chart.bars.length]
  return {
    name: sheetName,
    columns: [{ width: 26 }, { width: 22 }],
    rows: [
      [title],
      ...lines.map(([label, value]) => [label, value]),
      [],
      [chart.labelTitle, chart.countTitle],
      ...chart.bars.map(({ label, count }) => [label, count]),
    ],
    cells,
    charts: [
      {
        type: 'bar',
        title: chart.title,
        legend: false,
        anchor: { from: { row: 1, col: 3 }, to: { row: 20, col: 12 } },
        series: [
          {
            name: chart.countTitle,
            categories: `$A$${first}:$A$${last}`,
            values: `$B$${first}:$B$${last}`,
            color: '5B9BD5',
            dataLabels: { showValue: true },
            dataPoints: chart.bars.flatMap(({ tone }, idx) =>
              tone === undefined ? [] : [{ idx, fillColor: TONES[tone].ink }],
            ),
          },
        ],
      },
    ],
  }
}

async function unpack(workbook: Buffer): Promise<Map<string, Buffer>> {
  const archive = await ZipParts.open(memorySource(workbook), SHEET_LIMITS)
  const parts = new Map<string, Buffer>()
  for (const name of archive.names()) parts.set(name, await buffer(archive.read(name)))
  return parts
}

function toned(tone: Tone): CellStyle {
  return { ...AS_TEXT, fill: solid(TONES[tone].fill), font: { color: { rgb: TONES[tone].ink } } }
}

function solid(rgb: string): NonNullable<CellStyle['fill']> {
  return { type: 'pattern', pattern: 'solid', fgColor: { rgb } }
}
