import type { CivilDate } from './civil-date.js'

/** `李**`: the first character (as a reader counts, so never half of a rare Hanzi) and `**` at any length. */
export function maskName(text: string): string {
  const first = text.codePointAt(0)
  return first === undefined ? '**' : `${String.fromCodePoint(first)}**`
}

/** `1101*****2X`: the first four and the last two. A text too short to hide anything is hidden whole. */
export function maskNumber(text: string): string {
  return text.length > 6 ? `${text.slice(0, 4)}*****${text.slice(-2)}` : '*****'
}

/** `yyyyMMdd`. */
export function formatBirthday(day: CivilDate): string {
  return String(day.year * 10_000 + day.month * 100 + day.day).padStart(8, '0')
}

/** `19****31`: the century and the day. */
export function maskBirthday(day: CivilDate): string {
  const text = formatBirthday(day)
  return `${text.slice(0, 2)}****${text.slice(-2)}`
}
