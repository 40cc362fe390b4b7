import { attribute, type XmlHandler } from './xml-scanner.js'

/** Formats of dates and times that have numbers instead of codes: ECMA-376 part 1, 18.8.30, those of Chinese systems too. */
const BUILT_IN_DATES = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47, ...range(27, 36), ...range(50, 58)])
/** Office allows no more. */
const STYLES_MAX = 65_490

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

/** Which cell styles show a number as a date. */
export class Styles implements XmlHandler {
  readonly #dateFormats = new Set(BUILT_IN_DATES)
  readonly #isDate: boolean[] = []
  #isInCellStyles = false

  isDate(style: number): boolean {
    return this.#isDate[style] ?? false
  }

  open(name: string, attributes: string): void {
    if (name === 'numFmt') {
      const [id, code] = [Number(attribute(attributes, 'numFmtId')), attribute(attributes, 'formatCode') ?? '']
      if (isDateCode(code)) this.#dateFormats.add(id)
      else this.#dateFormats.delete(id)
    } else if (name === 'cellXfs') this.#isInCellStyles = true
    else if (name === 'xf' && this.#isInCellStyles && this.#isDate.length < STYLES_MAX) {
      this.#isDate.push(this.#dateFormats.has(Number(attribute(attributes, 'numFmtId'))))
    }
  }

  close(name: string): void {
    if (name === 'cellXfs') this.#isInCellStyles = false
  }
}

function isDateCode(code: string): boolean {
  const plain = code.slice(0, 256).replace(/"[^"]*"|\\.|_.|\*./g, '')
  const isElapsed = /\[(?:h+|m+|s+)\]/i.test(plain)
  return isElapsed || /[ydhs]|m(?!m?\d)/i.test(plain.replace(/\[[^\]]*\]/g, '').replace(/general/gi, ''))
}

const DAY_MS = 86_400_000
/** 1899-12-30: day 0 of the count that takes 1900 for a leap year, right from 1900-03-01. */
const EPOCH_1900_MS = Date.UTC(1899, 11, 30)
const EPOCH_1904_MS = Date.UTC(1904, 0, 1)
/** 9999-12-31 */
const SERIAL_MAX = 2_958_465

/** A date as people write it, `2025-01-31` or `2025-01-31 08:30:00`; null where the number is none. */
export function dateText(serial: number, is1904: boolean): string | null {
  if (!(serial >= 0) || serial > SERIAL_MAX) return null
  const text = new Date(Math.round((is1904 ? EPOCH_1904_MS : EPOCH_1900_MS) + serial * DAY_MS)).toISOString()
  const [date = '', time = ''] = [text.slice(0, 10), text.slice(11, 19)]
  if (Number.isInteger(serial)) return date
  return serial < 1 ? time : `${date} ${time}`
}
