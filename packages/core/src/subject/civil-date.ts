/** A day of the calendar, without a time or a zone. Months and days count from 1. */
export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** China keeps one time, UTC+8, and has had no summer time since 1991. */
const SHANGHAI_OFFSET_MS = 8 * 60 * 60 * 1000
const DAY_MS = 24 * 60 * 60 * 1000
/** Days from 0000-03-01, where the arithmetic below begins its years, to 1970-01-01. */
const DAYS_TO_EPOCH = 719_468
const DAYS_PER_ERA = 146_097

/**
 * The day it is in Asia/Shanghai at a moment (epoch milliseconds). A birth date is compared with this day: a baby born
 * this morning in China is not in the future, though the server's own clock may still say yesterday.
 */
export function shanghaiDate(epochMs: number): CivilDate {
  const sinceMarch0 = Math.floor((epochMs + SHANGHAI_OFFSET_MS) / DAY_MS) + DAYS_TO_EPOCH
  const era = Math.floor(sinceMarch0 / DAYS_PER_ERA)
  const dayOfEra = sinceMarch0 - era * DAYS_PER_ERA
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** Days of a month in the Gregorian calendar; 0 for a month that does not exist. */
export function daysInMonth(year: number, month: number): number {
  if (month < 1 || month > 12) return 0
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Whether a day comes after another. */
export function isAfter(day: CivilDate, other: CivilDate): boolean {
  if (day.year !== other.year) return day.year > other.year
  if (day.month !== other.month) return day.month > other.month
  return day.day > other.day
}
