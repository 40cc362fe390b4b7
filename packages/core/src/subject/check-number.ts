import { type CivilDate, daysInMonth, isAfter } from './civil-date.js'

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

/** No living or recorded holder was born before; the standard's own sample was born in 1880. */
const EARLIEST_YEAR = 1800
const LENGTH = 18
const DIGIT_0 = 48
const UPPER_X = 88
const LOWER_X = 120

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

/** Whether a code unit, less that of 0, is a digit. */
export function isDigit(value: number): boolean {
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
