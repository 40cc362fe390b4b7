import type { IdentityNumber } from '../subject/id-number.js'
import { provinceName } from './province.js'
import type { Region, Regions, RegionTiming } from './region.js'
import { indexTable, OPEN_END, recordFor, slotOf, type TableIndex } from './table-index.js'

const NONE: readonly string[] = Object.freeze([])
/** 国办发〔2018〕81号: a permit's first six digits name no county. */
const WHOLE_PROVINCE = '0000'
/** The last two digits of a prefecture's own code. */
const NO_COUNTY = '00'
/** On real cards, and in no list: the urban districts of a prefecture as one. */
const URBAN_DISTRICTS = { suffix: '01', name: '市辖区' } as const

/** A look-up over a table's text. */
export function regionsFromText(text: string): Regions {
  const index = indexTable(text)
  const provinces = new Map<string, Region>()
  /** By record and timing. A record's prefecture may change its name, so a cached region says which it was made with. */
  const caches = { in_force: [], not_yet: [], no_longer: [], undated: [], unknown: [] } as Record<
    RegionTiming,
    Cached[]
  >

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
    const timing = from === 0 ? 'undated' : year < from ? 'not_yet' : year < to ? 'in_force' : 'no_longer'
    const yearOfPrefecture = timing === 'not_yet' ? from : timing === 'no_longer' ? to - 1 : year
    const prefecture = code.endsWith(NO_COUNTY)
      ? record
      : recordFor(index, slotOf(index, code) - suffixOf(code) * 2, yearOfPrefecture)
    const cache = caches[timing]
    const cached = cache[record]
    if (cached !== undefined && cached.prefecture === prefecture) return cached.region
    const region = build(index, code, record, prefecture, timing)
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

interface Cached {
  readonly prefecture: number
  readonly region: Region
}

function build(
  index: TableIndex,
  code: string,
  record: number,
  prefecture: number,
  timing: RegionTiming,
): Region | null {
  const province = provinceName(code.slice(0, 2))
  if (province === null) return null
  return {
    province,
    prefecture: prefecture < 0 ? null : index.nameOf(prefecture),
    county: prefecture === record ? null : index.nameOf(record),
    exact: timing === 'in_force',
    timing,
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
