import { letters } from '../xlsx/letters.js'
import type { Output } from './output.js'
import { printableText } from './safe-text.js'
import type { SheetColumn, SheetWriter, SheetWriterOptions, Tone } from './sheet-writer.js'
import { type CellStyles, makeSkeleton, ROWS_PART } from './workbook-skeleton.js'
import { ZipOutput } from './zip-output.js'

/** Rows below the header that fit on a page of a spreadsheet program. */
const ROWS_MAX = 1_048_575
/** Characters that fit in a cell. */
const CELL_MAX_CHARS = 32_767
const COUNT = /^\d{1,15}$/
/** What a spreadsheet program would take for an escape of its own: its underscore is written as one. */
const LOOKS_ESCAPED = /_(?=x[0-9A-Fa-f]{4}_)/g
/** Spaces and line ends that XML would let a program drop. */
const EDGE_SPACE = /^\s|\s$|[\n\t]/
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** An XLSX workbook: a page of rows with a header that stays, filters and colours, and a page that sums up. */
export function xlsxWriter(output: Output, options: SheetWriterOptions): SheetWriter {
  const { columns } = options
  const zip = new ZipOutput(output)
  const refs = columns.map((_, index) => letters(index))
  let rows = 0
  let styles: Promise<CellStyles> | null = null

  /** Begins the page of rows: what stands before them, and the header. */
  function open(): Promise<CellStyles> {
    styles ??= (async () => {
      const skeleton = await makeSkeleton(options, 0)
      await zip.begin(ROWS_PART)
      const titles = columns.map(({ title }, index) => textCell(`${refs[index]}1`, title, skeleton.styles.header))
      await zip.write(Buffer.from(`${skeleton.before}<sheetData><row r="1">${titles.join('')}</row>`))
      return skeleton.styles
    })()
    return styles
  }

  return {
    async write(batch) {
      const known = await open()
      if (rows + batch.length > ROWS_MAX) throw new RangeError(`a page has ${ROWS_MAX} rows at most`)
      let xml = ''
      for (const { cells, tone } of batch) {
        rows += 1
        xml += `<row r="${rows + 1}">`
        for (const [index, column] of columns.entries()) {
          xml += cellXml(`${refs[index]}${rows + 1}`, cells[index] ?? '', styleOf(column, tone, known), column)
        }
        xml += '</row>'
      }
      if (xml !== '') await zip.write(Buffer.from(xml))
    },
    async finish(summary) {
      const known = await open()
      const { styles: again, after, parts } = await makeSkeleton(options, rows, summary)
      if (JSON.stringify(again) !== JSON.stringify(known)) throw new Error('the styles of a workbook have moved')
      await zip.write(Buffer.from(`</sheetData>${after}`))
      await zip.end()
      for (const [name, bytes] of parts) await zip.add(name, bytes)
      await zip.finish()
      await output.end()
    },
    async abort() {
      zip.abort()
      await output.abort()
    },
  }
}

function styleOf({ kind, isToned }: SheetColumn, tone: Tone | undefined, styles: CellStyles): number {
  if (isToned === true && tone !== undefined) return styles.tones[tone]
  return kind === 'count' ? styles.count : styles.text
}

function cellXml(reference: string, text: string, style: number, { kind }: SheetColumn): string {
  if (text === '') return ''
  if (kind === 'count' && COUNT.test(text)) return `<c r="${reference}" s="${style}"><v>${text}</v></c>`
  return textCell(reference, text, style)
}

/** An inline text: no program works out, links or shortens it. */
function textCell(reference: string, text: string, style: number): string {
  const plain = printableText(text).slice(0, CELL_MAX_CHARS).replace(LOOKS_ESCAPED, '_x005F_')
  const escaped = plain.replace(/[&<>]/g, (character) => ENTITIES[character] ?? '')
  return `<c r="${reference}" s="${style}" t="inlineStr"><is><t${EDGE_SPACE.test(plain) ? ' xml:space="preserve"' : ''}>${escaped}</t></is></c>`
}
