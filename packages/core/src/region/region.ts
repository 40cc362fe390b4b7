import type { IdentityNumber } from '../subject/id-number.js'
import type { Region, Regions } from './division.js'
import type { RegionTable } from './region-table.js'
import { regionsFromText } from './regions-from-text.js'
import { REGION_TABLE } from './table.gen.js'
import { decodeTable, encodeTable } from './table-text.js'

let builtIn: Regions | null = null

/** Looks a code up in the built-in table (GB/T 2260, 1981 to 2024 and the changes since). */
export function lookupRegion(code: string, year: number): Region | null {
  return builtInRegions().lookup(code, year)
}

/** The division of a number in the holder's year of birth, by the built-in table. */
export function regionOf(number: IdentityNumber): Region {
  return builtInRegions().of(number)
}

/** The built-in table, decoded at first use. */
export function builtInRegions(): Regions {
  builtIn ??= regionsFromText(REGION_TABLE)
  return builtIn
}

/** A look-up over the built-in table and an operator's, whose codes replace those of the same number. */
export function createRegions(overlay: RegionTable): Regions {
  const replaced = new Set(overlay.records.map(({ code }) => code))
  const kept = decodeTable(REGION_TABLE).filter(({ code }) => !replaced.has(code))
  return regionsFromText(encodeTable([...kept, ...overlay.records]))
}
