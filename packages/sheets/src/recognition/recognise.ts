import type { SheetRow } from '../sheet-row.js'
import { letters } from '../xlsx/letters.js'
import { looksLikeName, looksLikeNumber } from './cell-looks.js'
import { NAME_TITLES, NUMBER_TITLES, plainTitle } from './titles.js'

export type ColumnRole = 'name' | 'number'

export interface ColumnEvidence {
  /** From 0. */
  readonly index: number
  /** What the header says, or the column's letters where it says nothing. */
  readonly title: string
  /** At most one column has each role. */
  readonly role: ColumnRole | null
  /** How sure the role is, from 0 to 1. */
  readonly confidence: number
}

const TITLES: Record<ColumnRole, readonly string[]> = { name: NAME_TITLES, number: NUMBER_TITLES }
const ROLES: readonly ColumnRole[] = ['number', 'name']
/** A title alone, contents alone, and both. */
const SURE = { byTitle: 0.7, byContent: 0.8, both: 1 } as const
/** Below this share of cells that look right, contents say nothing. */
const SHARE_MIN = 0.5

/** Which row is the header: the one with titles people use, or the one above the first person. Null: there is none. */
export function findHeaderRow(first: readonly SheetRow[], sample: readonly SheetRow[]): number | null {
  const titled = first
    .map((row) => ({ row: row.row, roles: ROLES.filter((role) => titlePlace(row.cells, role) !== -1).length }))
    .toSorted((one, other) => other.roles - one.roles || one.row - other.row)[0]
  if (titled !== undefined && titled.roles > 0) return titled.row
  const person = sample.findIndex(
    ({ cells, damaged }) => cells.some((cell) => looksLikeNumber(cell)) || damaged.length > 0,
  )
  return person > 0 && person < first.length ? (sample[person - 1]?.row ?? null) : null
}

/** Gives each role to the column that fits it best by its title and by what its cells look like. */
export function recogniseColumns(
  header: readonly string[] | null,
  rows: readonly SheetRow[],
  width: number,
): ColumnEvidence[] {
  const roles = new Map<number, { role: ColumnRole; confidence: number }>()
  for (const role of ROLES) {
    let best = { index: -1, confidence: 0, rank: Number.POSITIVE_INFINITY }
    for (let index = 0; index < width; index += 1) {
      if (roles.has(index)) continue
      const rank = TITLES[role].indexOf(plainTitle(header?.[index] ?? ''))
      const confidence = confidenceOf(rank !== -1, shareOf(rows, index, role))
      const isBetter =
        confidence > best.confidence || (confidence === best.confidence && rank !== -1 && rank < best.rank)
      if (confidence > 0 && isBetter) best = { index, confidence, rank: rank === -1 ? best.rank : rank }
    }
    if (best.index !== -1) roles.set(best.index, { role, confidence: best.confidence })
  }
  return Array.from({ length: width }, (_, index) => ({
    index,
    title: header?.[index]?.trim() || letters(index),
    role: roles.get(index)?.role ?? null,
    confidence: roles.get(index)?.confidence ?? 0,
  }))
}

function titlePlace(cells: readonly string[], role: ColumnRole): number {
  return cells.findIndex((cell) => TITLES[role].includes(plainTitle(cell)))
}

function confidenceOf(isTitled: boolean, share: number): number {
  const byContent = share >= SHARE_MIN ? share : 0
  if (isTitled && byContent > 0) return Number((SURE.byTitle + (SURE.both - SURE.byTitle) * share).toFixed(2))
  return isTitled ? SURE.byTitle : Number((SURE.byContent * byContent).toFixed(2))
}

/** The share of this column's cells that look as the role does, of those that hold something. */
function shareOf(rows: readonly SheetRow[], index: number, role: ColumnRole): number {
  let [filled, right] = [0, 0]
  for (const { cells, damaged } of rows) {
    const cell = cells[index]?.trim() ?? ''
    if (cell === '') continue
    filled += 1
    if (role === 'name' ? looksLikeName(cell) : looksLikeNumber(cell) || damaged.includes(index)) right += 1
  }
  return filled === 0 ? 0 : right / filled
}
