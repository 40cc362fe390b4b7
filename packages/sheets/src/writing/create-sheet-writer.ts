import type { SheetFile } from '../files/sheet-file.js'
import { csvWriter } from './csv-writer.js'
import { Output } from './output.js'
import type { SheetWriter, SheetWriterOptions } from './sheet-writer.js'
import { xlsxWriter } from './xlsx-writer.js'

/** Starts a sheet. The file, plain or sealed, must not exist yet. */
export function createSheetWriter(file: SheetFile, options: SheetWriterOptions): SheetWriter {
  const output = new Output(file)
  return options.format === 'csv' ? csvWriter(output, options.columns) : xlsxWriter(output, options)
}
