import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import {
  builtInRegions,
  createRegions,
  parseRegionTable,
  type Regions,
  type RegionTable,
  type RegionTableReason,
} from '@heyan/core'

const FILE = 'regions.csv'

/** A table that cannot be taken: why, and in which line. */
export interface RegionTableProblem {
  readonly reason: RegionTableReason
  readonly line: number
}

/** The divisions in use: the built-in table, or an operator's newer one over it, kept in the data directory. */
export class RegionTables {
  readonly #file: string
  #current: Regions
  /** Records of the operator's table; 0 where the built-in one is alone. */
  #records = 0

  constructor(dataDir: string) {
    this.#file = join(dataDir, FILE)
    this.#current = builtInRegions()
    if (!existsSync(this.#file)) return
    const parsed = parseRegionTable(readFileSync(this.#file, 'utf8'))
    if (!parsed.ok) throw new Error(`${this.#file}, line ${parsed.line}: ${parsed.reason}`)
    this.#use(parsed.value)
  }

  get current(): Regions {
    return this.#current
  }

  get records(): number {
    return this.#records
  }

  /** Checks the whole table, keeps it, and then uses it; null where it was taken. The one before stays where it was not. */
  replace(text: string): RegionTableProblem | null {
    const parsed = parseRegionTable(text)
    if (!parsed.ok) return { reason: parsed.reason, line: parsed.line }
    const partial = `${this.#file}.new`
    const handle = openSync(partial, 'w', 0o600)
    try {
      writeSync(handle, text)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(partial, this.#file)
    this.#use(parsed.value)
    return null
  }

  reset(): void {
    rmSync(this.#file, { force: true })
    this.#current = builtInRegions()
    this.#records = 0
  }

  #use(table: RegionTable): void {
    this.#current = createRegions(table)
    this.#records = table.records.length
  }
}
