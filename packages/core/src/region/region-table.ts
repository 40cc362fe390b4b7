import { isProvince } from '../subject/check-number.js'
import { FIRST_YEAR, LAST_YEAR, type RegionRecord } from './table-text.js'

/** A newer table of divisions, or a part of one, that an operator loads over the built-in one. */
export interface RegionTable {
  readonly records: readonly RegionRecord[]
}

/**
 * Why a table cannot be read. `overlap`: two records of one code in force in the same year. `successor`: not all of them
 * are codes of divisions.
 */
export type RegionTableReason =
  | 'not_text'
  | 'too_large'
  | 'empty'
  | 'header'
  | 'columns'
  | 'code'
  | 'name'
  | 'from'
  | 'to'
  | 'successor'
  | 'overlap'

export type ParsedRegionTable =
  | { readonly ok: true; readonly value: RegionTable }
  | { readonly ok: false; readonly reason: RegionTableReason /** From 1; 0 for the whole. */; readonly line: number }

const HEADER = 'code,name,from,to,successor'
/** The whole of GB/T 2260 with its history has about 7,000 records and 300 kB. */
const MAX_RECORDS = 20_000
const MAX_UNITS = 2_000_000
/** The longest name in force has 15 characters. */
const NAME = /^[\p{Script=Han}]{2,30}$/u
const YEAR = /^\d{4}$/

/**
 * Reads a table of divisions, as CSV in UTF-8 with the head `code,name,from,to,successor`:
 *
 *     code,name,from,to,successor
 *     350522,晋江县,1985,1992,350582
 *     350582,晋江市,1992,,
 *
 * `code` has six digits, ending in 00 for a prefecture; `from` is the first year in force and `to` the year it ended,
 * empty while it is in force; `successor` holds the codes of today that took its place, joined by `+`, or nothing. A
 * code in the table replaces every record of that code in the built-in one; other codes stay. The first fault ends it.
 */
export function parseRegionTable(text: unknown): ParsedRegionTable {
  if (typeof text !== 'string') return fault('not_text', 0)
  if (text.length > MAX_UNITS) return fault('too_large', 0)
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  if (lines[0]?.trim() !== HEADER) return fault('header', 1)

  const records: RegionRecord[] = []
  const timelines = new Map<string, RegionRecord[]>()
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue
    const record = readRecord(line)
    if (typeof record === 'string') return fault(record, index + 1)
    const timeline = timelines.get(record.code) ?? []
    if (timeline.some((other) => overlaps(other, record))) return fault('overlap', index + 1)
    timelines.set(record.code, [...timeline, record])
    records.push(record)
    if (records.length > MAX_RECORDS) return fault('too_large', index + 1)
  }
  return records.length === 0 ? fault('empty', 0) : { ok: true, value: { records } }
}

function readRecord(line: string): RegionRecord | RegionTableReason {
  const cells = line.split(',').map((cell) => cell.trim())
  const [code = '', name = '', from = '', to = '', successor = ''] = cells
  if (cells.length !== 5) return 'columns'
  if (!isDivisionCode(code)) return 'code'
  if (!NAME.test(name)) return 'name'
  if (!isYear(from)) return 'from'
  if (to !== '' && (!isYear(to) || Number(to) <= Number(from))) return 'to'
  const successors = successor === '' ? [] : successor.split('+')
  if (!successors.every(isDivisionCode)) return 'successor'
  return { code, name, from: Number(from), to: to === '' ? null : Number(to), successors }
}

/** Six digits under a province that cards bear, and not the province itself. */
function isDivisionCode(code: string): boolean {
  return /^\d{6}$/.test(code) && isProvince(Number(code[0]), Number(code[1])) && !code.endsWith('0000')
}

function isYear(text: string): boolean {
  return YEAR.test(text) && Number(text) >= FIRST_YEAR && Number(text) <= LAST_YEAR
}

function overlaps(a: RegionRecord, b: RegionRecord): boolean {
  return (a.from ?? 0) < (b.to ?? Infinity) && (b.from ?? 0) < (a.to ?? Infinity)
}

function fault(reason: RegionTableReason, line: number): ParsedRegionTable {
  return { ok: false, reason, line }
}
