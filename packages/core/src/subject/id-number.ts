import type { Parsed } from '../parsed.js'
import { checkDigit } from './check-digit.js'
import { checkIdNumber, isDigit, type NumberReason } from './check-number.js'
import type { CivilDate } from './civil-date.js'
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

const FIRST_GENERATION_LENGTH = 15
const DIGIT_0 = 48
const LOWER_X = 120

const NO_WARNINGS: readonly NumberWarning[] = []
const FIRST_GENERATION: readonly NumberWarning[] = ['first_generation']

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
