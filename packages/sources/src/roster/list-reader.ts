import { type Delimiter, findDelimiter, RecordParser, type TextEncoding, TextStream } from '@heyan/sheets'
import { CsvError } from 'csv-parse'
import iconv from 'iconv-lite'
import type { ColumnWishes } from './columns.js'
import { HEADER_LINES, ListRows, type Person, type PersonRules, type RowsPosition } from './list-rows.js'
import { ImportRefused, MAX_ROW_BYTES } from './problems.js'

const LINE_FEED = 0x0a
const UNDECODABLE = '\uFFFD'

/** How far a CSV file has been read: the next record begins at `offset`. Holds no text of it. */
export interface ListPosition extends RowsPosition {
  /** Bytes of the file. */
  readonly offset: number
  /** The last line read. */
  readonly line: number
  readonly delimiter: Delimiter
  /** Null as long as there was nothing but ASCII. */
  readonly encoding: TextEncoding | null
}

/**
 * Reads a list of people from a CSV file's bytes as they arrive: finds out the encoding, the delimiter and the columns.
 * Rejects with `ImportRefused` where the file as a whole cannot be read. No error bears any text of the file.
 */
export class ListReader {
  readonly list: ListRows
  readonly #text: TextStream
  #parser: RecordParser | null = null
  #delimiter: Delimiter = ','
  #head: Buffer = Buffer.alloc(0)
  /** Bytes taken, and bytes of text given to the parser since it was opened. */
  #bytes: number
  #fed = 0
  /** Where this reading began, in bytes and in lines. */
  readonly #start: { readonly offset: number; readonly line: number }
  /** After the last record: bytes of text, and the line. */
  readonly #after = { bytes: 0, line: 0 }
  /** Text beyond the last record. */
  #tail: Buffer = Buffer.alloc(0)
  /** GB18030 only: bytes beyond the last line end, so that a position never lies within a character. */
  #held: Buffer = Buffer.alloc(0)
  /** Whether all bytes taken are whole characters. */
  #isWhole = true

  constructor(
    wishes: ColumnWishes,
    rules: PersonRules,
    onPerson: (person: Person, line: number) => void,
    resumed?: ListPosition,
  ) {
    this.list = new ListRows(wishes, rules, onPerson)
    this.#start = { offset: resumed?.offset ?? 0, line: resumed?.line ?? 0 }
    this.#bytes = this.#start.offset
    this.#text = resumed === undefined ? new TextStream() : TextStream.resumed(resumed.encoding)
    if (resumed === undefined) return
    this.list.resume(resumed)
    this.#delimiter = resumed.delimiter
    this.#parser = this.#openParser()
  }

  get encoding(): TextEncoding {
    return this.#text.encoding
  }

  /** Where the reading can be taken up again; null where that cannot be told. */
  get position(): ListPosition | null {
    const rows = this.list.position
    const offset = this.#offset()
    if (rows === null || offset === null || this.#parser === null) return null
    const line = this.#start.line + this.#after.line
    return { ...rows, offset, line, delimiter: this.#delimiter, encoding: this.#text.decided }
  }

  async write(bytes: Uint8Array): Promise<void> {
    let chunk: Buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (this.#text.decided !== 'gb18030') this.#isWhole = false
    else {
      chunk = Buffer.concat([this.#held, chunk])
      const end = chunk.lastIndexOf(LINE_FEED) + 1
      const isLong = end === 0 && chunk.length > MAX_ROW_BYTES
      this.#held = isLong ? Buffer.alloc(0) : Buffer.from(chunk.subarray(end))
      if (!isLong) chunk = chunk.subarray(0, end)
      if (end > 0 || isLong) this.#isWhole = !isLong
    }
    this.#bytes += chunk.length
    await this.#parse(this.#text.push(chunk), false)
  }

  async end(): Promise<void> {
    this.#bytes += this.#held.length
    const last = this.#text.push(this.#held)
    this.#held = Buffer.alloc(0)
    await this.#parse(Buffer.concat([last, this.#text.end()]), true)
    const parser = this.#parser
    if (parser !== null) await fed(parser.feed(null))
    this.list.end()
  }

  #offset(): number | null {
    switch (this.#text.decided) {
      case null: // ASCII is as long in any encoding.
      case 'utf-8':
        return this.#start.offset + this.#after.bytes
      case 'gb18030': {
        const tail = this.#tail.toString('utf8')
        if (!this.#isWhole) return null
        return tail.includes(UNDECODABLE) ? null : this.#bytes - iconv.encode(tail, 'gb18030').length
      }
      default:
        return null
    }
  }

  async #parse(text: Buffer, isLast: boolean): Promise<void> {
    let next = text
    if (this.#parser === null) {
      this.#head = Buffer.concat([this.#head, text])
      const lines = this.#head.reduce((count, byte) => count + (byte === LINE_FEED ? 1 : 0), 0)
      if (!isLast && lines < HEADER_LINES && this.#head.length < MAX_ROW_BYTES) return
      const head = this.#head.toString('utf8').split(/\r\n|\n|\r/, HEADER_LINES)
      this.#delimiter = findDelimiter(head.toSorted((one, other) => other.length - one.length)[0] ?? '')
      this.#parser = this.#openParser()
      next = this.#head
      this.#head = Buffer.alloc(0)
    }
    const parser = this.#parser
    if (next.length === 0) return
    await fed(parser.feed(next))
    const before = this.#fed - this.#tail.length
    this.#fed += next.length
    this.#tail = Buffer.concat([this.#tail, next]).subarray(this.#after.bytes - before)
  }

  #openParser(): RecordParser {
    const options = {
      bom: this.#start.offset === 0,
      delimiter: this.#delimiter,
      max_record_size: MAX_ROW_BYTES,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    }
    return new RecordParser(options, (row, bytes, line) => {
      this.#after.bytes = bytes
      this.#after.line = line
      this.list.add(row, this.#start.line + line)
    })
  }
}

/** What the parser says of a file quotes it: a code takes its place. */
async function fed(step: Promise<void>): Promise<void> {
  try {
    await step
  } catch (error) {
    throw error instanceof CsvError ? withoutText(error) : error
  }
}

function withoutText(error: CsvError): Error {
  if (error.code === 'CSV_MAX_RECORD_SIZE') return new ImportRefused('row_too_long')
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return new ImportRefused('quote_not_closed')
  return new Error(`the CSV reader failed: ${error.code}`)
}
