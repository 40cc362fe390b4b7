/** The first two-digit year of the table's text: 81 to 99 are of the twentieth century, 00 to 80 of the next. */
const FIRST_TWO_DIGIT_YEAR = 81
const NEVER = 0xffff
const DIGIT_0 = 48
const SEMICOLON = 59
const SUCCESSOR_MARK = 62
const NEW_LINE = 10
const DOT = 46
const DASH = 45

/**
 * A table of divisions, decoded as far as a look-up needs: where each record's name stands in the text, and its years.
 * Names are cut out of the text when first asked for. How the text is written: `encodeTable`.
 */
export interface TableIndex {
  /** The first record of a code and the one after its last, by `slotOf(code)`; equal where there is none. */
  readonly slots: Uint16Array
  /** By the first four digits of a code: its place in `slots`, or `NEVER`. */
  readonly prefixes: Uint16Array
  /** By record: the first year in force (0: undated), the year it ended (NEVER: in force). */
  readonly from: Uint16Array
  readonly to: Uint16Array
  readonly nameOf: (record: number) => string
  readonly successorsOf: (record: number) => readonly string[]
}

export const OPEN_END = NEVER
const NO_SUCCESSORS: readonly string[] = Object.freeze([])

/** Decodes a table's text in one pass, without making a string. */
export function indexTable(text: string): TableIndex {
  const capacity = count(text, SEMICOLON)
  const groups = count(text, NEW_LINE)
  const from = new Uint16Array(capacity)
  const to = new Uint16Array(capacity)
  const starts = new Uint32Array(capacity + 1)
  const ends = new Uint32Array(capacity)
  const names: (string | undefined)[] = new Array(capacity)
  const prefixes = new Uint16Array(10_000).fill(NEVER)
  const slots = new Uint16Array(groups * 200)

  let record = 0
  let group = -1
  let place = text.charCodeAt(0) === NEW_LINE ? 1 : 0
  while (place < text.length) {
    group++
    prefixes[two(text, place) * 100 + two(text, place + 2)] = group
    place += 4
    while (text.charCodeAt(place) === SEMICOLON) {
      const slot = group * 200 + two(text, place + 1) * 2
      if (slots[slot] === slots[slot + 1]) slots[slot] = record
      slots[slot + 1] = record + 1
      from[record] = yearAt(text, place + 3)
      to[record] = yearAt(text, place + 5)
      place += 7
      starts[record] = place
      let code = text.charCodeAt(place)
      while (code !== SEMICOLON && code !== SUCCESSOR_MARK && code !== NEW_LINE) code = text.charCodeAt(++place)
      ends[record] = place
      while (code !== SEMICOLON && code !== NEW_LINE) code = text.charCodeAt(++place)
      record++
    }
    place++
  }
  starts[record] = text.length

  return {
    slots,
    prefixes,
    from,
    to,
    nameOf(record) {
      const known = names[record]
      if (known !== undefined) return known
      const name = text.slice(starts[record], ends[record])
      names[record] = name
      return name
    },
    successorsOf(record) {
      const end = ends[record] ?? 0
      if (text.charCodeAt(end) !== SUCCESSOR_MARK) return NO_SUCCESSORS
      let stop = end + 1
      while (text.charCodeAt(stop) !== SEMICOLON && text.charCodeAt(stop) !== NEW_LINE) stop++
      return text.slice(end + 1, stop).split('+')
    },
  }
}

/** The place in `slots` of a code of six digits, or -1 where its prefecture is unknown. */
export function slotOf(index: TableIndex, code: string): number {
  const group = index.prefixes[two(code, 0) * 100 + two(code, 2)] ?? NEVER
  return group === NEVER ? -1 : group * 200 + two(code, 4) * 2
}

/**
 * The record of a slot for a year: the one in force; else the first, where the year is before it; else the last that
 * began before. -1 where the slot has none.
 */
export function recordFor(index: TableIndex, slot: number, year: number): number {
  const first = index.slots[slot] ?? 0
  const end = index.slots[slot + 1] ?? 0
  if (first === end) return -1
  let found = first
  for (let record = first + 1; record < end && (index.from[record] ?? 0) <= year; record++) found = record
  return found
}

function yearAt(text: string, place: number): number {
  const code = text.charCodeAt(place)
  if (code === DOT) return NEVER
  if (code === DASH) return 0
  const year = two(text, place)
  return year >= FIRST_TWO_DIGIT_YEAR ? 1900 + year : 2000 + year
}

function two(text: string, place: number): number {
  return (text.charCodeAt(place) - DIGIT_0) * 10 + text.charCodeAt(place + 1) - DIGIT_0
}

function count(text: string, wanted: number): number {
  let found = 0
  for (let place = 0; place < text.length; place++) if (text.charCodeAt(place) === wanted) found++
  return found
}
