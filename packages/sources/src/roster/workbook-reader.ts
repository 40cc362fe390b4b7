import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { readSheet, SEAL_KEY_BYTES, type SealedFile, type SheetProblemCode, SheetRefused, sealTo } from '@heyan/sheets'
import type { ColumnWishes } from './columns.js'
import { ListRows, type Person, type PersonRules } from './list-rows.js'
import { type ImportRefusal, ImportRefused, LIST_SHEET_LIMITS } from './problems.js'

/** What an XLSX file begins with, and what an old or an encrypted one does. */
const SIGNATURES = [Buffer.from('PK\x03\x04', 'latin1'), Buffer.from([0xd0, 0xcf, 0x11, 0xe0])]
export const SIGNATURE_BYTES = 4

const REFUSALS: Partial<Record<SheetProblemCode, ImportRefusal>> = {
  legacy_xls: 'legacy_xls',
  encrypted: 'encrypted',
  too_many_rows: 'too_many_rows',
  empty: 'no_valid_row',
  too_large: 'sheet_too_large',
  too_many_columns: 'sheet_too_large',
  cell_too_long: 'sheet_too_large',
  bomb: 'sheet_too_large',
  timeout: 'sheet_too_large',
}

export function isWorkbook(head: Uint8Array): boolean {
  return SIGNATURES.some((signature) => signature.equals(head.subarray(0, signature.length)))
}

/**
 * A list of people in a workbook. It can be read only when all of it is there: until then it lies sealed on the disk, with
 * a key that is nowhere but in this object.
 */
export class WorkbookReader {
  readonly list: ListRows
  readonly #file: SealedFile
  readonly #stream: Writable

  constructor(
    path: string,
    wishes: ColumnWishes,
    rules: PersonRules,
    onPerson: (person: Person, line: number) => void,
  ) {
    this.list = new ListRows(wishes, rules, onPerson)
    rmSync(path, { force: true })
    this.#file = { path, key: randomBytes(SEAL_KEY_BYTES) }
    this.#stream = sealTo(this.#file)
  }

  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Reads the rows of the first page that is not hidden; yields now and then. */
  async *read(): AsyncGenerator<void> {
    this.#stream.end()
    await finished(this.#stream)
    try {
      for await (const rows of readSheet(this.#file, { headerRow: null, limits: LIST_SHEET_LIMITS })) {
        for (const { cells, row, damaged } of rows) this.list.add(cells, row, damaged)
        yield
      }
    } catch (error) {
      if (error instanceof SheetRefused) throw new ImportRefused(REFUSALS[error.problem.code] ?? 'sheet_broken')
      throw error
    }
    this.list.end()
  }
}
