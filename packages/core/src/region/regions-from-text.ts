import type { IdentityNumber } from '../subject/id-number.js'
import type { Region, Regions, RegionTiming } from './division.js'
import { provinceName } from './province.js'
import { decodeLine } from './table-text.js'

const NONE: readonly string[] = Object.freeze([])
/** 国办发〔2018〕81号: a permit's first six digits name no county. */
const WHOLE_PROVINCE = 0
/** On real cards, and in no list: the urban districts of a prefecture as one. */
const URBAN_DISTRICTS = { suffix: 1, name: '市辖区' } as const
const NEW_LINE = 10

/**
 * A record as look-ups need it, with the regions that were last made of it: for years in which it was in force, and for
 * others. The shape is small because a process may come to hold one for every record.
 */
interface Division {
  readonly name: string
  readonly from: number | null
  readonly to: number | null
  readonly successors: readonly string[]
  /** The next record of the same code, by year. */
  next: Division | null
  inForce: Region | null
  outOfForce: Region | null
}

/**
 * A look-up over a table's text. Making one only finds where each prefecture's line begins; a line is decoded when one
 * of its codes is first asked for, so that a process pays for the divisions that its people come from.
 */
export function regionsFromText(text: string): Regions {
  const lines = findLines(text)
  /** By the first four digits of a code, then by its last two. */
  const prefectures: (readonly (Division | undefined)[] | undefined)[] = []
  const provinces = new Map<string, Region>()

  function firstOf(prefix: number, suffix: number): Division | undefined {
    const known = prefectures[prefix]
    if (known !== undefined) return known[suffix]
    const start = lines.get(prefix)
    if (start === undefined) return undefined
    const decoded = decodePrefecture(text.slice(start, text.indexOf('\n', start)))
    prefectures[prefix] = decoded
    return decoded[suffix]
  }

  function lookup(code: string, year: number): Region | null {
    const digits = digitsOf(code)
    if (digits < 0) return null
    const prefix = Math.trunc(digits / 100)
    const first = firstOf(prefix, digits - prefix * 100)
    return first === undefined ? withoutRecord(code, prefix, year) : ofRecords(code, prefix, first, year)
  }

  function ofRecords(code: string, prefix: number, first: Division, year: number): Region | null {
    const division = divisionFor(first, year)
    const timing = timingOf(division, year)
    const prefecture = prefectureOf(prefix, division, timing, year)
    const made = timing === 'in_force' ? division.inForce : division.outOfForce
    if (made !== null && made.timing === timing && made.prefecture === nameOf(prefecture)) return made
    const region = build(code, division, prefecture, timing)
    if (timing === 'in_force') division.inForce = region
    else division.outOfForce = region
    return region
  }

  /** The prefecture as it was called when the division was: in the year, or in the nearest one of its own. */
  function prefectureOf(prefix: number, division: Division, timing: RegionTiming, year: number): Division | null {
    const first = firstOf(prefix, 0)
    if (first === undefined) return null
    if (first.next === null) return first
    if (timing === 'not_yet') return divisionFor(first, division.from ?? year)
    return divisionFor(first, timing === 'no_longer' && division.to !== null ? division.to - 1 : year)
  }

  function withoutRecord(code: string, prefix: number, year: number): Region | null {
    const province = provinceOf(code.slice(0, 2), Number(code.slice(2)) === WHOLE_PROVINCE)
    const first = firstOf(prefix, 0)
    if (province === null || first === undefined) return province
    const prefecture = ofRecords(`${code.slice(0, 4)}00`, prefix, first, year)
    if (prefecture === null) return province
    const isUrban = Number(code.slice(4)) === URBAN_DISTRICTS.suffix
    return {
      province: prefecture.province,
      prefecture: prefecture.prefecture,
      county: isUrban ? URBAN_DISTRICTS.name : null,
      exact: isUrban && prefecture.exact,
      timing: isUrban ? prefecture.timing : 'unknown',
      successors: NONE,
    }
  }

  function provinceOf(digits: string, isKnown: boolean): Region | null {
    const key = `${digits}${isKnown}`
    const cached = provinces.get(key)
    if (cached !== undefined) return cached
    const province = provinceName(digits)
    if (province === null) return null
    const timing = isKnown ? 'in_force' : 'unknown'
    const region: Region = { province, prefecture: null, county: null, exact: isKnown, timing, successors: NONE }
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

/** Where the line of each prefecture begins, by its four digits. */
function findLines(text: string): ReadonlyMap<number, number> {
  const lines = new Map<number, number>()
  let start = text.charCodeAt(0) === NEW_LINE ? 1 : 0
  while (start < text.length) {
    lines.set(Number(text.slice(start, start + 4)), start)
    const end = text.indexOf('\n', start)
    if (end < 0) break
    start = end + 1
  }
  return lines
}

/** The first record of each code, by its last two digits. */
function decodePrefecture(line: string): (Division | undefined)[] {
  const firsts: (Division | undefined)[] = []
  let previous: Division | undefined
  let previousSuffix = -1
  for (const { code, name, from, to, successors } of decodeLine(line)) {
    const suffix = Number(code.slice(4))
    const division: Division = { name, from, to, successors, next: null, inForce: null, outOfForce: null }
    if (previous !== undefined && previousSuffix === suffix) previous.next = division
    else firsts[suffix] = division
    previous = division
    previousSuffix = suffix
  }
  return firsts
}

/** The record in force; else the first, where the year is before it; else the last that began before. */
function divisionFor(first: Division, year: number): Division {
  let found = first
  while (found.next !== null && (found.next.from ?? 0) <= year) found = found.next
  return found
}

function timingOf({ from, to }: Division, year: number): RegionTiming {
  if (from === null) return 'undated'
  if (year < from) return 'not_yet'
  return to === null || year < to ? 'in_force' : 'no_longer'
}

function build(code: string, division: Division, prefecture: Division | null, timing: RegionTiming): Region | null {
  const province = provinceName(code.slice(0, 2))
  if (province === null) return null
  const isPrefecture = code.endsWith('00')
  return {
    province,
    prefecture: nameOf(prefecture),
    county: isPrefecture ? null : division.name,
    exact: timing === 'in_force',
    timing,
    successors: division.to === null ? NONE : division.successors,
  }
}

function nameOf(prefecture: Division | null): string | null {
  return prefecture === null ? null : prefecture.name
}

/** The value of six digits, or -1 for anything else. */
function digitsOf(code: unknown): number {
  if (typeof code !== 'string' || code.length !== 6) return -1
  let value = 0
  for (let place = 0; place < 6; place++) {
    const digit = code.charCodeAt(place) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
