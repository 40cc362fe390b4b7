/** One stretch of years in which a code meant one division. Undated ones (`from` null) are known, but never in force. */
export interface RegionRecord {
  /** Six digits; those that end in 00 are prefectures. */
  readonly code: string
  readonly name: string
  /** The first year in force. */
  readonly from: number | null
  /** The year it ended; null: still in force. A record that ends in 1992 was not in force in 1992. */
  readonly to: number | null
  /** The codes of today that took its place. */
  readonly successors: readonly string[]
}

/** Years that two digits can tell: 81 to 99 are 1981 to 1999, 00 to 80 are 2000 to 2080. */
export const FIRST_YEAR = 1981
export const LAST_YEAR = 2080

const NO_SUCCESSORS: readonly string[] = Object.freeze([])

/**
 * The text that a table is kept and shipped as: a line for each prefecture, its four digits and then its records, each
 * after a semicolon:
 *
 *     3505;0085..泉州市;0285..鲤城区;228592晋江县>350582
 *
 * two digits of the code, two of the first year, two of the year it ended (`..`: in force; `----` for both: undated),
 * the name, and after `>` the successors, joined by `+`. Records of one code stand in the order of their years.
 */
export function encodeTable(records: readonly RegionRecord[]): string {
  const lines: string[] = []
  let prefix = ''
  let line = ''
  for (const record of [...records].sort(byCodeAndYear)) {
    if (record.code.slice(0, 4) !== prefix) {
      if (line !== '') lines.push(line)
      prefix = record.code.slice(0, 4)
      line = prefix
    }
    const successors = record.to === null || record.successors.length === 0 ? '' : `>${record.successors.join('+')}`
    line += `;${record.code.slice(4)}${yearsOf(record)}${record.name}${successors}`
  }
  if (line !== '') lines.push(line)
  return lines.map((text) => `${text}\n`).join('')
}

/** The records of a table's text. */
export function decodeTable(text: string): RegionRecord[] {
  return text.split('\n').flatMap(decodeLine)
}

/** The records of one line. */
export function decodeLine(line: string): RegionRecord[] {
  const [prefix = '', ...records] = line.split(';')
  return records.map((record) => {
    const mark = record.indexOf('>')
    return {
      code: prefix + record.slice(0, 2),
      name: record.slice(6, mark < 0 ? undefined : mark),
      from: readYear(record.slice(2, 4)),
      to: readYear(record.slice(4, 6)),
      successors: mark < 0 ? NO_SUCCESSORS : record.slice(mark + 1).split('+'),
    }
  })
}

function yearsOf({ from, to }: RegionRecord): string {
  return from === null ? '----' : `${twoDigits(from)}${to === null ? '..' : twoDigits(to)}`
}

function twoDigits(year: number): string {
  if (year < FIRST_YEAR || year > LAST_YEAR) throw new RangeError(`${year} cannot be written in two digits`)
  return String(year % 100).padStart(2, '0')
}

function readYear(digits: string): number | null {
  if (digits === '..' || digits === '--') return null
  const year = Number(digits)
  return year >= FIRST_YEAR % 100 ? 1900 + year : 2000 + year
}

function byCodeAndYear(a: RegionRecord, b: RegionRecord): number {
  if (a.code !== b.code) return a.code < b.code ? -1 : 1
  return (a.from ?? 0) - (b.from ?? 0)
}
