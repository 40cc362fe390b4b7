import type { ByteSource } from '../files/byte-source.js'
import type { SheetLimits } from '../limits.js'
import { SheetRefused } from '../problem.js'
import type { RowGate } from '../reading/row-gate.js'
import type { SheetReader } from '../reading/sheet-reader.js'
import { SharedStrings } from './shared-strings.js'
import { Styles } from './styles.js'
import { readWorkbook } from './workbook.js'
import { Worksheet } from './worksheet.js'
import { scanXml, XmlScanner } from './xml-scanner.js'
import { ZipParts } from './zip-parts.js'

/** An XLSX file. Its shared texts are read at once; its rows as they are asked for. */
export async function xlsxReader(
  source: ByteSource,
  limits: SheetLimits,
  gate: RowGate,
  wanted: string | undefined,
): Promise<SheetReader> {
  const parts = await ZipParts.open(source, limits)
  const { sheets, is1904, sharedStrings, styles: stylesPart } = await readWorkbook(parts)
  const sheet =
    wanted === undefined
      ? (sheets.find(({ isHidden }) => !isHidden) ?? sheets[0])
      : sheets.find(({ name }) => name === wanted)
  if (sheet === undefined) {
    throw wanted === undefined
      ? new SheetRefused('empty', 'a workbook without sheets')
      : new SheetRefused('no_such_sheet', `there are ${sheets.length}`)
  }
  const strings = new SharedStrings(limits)
  if (sharedStrings !== null) await scanXml(parts.read(sharedStrings), strings)
  const styles = new Styles()
  if (stylesPart !== null) await scanXml(parts.read(stylesPart), styles)

  return {
    facts: () => ({
      format: 'xlsx',
      encoding: 'utf-8',
      delimiter: null,
      sheets: sheets.map(({ name }) => name),
      sheet: sheet.name,
    }),
    async *rows() {
      const worksheet = new Worksheet({ strings, styles, is1904, limits, gate })
      const scanner = new XmlScanner(worksheet)
      for await (const piece of parts.read(sheet.part)) {
        scanner.push(piece)
        yield worksheet.take()
      }
      scanner.end()
      yield worksheet.take()
    },
  }
}
