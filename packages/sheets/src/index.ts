export { type Delimiter, findDelimiter } from './csv/delimiter.js'
export { RecordParser } from './csv/record-parser.js'
export { type TextEncoding, TextStream } from './csv/text-stream.js'
export { SEAL_KEY_BYTES, SealDamaged, type SealedFile, sealTo, unsealedStream } from './files/sealed-file.js'
export type { SheetFile } from './files/sheet-file.js'
export { SHEET_LIMITS, type SheetLimits } from './limits.js'
export { type SheetProblem, type SheetProblemCode, SheetRefused } from './problem.js'
export type { Inspection } from './reading/inspect.js'
export {
  type InspectOptions,
  type InspectOutcome,
  inspectSheet,
  type ReadOptions,
  readSheet,
} from './reading/read-sheet.js'
export type { SheetFormat } from './reading/sheet-reader.js'
export type { ColumnEvidence, ColumnRole } from './recognition/recognise.js'
export { NAME_TITLES, NUMBER_TITLES, plainTitle } from './recognition/titles.js'
export type { SheetRow } from './sheet-row.js'
export { createSheetWriter } from './writing/create-sheet-writer.js'
export type {
  SheetColumn,
  SheetSummary,
  SheetWriter,
  SheetWriterOptions,
  Tone,
  WrittenRow,
} from './writing/sheet-writer.js'
