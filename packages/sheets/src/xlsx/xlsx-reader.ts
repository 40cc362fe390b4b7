import type { ByteSource } from '../files/byte-source.js'
import type { SheetLimits } from '../limits.js'
import { SheetRefused } from '../problem.js'
import type { RowGate } from '../reading/row-gate.js'
import type { SheetReader } from '../reading/sheet-reader.js'

export async function xlsxReader(
  _source: ByteSource,
  _limits: SheetLimits,
  _gate: RowGate,
  _sheet: string | undefined,
): Promise<SheetReader> {
  throw new SheetRefused('not_a_sheet', 'XLSX is read from the next commit on')
}
