import type { IdentityNumber } from '../subject/id-number.js'

/**
 * How a code stood in a year. `not_yet` and `no_longer`: it began after that year, or had ended. `undated`: on real
 * cards or in old lists, never in the standard. `unknown`: in no table; its first digits tell province and perhaps prefecture.
 */
export type RegionTiming = 'in_force' | 'not_yet' | 'no_longer' | 'undated' | 'unknown'

/** A division of GB/T 2260 as it was called in a year. Shared objects: do not change one. */
export interface Region {
  readonly province: string
  /** Null in a municipality, for a county directly under its province, or where unknown. */
  readonly prefecture: string | null
  /** Null where the code is of a prefecture or province, or where unknown: see `timing`. */
  readonly county: string | null
  /** Whether the code was in force in the year asked for: `timing` is `in_force`. */
  readonly exact: boolean
  readonly timing: RegionTiming
  /** The codes of today that took its place, where it is no longer in force; several, where it was divided. */
  readonly successors: readonly string[]
}

/** A look-up of divisions by code and year. `lookupRegion` is the built-in one; `createRegions` makes one with an overlay. */
export interface Regions {
  /**
   * The division of a code of six digits in a year: the record in force; else, before the first record, the first; else
   * the last that began before. Null where the province is unknown or the code is no six digits.
   */
  lookup(code: string, year: number): Region | null
  /** The division of a number in its holder's year of birth. */
  of(number: IdentityNumber): Region
}
