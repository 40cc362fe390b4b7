import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { checkDigit } from '../subject/check-digit.js'
import { type IdentityNumber, parseIdNumber } from '../subject/id-number.js'
import { fullAddress, maskedAddress } from './address.js'
import type { Region } from './division.js'
import { warningsOf } from './number-warnings.js'
import { createRegions, lookupRegion, regionOf } from './region.js'
import { parseRegionTable } from './region-table.js'
import { REGION_EDITION, REGION_TABLE } from './table.gen.js'
import { decodeTable, encodeTable } from './table-text.js'

const TODAY = { year: 2026, month: 6, day: 15 }

function region(code: string, year: number): Region {
  const found = lookupRegion(code, year)
  if (found === null) throw new Error(`${code} has no province`)
  return found
}

function numberOf(code: string, year: number): IdentityNumber {
  const body = `${code}${year}0101001`
  const parsed = parseIdNumber(body + checkDigit(body), { today: TODAY })
  if (!parsed.ok) throw new Error(`${code} ${year}: ${parsed.reason}`)
  return parsed.value
}

describe('a division as it was called in a year', () => {
  test.each([
    ['a county', '350521', 1990, '福建省泉州市惠安县'],
    ['a district of a municipality', '110105', 1990, '北京市朝阳区'],
    ['a county that became a city of another code', '350522', 1987, '福建省泉州市晋江县'],
    ['a code that was used anew: before', '350205', 1990, '福建省厦门市杏林区'],
    ['a code that was used anew: after', '350205', 2010, '福建省厦门市海沧区'],
    ['a prefecture that changed its name: before', '420624', 2009, '湖北省襄樊市南漳县'],
    ['a prefecture that changed its name: after', '420624', 2010, '湖北省襄阳市南漳县'],
    ['重庆 within 四川', '510212', 1990, '四川省重庆市沙坪坝区'],
    ['重庆 on its own', '500106', 2000, '重庆市沙坪坝区'],
    ['a city directly under its province', '429004', 2000, '湖北省仙桃市'],
    ['a prefecture without counties', '441900', 1990, '广东省东莞市'],
    ['before the table: the first name', '350524', 1950, '福建省泉州市安溪县'],
    ['after the code ended: the last name', '330185', 2018, '浙江省杭州市临安市'],
    ['a code of police registers of the 1980s', '320219', 1985, '江苏省无锡市江阴县'],
    ['an unknown county', '350599', 1990, '福建省泉州市'],
    ['an unknown prefecture', '119999', 1990, '北京市'],
    ['the urban districts of a prefecture as one', '350501', 1990, '福建省泉州市市辖区'],
    ['Hong Kong', '810000', 1990, '香港特别行政区'],
    ['Macau', '820000', 1990, '澳门特别行政区'],
    ['Taiwan', '830000', 1990, '台湾省'],
  ])('%s', (_, code, year, address) => {
    expect(fullAddress(region(code, year))).toBe(address)
  })

  test.each([
    ['in force', '110103', 1990, 'in_force'],
    ['in its last year it had ended', '110103', 2010, 'no_longer'],
    ['in its first year it was in force', '350524', 1985, 'in_force'],
    ['before it began', '350524', 1984, 'not_yet'],
    ['never in the standard', '320219', 1985, 'undated'],
    ['in no table', '350599', 1990, 'unknown'],
  ])('says how the code stood: %s', (_, code, year, timing) => {
    expect(region(code, year)).toMatchObject({ timing, exact: timing === 'in_force' })
  })

  test('names the codes of today that took its place, through every step between', () => {
    expect(region('110103', 1990).successors).toEqual(['110101'])
    expect(region('350522', 1987).successors).toEqual(['350582'])
    expect(region('510212', 1990).successors).toEqual(['500106'])
    expect(region('350205', 1990).successors).toEqual(['350205', '350211'])
    expect(region('110105', 1990).successors).toEqual([])
  })

  test.each(['200101', '710101', '', '11010', '1101055', '11010x', '1:0105', '110105 '])('%j is none', (code) => {
    expect(lookupRegion(code, 1990)).toBe(null)
  })

  test('of a foreign permanent resident: the accepting province', () => {
    const parsed = parseIdNumber('932682198501010017', { today: TODAY })
    expect(parsed.ok && fullAddress(regionOf(parsed.value))).toBe('江苏省')
  })
})

describe('a masked address keeps province and prefecture, and the last character of the county', () => {
  test.each([
    ['350521', 1990, '福建省泉州市**县'],
    ['110105', 1990, '北京市**区'],
    ['429004', 2000, '湖北省**市'],
    ['441900', 1990, '广东省东莞市'],
    ['350501', 1990, '福建省泉州市**区'],
    ['152221', 1990, '内蒙古自治区兴安盟**旗'],
    ['429021', 2000, '湖北省**区'],
    ['520203', 1990, '贵州省六盘水市**区'],
    ['532522', 1985, '云南省红河哈尼族彝族自治州**县'],
    ['469025', 2010, '海南省**县'],
    ['350599', 1990, '福建省泉州市'],
    ['119999', 1990, '北京市'],
    ['810000', 1990, '香港特别行政区'],
    ['820000', 1990, '澳门特别行政区'],
    ['830000', 1990, '台湾省'],
  ])('%s in %i', (code, year, address) => {
    expect(maskedAddress(region(code, year))).toBe(address)
  })
})

describe('what is odd about a division is a warning', () => {
  test.each([
    ['in force in the year of birth', '110105', 1990, []],
    ['a birth before the tables begin, of a code they begin with', '110105', 1949, []],
    ['a code that ended before the birth', '342401', 2001, ['division_not_in_force']],
    ['a code that was never in the standard', '321119', 1973, ['division_not_in_force']],
    ['a code that began after the birth', '440306', 1985, ['division_began_later']],
    ['a county in no table', '119999', 1990, ['county_unknown']],
  ])('%s', (_, code, year, warnings) => {
    expect(warningsOf(numberOf(code, year))).toEqual(warnings)
  })

  test('a nationality in no list', () => {
    expect(warningsOf(numberOf('932682', 1985))).toEqual([])
    expect(warningsOf(numberOf('932999', 1985))).toEqual(['nationality_unknown'])
  })
})

describe('an operator’s table', () => {
  const HEADER = 'code,name,from,to,successor'

  test('replaces the codes that it has, and keeps the others', () => {
    const parsed = parseRegionTable(`\ufeff${HEADER}\r\n110105,朝阳县,1981,2025,110120\r\n110120,朝阳新区,2025,,\r\n`)
    if (!parsed.ok) throw new Error(parsed.reason)
    const regions = createRegions(parsed.value)
    expect(regions.lookup('110105', 1990)).toMatchObject({ county: '朝阳县', exact: true, successors: ['110120'] })
    expect(regions.lookup('110120', 2026)).toMatchObject({ county: '朝阳新区', exact: true })
    expect(regions.lookup('110106', 1990)).toMatchObject({ county: '丰台区', exact: true })
    expect(lookupRegion('110105', 1990)?.county).toBe('朝阳区')
    expect(regions.of(numberOf('110105', 1990)).county).toBe('朝阳县')
    expect(warningsOf(numberOf('110120', 2025), regions)).toEqual([])
  })

  test.each([
    ['no text', null, 'not_text', 0],
    ['another head', 'code,name\n', 'header', 1],
    ['nothing', '', 'header', 1],
    ['a head alone', HEADER, 'empty', 0],
    ['a cell too many', `${HEADER}\n110105,朝阳区,1981,,,`, 'columns', 2],
    ['a code of no province', `${HEADER}\n200105,朝阳区,1981,,`, 'code', 2],
    ['a province', `${HEADER}\n110000,北京市,1981,,`, 'code', 2],
    ['a name that is none', `${HEADER}\n110105,<b>,1981,,`, 'name', 2],
    ['a year before the tables', `${HEADER}\n110105,朝阳区,1949,,`, 'from', 2],
    ['an end before the beginning', `${HEADER}\n110105,朝阳区,1990,1990,`, 'to', 2],
    ['a successor that is no code', `${HEADER}\n110105,朝阳区,1981,1990,1101`, 'successor', 2],
    ['two at a time', `${HEADER}\n110105,朝阳区,1981,,\n\n110105,朝阳县,1990,,`, 'overlap', 4],
    ['ten million characters', '1'.repeat(10_000_000), 'too_large', 0],
  ])('is refused, with its line, where it has %s', (_, text, reason, line) => {
    expect(parseRegionTable(text)).toEqual({ ok: false, reason, line })
  })
})

describe('the built-in table', () => {
  const records = decodeTable(REGION_TABLE.trimStart())

  test('is the one that was checked: its size, and a sum over every county and year', () => {
    const inForce = records.filter(({ code, from }) => from !== null && !code.endsWith('00'))
    let years = 0
    let sum = 0
    for (const { code, from, to } of inForce) {
      for (let year = from ?? 0; year < (to ?? REGION_EDITION + 1); year++) {
        years++
        for (const character of code + year + fullAddress(region(code, year))) {
          sum = (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) >>> 0
        }
      }
    }
    expect({ years, sum }).toMatchInlineSnapshot(`
      {
        "sum": 4140397138,
        "years": 124232,
      }
    `)
  })

  test('is small enough for a page: under 120 kB gzipped', () => {
    expect(gzipSync(REGION_TABLE).length).toBeLessThan(120_000)
  })

  test('is text that reads back to itself', () => {
    expect(encodeTable(records)).toBe(REGION_TABLE.trimStart())
  })

  test('never has two records of a code in force in the same year', () => {
    for (const [index, record] of records.entries()) {
      const next = records[index + 1]
      if (next?.code !== record.code || record.from === null || next.from === null) continue
      expect(record.to ?? Infinity, record.code).toBeLessThanOrEqual(next.from)
    }
  })

  test('leads every successor to a code that is in force', () => {
    for (const { code, successors } of records) {
      for (const successor of successors)
        expect(region(successor, REGION_EDITION).exact, `${code} → ${successor}`).toBe(true)
    }
  })
})

const ORACLE = new URL('../../../../../shared/data/areacodes.csv', import.meta.url)
if (!existsSync(ORACLE)) console.warn('Skipped: ../shared/data/areacodes.csv is not beside the project')

test.skipIf(!existsSync(ORACLE))(
  'every county in every year from 1981 to 2024 is called as the oracle calls it',
  () => {
    const misses: string[] = []
    for (const line of readFileSync(ORACLE, 'utf8').trim().split('\n').slice(1)) {
      const [code = '', province, prefecture, county, level, , from, to] = line.trim().split(',')
      if (level !== '县级') continue
      const expected = { province, prefecture: prefecture === '直辖' ? null : prefecture, county, exact: true }
      for (let year = Number(from); year < (to ? Number(to) : 2025); year++) {
        const found = lookupRegion(code, year)
        if (
          found?.province !== expected.province ||
          found?.prefecture !== expected.prefecture ||
          found?.county !== expected.county ||
          !found?.exact
        ) {
          misses.push(`${code} ${year}`)
        }
      }
    }
    expect(misses).toEqual([])
  },
)
