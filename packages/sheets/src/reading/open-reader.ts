import { csvReader } from '../csv/csv-reader.js'
import type { ByteSource } from '../files/byte-source.js'
import { SealDamaged } from '../files/sealed-file.js'
import { openBytes, type SheetFile } from '../files/sheet-file.js'
import type { SheetLimits } from '../limits.js'
import { SheetRefused } from '../problem.js'
import { xlsxReader } from '../xlsx/xlsx-reader.js'
import { RowGate, type RowWishes } from './row-gate.js'
import type { SheetReader } from './sheet-reader.js'
import { sniff } from './sniff.js'

export interface ReadWishes extends RowWishes {
  /** Name of the sheet; the first that is not hidden if absent. */
  readonly sheet?: string | undefined
}

/** Opens a file in whatever format it is. Refuses by throwing `SheetRefused`. */
export async function openReader(
  file: SheetFile,
  limits: SheetLimits,
  wishes: ReadWishes,
): Promise<{ reader: SheetReader; close(): Promise<void> }> {
  const source = await open(file)
  try {
    if (source.size > limits.fileMaxBytes) {
      throw new SheetRefused('too_large', `at most ${limits.fileMaxBytes} bytes`)
    }
    const gate = new RowGate(limits, wishes)
    const format = await sniff(source)
    const reader =
      format === 'csv' ? csvReader(source, limits, gate) : await xlsxReader(source, limits, gate, wishes.sheet)
    return { reader, close: () => source.close() }
  } catch (error) {
    await source.close()
    throw error
  }
}

async function open(file: SheetFile): Promise<ByteSource> {
  try {
    return await openBytes(file)
  } catch (error) {
    if (error instanceof SealDamaged) throw new SheetRefused('broken', error.message)
    throw error
  }
}
