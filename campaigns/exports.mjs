// `npm run campaign -- exports [--files N] [--json]`: LibreOffice opens what we write. Sheets of invented people and of every text
// that begins a formula are opened and saved again by LibreOffice as flat XML: no cell is a formula, in a workbook every text is
// the text that was written, numbers of 18 digits too, and its chart is there. Debian: apt-get install libreoffice-calc.
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { checkDigit } from '@heyan/core'
import { createSheetWriter } from '@heyan/sheets'

const CONVERT_TIMEOUT_MS = 180_000
const ROWS = 200
const OUTCOMES = [
  ['一致', 'good'],
  ['不一致', 'bad'],
  ['查无记录', 'unsure'],
  ['未核验', 'quiet'],
]
/** What somebody might have typed into a column of the list that they sent. */
const NASTY = [
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '=HYPERLINK("http://127.0.0.1/","x")',
  "=cmd|'/c calc'!A1",
  '\t=1',
  '＝1',
  '1.10105E+17',
  '2025-01-31',
  '0012',
  '1/2',
  'TRUE',
  "'=1",
  '"x"',
  '<b>&amp;',
  '一\n二',
  ' =1',
]

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { files: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
  })
  if (spawnSync('soffice', ['--version'], { stdio: 'ignore' }).status !== 0) {
    console.log(
      values.json
        ? JSON.stringify({ skipped: 'libreoffice-calc is not here' })
        : 'SKIPPED: libreoffice-calc is not here (apt-get install libreoffice-calc)',
    )
    return 0
  }
  const directory = mkdtempSync(join(tmpdir(), 'heyan-exports-'))
  try {
    const exports = Array.from({ length: Number(values.files) }, (_, index) => ({
      path: join(directory, `${index}.${index % 4 === 3 ? 'csv' : 'xlsx'}`),
      isWorkbook: index % 4 !== 3,
      rows: Array.from({ length: ROWS }, (_, row) => rowOf(index * ROWS + row)),
    }))
    for (const one of exports) await write(one)
    await promisify(execFile)(
      'soffice',
      [
        '--headless',
        `-env:UserInstallation=file://${join(directory, 'profile')}`,
        '--convert-to',
        'fods',
        '--outdir',
        directory,
        ...exports.map(({ path }) => path),
      ],
      { timeout: CONVERT_TIMEOUT_MS },
    )
    const report = { files: exports.length, cells: 0, formulas: 0, changed: 0, charts: 0, workbooks: 0 }
    for (const { path, isWorkbook, rows } of exports) {
      const xml = readFileSync(path.replace(/\.\w+$/, '.fods'), 'utf8')
      report.formulas += xml.split('table:formula=').length - 1
      report.cells += rows.length * 3
      if (!isWorkbook) continue
      report.workbooks += 1
      report.charts += xml.includes('<chart:chart') || xml.includes('chart:class=') ? 1 : 0
      report.changed += changed(xml, rows)
    }
    const { files, cells, formulas, changed: lost, charts, workbooks } = report
    console.log(
      values.json
        ? JSON.stringify(report)
        : `LibreOffice opened ${files} exports, ${cells} cells: ${formulas} formulas, ${lost} texts changed, ${charts} charts in ${workbooks} workbooks`,
    )
    return formulas === 0 && lost === 0 && charts === workbooks ? 0 : 1
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function write({ path, isWorkbook, rows }) {
  const writer = createSheetWriter(path, {
    format: isWorkbook ? 'xlsx' : 'csv',
    sheetName: '结果',
    columns: [
      { title: '姓名', kind: 'text' },
      { title: '身份证号', kind: 'text', width: 22 },
      { title: '结果', kind: 'text', isToned: true },
    ],
  })
  await writer.write(rows)
  await writer.finish({
    sheetName: '汇总',
    title: '汇总',
    lines: [['文件', '=名单']],
    chart: {
      title: '结果分布',
      labelTitle: '结果',
      countTitle: '行数',
      bars: OUTCOMES.map(([label, tone], index) => ({ label, tone, count: index * 10 + 1 })),
    },
  })
}

/** Invented people born in the 1880s, and a nasty text for every other name. */
function rowOf(index) {
  const body = `1101051880${String(1 + (index % 12)).padStart(2, '0')}01${String(index % 1_000).padStart(3, '0')}`
  const [label, tone] = OUTCOMES[index % OUTCOMES.length]
  return { cells: [index % 2 === 0 ? `李${index}` : NASTY[index % NASTY.length], body + checkDigit(body), label], tone }
}

/** Texts of the rows that are not, or not as texts, in the sheet that LibreOffice has saved. */
function changed(xml, rows) {
  const page = xml.slice(xml.indexOf('<table:table table:name="结果"'))
  const cells = [
    ...page
      .slice(0, page.indexOf('</table:table>'))
      .matchAll(/<table:table-cell([^>]*?)(?:\/>|>(.*?)<\/table:table-cell>)/gs),
  ]
    .filter(([, , inner]) => inner !== undefined)
    .map(([, attributes, inner]) =>
      attributes.includes('office:value-type="string"') ? textOf(inner) : `not a text: ${inner}`,
    )
  return rows.flatMap(({ cells: written }) => written).filter((text, index) => cells[index + 3] !== text).length
}

/** The text of a cell in OpenDocument: paragraphs are lines, runs of spaces and tabs have elements of their own. */
function textOf(inner) {
  return [...inner.matchAll(/<text:p>(.*?)<\/text:p>|<text:p\/>/gs)]
    .map(([, text = '']) =>
      text
        .replace(/<text:s text:c="(\d+)"\/>/g, (_, count) => ' '.repeat(Number(count)))
        .replaceAll('<text:s/>', ' ')
        .replaceAll('<text:tab/>', '\t')
        .replace(/<[^>]+>/g, '')
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&apos;', "'")
        .replaceAll('&amp;', '&'),
    )
    .join('\n')
}
