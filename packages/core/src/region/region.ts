import type { IdentityNumber } from '../subject/id-number.js'
import { provinceName } from './province.js'
import { REGION_TABLE } from './table.gen.js'
import { indexTable, OPEN_END, recordFor, slotOf, type TableIndex } from './table-index.js'

/** A division of GB/T 2260 as it was called in a year. Shared objects: do not change one. */
export interface Region {
  readonly province: string
  /** Null in a municipality, for a county directly under its province, or where unknown. */
  readonly prefecture: string | null
  /** Null where the code is of a prefecture or province, or where unknown: see `isKnown`. */
  readonly county: string | null
  /** Whether the code was in force in the year asked for. */
  readonly exact: boolean
  /** Whether a table knows the code at all; where not, province and perhaps prefecture are known by its first digits. */
  readonly isKnown: boolean
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

const NONE: readonly string[] = Object.freeze([])
/** 国办发〔2018〕81号: a permit's first six digits name no county. */
const WHOLE_PROVINCE = '0000'
/** The last two digits of a prefecture's own code. */
const NO_COUNTY = '00'
/** On real cards, and in no list: the urban districts of a prefecture as one. */
const URBAN_DISTRICTS = { suffix: '01', name: '市辖区' } as const

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

/** A look-up over a table's text. */
export function regionsFromText(text: string): Regions {
  const index = indexTable(text)
  const provinces = new Map<string, Region>()
  /** By record, for the years in which it was in force and for others. A record's prefecture may change its name. */
  const inForce: (Cached | undefined)[] = []
  const outOfForce: (Cached | undefined)[] = []

  function lookup(code: string, year: number): Region | null {
    if (!isCode(code)) return null
    const slot = slotOf(index, code)
    if (slot >= 0) {
      const record = recordFor(index, slot, year)
      if (record >= 0) return regionOfRecord(code, record, year)
    }
    return withoutRecord(code, year)
  }

  function regionOfRecord(code: string, record: number, year: number): Region | null {
    const from = index.from[record] ?? 0
    const to = index.to[record] ?? 0
    const exact = year >= from && year < to
    const yearOfPrefecture = from === 0 || exact ? year : year < from ? from : to - 1
    const prefecture = code.endsWith(NO_COUNTY)
      ? record
      : recordFor(index, slotOf(index, code) - suffixOf(code) * 2, yearOfPrefecture)
    const cache = exact ? inForce : outOfForce
    const cached = cache[record]
    if (cached !== undefined && cached.prefecture === prefecture) return cached.region
    const region = build(index, code, record, prefecture, exact)
    if (region !== null) cache[record] = { prefecture, region }
    return region
  }

  function withoutRecord(code: string, year: number): Region | null {
    const province = provinceOf(code.slice(0, 2), code.endsWith(WHOLE_PROVINCE))
    if (province === null || code.endsWith(NO_COUNTY)) return province
    const prefecture = lookup(code.slice(0, 4) + NO_COUNTY, year)
    if (prefecture === null || prefecture.prefecture === null) return province
    const isUrban = code.endsWith(URBAN_DISTRICTS.suffix)
    return {
      province: prefecture.province,
      prefecture: prefecture.prefecture,
      county: isUrban ? URBAN_DISTRICTS.name : null,
      exact: isUrban && prefecture.exact,
      isKnown: isUrban,
      successors: NONE,
    }
  }

  function provinceOf(digits: string, isKnown: boolean): Region | null {
    const key = `${digits}${isKnown}`
    const cached = provinces.get(key)
    if (cached !== undefined) return cached
    const province = provinceName(digits)
    if (province === null) return null
    const region = { province, prefecture: null, county: null, exact: isKnown, isKnown, successors: NONE }
    provinces.set(key, region)
    return region
  }

  function of(number: IdentityNumber): Region {
    const region =
      number.kind === 'foreign'
        ? provinceOf(number.divisionCode.slice(1, 3), true)
        : lookup(number.divisionCode, number.birthday.year)
    if (region === null) throw new Error('A number that was parsed has a province')
    return region
  }

  return { lookup, of }
}

interface Cached {
  readonly prefecture: number
  readonly region: Region
}

function build(index: TableIndex, code: string, record: number, prefecture: number, exact: boolean): Region | null {
  const province = provinceName(code.slice(0, 2))
  if (province === null) return null
  return {
    province,
    prefecture: prefecture < 0 ? null : index.nameOf(prefecture),
    county: prefecture === record ? null : index.nameOf(record),
    exact,
    isKnown: true,
    successors: index.to[record] === OPEN_END ? NONE : index.successorsOf(record),
  }
}

function suffixOf(code: string): number {
  return (code.charCodeAt(4) - 48) * 10 + code.charCodeAt(5) - 48
}

function isCode(code: unknown): code is string {
  if (typeof code !== 'string' || code.length !== 6) return false
  for (let place = 0; place < 6; place++) {
    const digit = code.charCodeAt(place) - 48
    if (digit < 0 || digit > 9) return false
  }
  return true
}
