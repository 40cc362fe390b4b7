import type { Parsed } from '../parsed.js'
import { type CivilDate, daysInMonth, isAfter } from './civil-date.js'

/** What the 15 characters of a foreign permanent resident's card of 2004 or 2017 say. */
export interface ForeignLegacyNumber {
  readonly text: string
  /** ISO 3166-1, three letters. */
  readonly nationality: string
  /** The first four digits of the division where it was accepted (GB/T 2260). */
  readonly divisionCode: string
  /** The card tells two digits of the year: this is the latest such day that is not after today. */
  readonly birthday: CivilDate
}

export type ForeignLegacyReason = 'not_text' | 'length' | 'character' | 'date' | 'check_digit'

const LENGTH = 15
const FORM = /^[A-Z]{3}\d{12}$/
/** Weights of ICAO 9303, which this number borrows for its last digit. */
const WEIGHTS = [7, 3, 1] as const

/**
 * Reads the number of an older foreign permanent resident's card: three letters of nationality, four digits of
 * division, birth date (yymmdd), a sequence digit, and a check digit by ICAO 9303. It is no citizen number: no source
 * for two elements takes it, and `parseIdNumber` refuses it by name.
 */
export function parseForeignLegacyNumber(
  value: unknown,
  options: { readonly today: CivilDate },
): Parsed<ForeignLegacyNumber, ForeignLegacyReason> {
  if (typeof value !== 'string') return { ok: false, reason: 'not_text' }
  if (value.length !== LENGTH) return { ok: false, reason: 'length' }
  if (!FORM.test(value)) return { ok: false, reason: 'character' }
  const birthday = latestDay(
    Number(value.slice(7, 9)),
    Number(value.slice(9, 11)),
    Number(value.slice(11, 13)),
    options,
  )
  if (birthday === null) return { ok: false, reason: 'date' }
  if (icaoCheckDigit(value.slice(0, 14)) !== Number(value.charAt(14))) return { ok: false, reason: 'check_digit' }
  return {
    ok: true,
    value: { text: value, nationality: value.slice(0, 3), divisionCode: value.slice(3, 7), birthday },
  }
}

function latestDay(year: number, month: number, day: number, { today }: { today: CivilDate }): CivilDate | null {
  for (const century of [2000, 1900]) {
    const birthday = { year: century + year, month, day }
    if (day >= 1 && day <= daysInMonth(birthday.year, month) && !isAfter(birthday, today)) return birthday
  }
  return null
}

/** ICAO 9303: letters count from A = 10; weights 7, 3, 1 in turn; the sum modulo 10. */
function icaoCheckDigit(text: string): number {
  let sum = 0
  for (let place = 0; place < text.length; place++)
    sum += Number.parseInt(text.charAt(place), 36) * (WEIGHTS[place % 3] ?? 0)
  return sum % 10
}
