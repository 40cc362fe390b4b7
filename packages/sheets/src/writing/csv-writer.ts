import { stringify } from 'csv-stringify/sync'
import type { Output } from './output.js'
import { safeCsvText } from './safe-text.js'
import type { SheetColumn, SheetWriter } from './sheet-writer.js'

/** Excel takes a CSV file for the system's encoding unless it begins with this. */
const BYTE_ORDER_MARK = '\uFEFF'

/** CSV by RFC 4180, in UTF-8, with nothing in it that is taken for a formula. */
export function csvWriter(output: Output, columns: readonly SheetColumn[]): SheetWriter {
  const lines = (rows: readonly (readonly string[])[]): Buffer =>
    Buffer.from(
      stringify(
        rows.map((cells) => columns.map((_, index) => safeCsvText(cells[index] ?? ''))),
        // A lone line end, or what another country's Excel parts cells by, is quoted too.
        { record_delimiter: '\r\n', quoted_match: /[\r\n;\t|]/ },
      ),
    )
  let opened: Promise<void> | null = null
  const open = (): Promise<void> => {
    opened ??= output.write(Buffer.concat([Buffer.from(BYTE_ORDER_MARK), lines([columns.map(({ title }) => title)])]))
    return opened
  }
  return {
    async write(rows) {
      await open()
      if (rows.length > 0) await output.write(lines(rows.map(({ cells }) => cells)))
    },
    async finish() {
      await open()
      await output.end()
    },
    abort: () => output.abort(),
  }
}
