import type { Parsed } from '../parsed.js'
import { checkDigit } from './check-digit.js'
import { type CivilDate, daysInMonth, isAfter } from './civil-date.js'
import { parseForeignLegacyNumber } from './foreign-legacy.js'

/**
 * Whose number it is.
 *
 * - `resident`: GB 11643-1999, and the 15 digits of GB 11643-1989, which are upgraded.
 * - `hmt`: a residence permit for residents of Hong Kong, Macau and Taiwan (国办发〔2018〕81号).
 * - `foreign`: a foreign permanent resident's card since 2023-12-01 (GA 2102-2023).
 */
export type NumberKind = 'resident' | 'hmt' | 'foreign'

/**
 * Why a value is no identity number. `division`: a residence permit's first six digits are 810000, 820000 or 830000.
 * `first_generation`: 15 digits, correct in themselves, where they are not accepted. `foreign_legacy`: the 15-character
 * number of a permanent resident's card of 2004 or 2017, correct in itself, but no citizen number.
 */
export type NumberReason =
  | 'not_text'
  | 'length'
  | 'character'
  | 'province'
  | 'division'
  | 'date'
  | 'future'
  | 'check_digit'
  | 'first_generation'
  | 'foreign_legacy'

/**
 * What is odd about a number that is nevertheless good. Real people carry such numbers: a warning is never a refusal.
 *
 * - `first_generation`: it came as 15 digits and was upgraded.
 * - `county_unknown`: no table knows the county; the province is known.
 * - `division_not_in_force`: the code had ended before the year of birth, or was never in the standard.
 * - `division_began_later`: the code began after the year of birth, so the number was given later, as most were.
 * - `nationality_unknown`: a foreign card whose nationality is no code of ISO 3166-1.
 */
export type NumberWarning =
  | 'first_generation'
  | 'county_unknown'
  | 'division_not_in_force'
  | 'division_began_later'
  | 'nationality_unknown'

/** A number that has passed every check that needs no source. Only `parseIdNumber` makes one. */
export interface IdentityNumber {
  /** The canonical 18 characters: 15 digits upgraded, `X` upper case. */
  readonly text: string
  readonly kind: NumberKind
  readonly birthday: CivilDate
  readonly sex: 'male' | 'female'
  /** The first six digits: the division where the number was assigned (GB/T 2260); for `foreign`, 9 + province + nationality. */
  readonly divisionCode: string
  /** What the digits alone tell. What a table of divisions adds is `warningsOf(number)`. */
  readonly warnings: readonly NumberWarning[]
}

export interface NumberOptions {
  /** The day it is in Asia/Shanghai: `shanghaiDate(now)`. */
  readonly today: CivilDate
  /** Whether 15 digits of the first generation (ended as a document on 2013-01-01) are upgraded. Default: refused. */
  readonly accept15?: boolean
}

/** No living or recorded holder was born before; the standard's own sample was born in 1880. */
const EARLIEST_YEAR = 1800
const LENGTH = 18
const FIRST_GENERATION_LENGTH = 15
const DIGIT_0 = 48
const UPPER_X = 88
const LOWER_X = 120

const NO_WARNINGS: readonly NumberWarning[] = []
const FIRST_GENERATION: readonly NumberWarning[] = ['first_generation']

/**
 * Why a value is not an 18-character identity number, or null where it is one. Allocates nothing, reads at most 18
 * characters, never throws. Checks in this order: text, length, characters, province, date, future, check digit.
 */
export function checkIdNumber(value: unknown, today: CivilDate): NumberReason | null {
  if (typeof value !== 'string') return 'not_text'
  if (value.length !== LENGTH) return 'length'
  const d0 = value.charCodeAt(0) - DIGIT_0
  const d1 = value.charCodeAt(1) - DIGIT_0
  const d2 = value.charCodeAt(2) - DIGIT_0
  const d3 = value.charCodeAt(3) - DIGIT_0
  const d4 = value.charCodeAt(4) - DIGIT_0
  const d5 = value.charCodeAt(5) - DIGIT_0
  const d6 = value.charCodeAt(6) - DIGIT_0
  const d7 = value.charCodeAt(7) - DIGIT_0
  const d8 = value.charCodeAt(8) - DIGIT_0
  const d9 = value.charCodeAt(9) - DIGIT_0
  const d10 = value.charCodeAt(10) - DIGIT_0
  const d11 = value.charCodeAt(11) - DIGIT_0
  const d12 = value.charCodeAt(12) - DIGIT_0
  const d13 = value.charCodeAt(13) - DIGIT_0
  const d14 = value.charCodeAt(14) - DIGIT_0
  const d15 = value.charCodeAt(15) - DIGIT_0
  const d16 = value.charCodeAt(16) - DIGIT_0
  if (!isDigit(d0) || !isDigit(d1) || !isDigit(d2) || !isDigit(d3) || !isDigit(d4) || !isDigit(d5)) return 'character'
  if (!isDigit(d6) || !isDigit(d7) || !isDigit(d8) || !isDigit(d9) || !isDigit(d10) || !isDigit(d11)) return 'character'
  if (!isDigit(d12) || !isDigit(d13) || !isDigit(d14) || !isDigit(d15) || !isDigit(d16)) return 'character'
  const last = value.charCodeAt(17)
  const check = last === UPPER_X || last === LOWER_X ? 10 : last - DIGIT_0
  if (check < 0 || check > 10 || (check === 10 && last === DIGIT_0 + 10)) return 'character'

  if (d0 === 9) {
    if (!isProvince(d1, d2)) return 'province'
  } else if (d0 === 8) {
    if (d1 < 1 || d1 > 3) return 'province'
    if (d2 + d3 + d4 + d5 !== 0) return 'division'
  } else if (!isProvince(d0, d1)) return 'province'

  const year = d6 * 1000 + d7 * 100 + d8 * 10 + d9
  const month = d10 * 10 + d11
  const day = d12 * 10 + d13
  if (year < EARLIEST_YEAR || day < 1 || day > daysInMonth(year, month)) return 'date'
  if (year >= today.year && isAfter({ year, month, day }, today)) return 'future'

  // ISO 7064 MOD 11-2: the weighted sum with the check character at weight 1 leaves 1 modulo 11.
  const sum =
    (d0 + d10) * 7 +
    (d1 + d11) * 9 +
    (d2 + d12) * 10 +
    (d3 + d13) * 5 +
    (d4 + d14) * 8 +
    (d5 + d15) * 4 +
    (d6 + d16) * 2
  return (sum + d7 + d8 * 6 + d9 * 3 + check) % 11 === 1 ? null : 'check_digit'
}

/**
 * Reads an identity number strictly: no trimming and no folding, which are the door's (`foldNumberText`); a lower-case
 * `x` is read as `X`. Never throws, and looks at no more than 18 characters of anything.
 */
export function parseIdNumber(value: unknown, options: NumberOptions): Parsed<IdentityNumber, NumberReason> {
  if (typeof value === 'string' && value.length === FIRST_GENERATION_LENGTH) return parseFifteen(value, options)
  const reason = checkIdNumber(value, options.today)
  if (reason !== null || typeof value !== 'string') return { ok: false, reason: reason ?? 'not_text' }
  return { ok: true, value: read(value.charCodeAt(17) === LOWER_X ? `${value.slice(0, 17)}X` : value, NO_WARNINGS) }
}

/**
 * The canonical 18 characters of 15 digits of GB 11643-1989: century 19, or 18 where the sequence is 996 to 999, which
 * was kept for people over a hundred; the check character is added. Expects 15 digits.
 */
export function upgradeFifteen(digits: string): string {
  const century = digits.startsWith('99', 12) && digits.charCodeAt(14) >= DIGIT_0 + 6 ? '18' : '19'
  const body = digits.slice(0, 6) + century + digits.slice(6)
  return body + checkDigit(body)
}

function parseFifteen(value: string, options: NumberOptions): Parsed<IdentityNumber, NumberReason> {
  for (let place = 0; place < FIRST_GENERATION_LENGTH; place++) {
    if (isDigit(value.charCodeAt(place) - DIGIT_0)) continue
    const isLegacy = place === 0 && parseForeignLegacyNumber(value, options).ok
    return { ok: false, reason: isLegacy ? 'foreign_legacy' : 'character' }
  }
  // Permits of 2018 and cards of 2023 never had 15 digits.
  if (value.charCodeAt(0) >= DIGIT_0 + 8) return { ok: false, reason: 'province' }
  const text = upgradeFifteen(value)
  const reason = checkIdNumber(text, options.today)
  if (reason !== null) return { ok: false, reason }
  return options.accept15
    ? { ok: true, value: read(text, FIRST_GENERATION) }
    : { ok: false, reason: 'first_generation' }
}

/** Reads the fields of 18 characters that have passed `checkIdNumber`. */
function read(text: string, warnings: readonly NumberWarning[]): IdentityNumber {
  const first = text.charCodeAt(0) - DIGIT_0
  return {
    text,
    kind: first === 9 ? 'foreign' : first === 8 ? 'hmt' : 'resident',
    birthday: {
      year: two(text, 6) * 100 + two(text, 8),
      month: two(text, 10),
      day: two(text, 12),
    },
    sex: text.charCodeAt(16) % 2 === 1 ? 'male' : 'female',
    divisionCode: text.slice(0, 6),
    warnings,
  }
}

function two(text: string, place: number): number {
  return (text.charCodeAt(place) - DIGIT_0) * 10 + text.charCodeAt(place + 1) - DIGIT_0
}

function isDigit(value: number): boolean {
  return value >= 0 && value <= 9
}

/** The provinces of GB/T 2260 that are on cards: 11–15, 21–23, 31–37, 41–46, 50–54, 61–65. `71` is on none. */
export function isProvince(tens: number, ones: number): boolean {
  switch (tens) {
    case 1:
    case 6:
      return ones >= 1 && ones <= 5
    case 2:
      return ones >= 1 && ones <= 3
    case 3:
      return ones >= 1 && ones <= 7
    case 4:
      return ones >= 1 && ones <= 6
    case 5:
      return ones <= 4
    default:
      return false
  }
}
