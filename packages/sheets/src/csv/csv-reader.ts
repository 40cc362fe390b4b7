import { CsvError } from 'csv-parse'
import { type ByteSource, bytesOf } from '../files/byte-source.js'
import { HEADER_ROWS, type SheetLimits } from '../limits.js'
import { SheetRefused } from '../problem.js'
import type { RowGate } from '../reading/row-gate.js'
import type { SheetReader } from '../reading/sheet-reader.js'
import type { SheetRow } from '../sheet-row.js'
import { type Delimiter, findDelimiter, wishedDelimiter } from './delimiter.js'
import { RecordParser } from './record-parser.js'
import { TextStream } from './text-stream.js'

const LINE_FEED = 0x0a
/** What a spreadsheet program writes for a number of more than 15 digits that it took for a quantity. */
const MANGLED = /^\d(?:\.\d+)?E\+?(\d{1,3})$/i
const SAFE_EXPONENT = 14
/** In UTF-8. */
const BYTES_PER_CHAR = 3
/** A delimiter and two quotation marks. */
const AROUND_CELL_BYTES = 3

/** A CSV file: encoding and delimiter are found out, quotation marks hold delimiters and line ends. */
export function csvReader(source: ByteSource, limits: SheetLimits, gate: RowGate): SheetReader {
  const text = new TextStream()
  let delimiter: Delimiter = ','
  let parser: RecordParser | null = null
  let head: Buffer = Buffer.alloc(0)
  let batch: SheetRow[] = []
  let row = 0
  const recordMaxBytes = limits.columnsMax * (limits.cellMaxChars * BYTES_PER_CHAR + AROUND_CELL_BYTES)
  let bytesOfRow = 0

  function openParser(): RecordParser {
    const lines = head.toString('utf8').split(/\r\n|\n|\r/, HEADER_ROWS)
    const wished = wishedDelimiter(lines[0] ?? '')
    delimiter = wished ?? findDelimiter(lines.toSorted((one, other) => other.length - one.length)[0] ?? '')
    const options = {
      bom: true,
      delimiter,
      max_record_size: limits.columnsMax * limits.cellMaxChars,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
    }
    return new RecordParser(options, (cells) => {
      row += 1
      if (row === 1 && wished !== null) return
      const passed = gate.pass(row, cells, damagedIn(cells))
      if (passed !== null) batch.push(passed)
    })
  }

  async function write(bytes: Buffer, isLast: boolean): Promise<void> {
    if (bytes.includes(0)) throw new SheetRefused('not_a_sheet', 'a text has no zero bytes')
    let next = bytes
    if (parser === null) {
      head = Buffer.concat([head, bytes])
      if (!isLast && !isEnough(head, limits.columnsMax * limits.cellMaxChars)) return
      parser = openParser()
      next = head
      head = Buffer.alloc(0)
    }
    const opened = parser
    // The reader counts the texts of a record only: delimiters alone would fill its memory.
    const rowBefore = row
    if (next.length > 0) await fed(opened.feed(next), limits, row)
    bytesOfRow = (row === rowBefore ? bytesOfRow : 0) + next.length
    if (bytesOfRow > recordMaxBytes) throw tooLong(limits)
    if (isLast) await fed(opened.feed(null), limits, row)
  }

  return {
    facts: () => ({ format: 'csv', encoding: text.encoding, delimiter, sheets: [''], sheet: '' }),
    async *rows() {
      for await (const piece of bytesOf(source)) {
        await write(text.push(piece), false)
        yield batch
        batch = []
      }
      await write(text.end(), true)
      yield batch
    },
  }
}

function isEnough(head: Buffer, bytesMax: number): boolean {
  let lines = 0
  for (let at = head.indexOf(LINE_FEED); at !== -1 && lines < HEADER_ROWS; at = head.indexOf(LINE_FEED, at + 1)) {
    lines += 1
  }
  return lines >= HEADER_ROWS || head.length >= bytesMax
}

function damagedIn(cells: readonly string[]): number[] {
  const damaged: number[] = []
  for (const [place, cell] of cells.entries()) {
    const [, exponent] = MANGLED.exec(cell.trim()) ?? []
    if (exponent !== undefined && Number(exponent) > SAFE_EXPONENT) damaged.push(place)
  }
  return damaged
}

/** What the parser says of a file quotes it: a code takes its place. */
async function fed(step: Promise<void>, limits: SheetLimits, rowsBefore: number): Promise<void> {
  try {
    await step
  } catch (error) {
    throw error instanceof CsvError ? withoutText(error, limits, rowsBefore) : error
  }
}

function withoutText(error: CsvError, limits: SheetLimits, rowsBefore: number): Error {
  if (error.code === 'CSV_MAX_RECORD_SIZE') return tooLong(limits)
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return new SheetRefused('quote_not_closed', `after row ${rowsBefore}`)
  return new Error(`the CSV reader failed: ${error.code}`)
}

function tooLong({ columnsMax, cellMaxChars }: SheetLimits): SheetRefused {
  return new SheetRefused('cell_too_long', `at most ${columnsMax * cellMaxChars} characters in a row`)
}
