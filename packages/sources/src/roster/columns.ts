import { NAME_TITLES, NUMBER_TITLES, plainTitle } from '@heyan/sheets'

/** Where the two columns are, from 0, and whether the first row names them or is a person already. */
export interface Columns {
  readonly name: number
  readonly number: number
  readonly hasHeader: boolean
}

export interface ColumnWishes {
  readonly nameColumn?: string
  readonly numberColumn?: string
}

export type ColumnProblem = 'name_column_not_found' | 'number_column_not_found'

/** What can be told of a cell that has no header: used to find columns in a list without one. */
export interface CellTests {
  isName(text: string): boolean
  isNumber(text: string): boolean
}

/**
 * Finds the columns in the first row: by the names asked for, by the names people use, or, where the row holds a valid
 * number itself, by what its cells are.
 */
export function findColumns(row: readonly string[], wishes: ColumnWishes, tests: CellTests): Columns | ColumnProblem {
  const headers = row.map(plainTitle)
  const name = place(headers, wishes.nameColumn, NAME_TITLES)
  const number = place(headers, wishes.numberColumn, NUMBER_TITLES)
  if (name !== -1 && number !== -1) return { name, number, hasHeader: true }
  const hasWishes = wishes.nameColumn !== undefined || wishes.numberColumn !== undefined
  const guessed = hasWishes ? null : withoutHeader(row, tests)
  if (guessed !== null) return guessed
  return number === -1 ? 'number_column_not_found' : 'name_column_not_found'
}

function place(headers: readonly string[], wish: string | undefined, known: readonly string[]): number {
  if (wish !== undefined) return headers.indexOf(plainTitle(wish))
  const found = known.find((header) => headers.includes(header))
  return found === undefined ? -1 : headers.indexOf(found)
}

function withoutHeader(row: readonly string[], { isName, isNumber }: CellTests): Columns | null {
  const number = row.findIndex(isNumber)
  const name = row.findIndex((cell, index) => index !== number && isName(cell))
  return number === -1 || name === -1 ? null : { name, number, hasHeader: false }
}
