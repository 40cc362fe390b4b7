/** What people call the two columns, most telling first, as `normalize` leaves them. */
const NAME_HEADERS = [
  '真实姓名',
  '姓名',
  '名字',
  '人员姓名',
  '员工姓名',
  '学生姓名',
  '客户姓名',
  'realname',
  'fullname',
  'name',
  'xm',
  'xingming',
]
const NUMBER_HEADERS = [
  '公民身份号码',
  '公民身份证号码',
  '居民身份证号码',
  '居民身份证号',
  '身份证号码',
  '身份证号',
  '身份号码',
  '身份证',
  '证件号码',
  '证件号',
  'idnumber',
  'idcardnumber',
  'idcardno',
  'idcard',
  'idno',
  'identitynumber',
  'number',
  'sfzhm',
  'sfzh',
  'sfz',
  'zjhm',
]

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
  const headers = row.map(normalize)
  const name = place(headers, wishes.nameColumn, NAME_HEADERS)
  const number = place(headers, wishes.numberColumn, NUMBER_HEADERS)
  if (name !== -1 && number !== -1) return { name, number, hasHeader: true }
  const hasWishes = wishes.nameColumn !== undefined || wishes.numberColumn !== undefined
  const guessed = hasWishes ? null : withoutHeader(row, tests)
  if (guessed !== null) return guessed
  return number === -1 ? 'number_column_not_found' : 'name_column_not_found'
}

function place(headers: readonly string[], wish: string | undefined, known: readonly string[]): number {
  if (wish !== undefined) return headers.indexOf(normalize(wish))
  const found = known.find((header) => headers.includes(header))
  return found === undefined ? -1 : headers.indexOf(found)
}

function withoutHeader(row: readonly string[], { isName, isNumber }: CellTests): Columns | null {
  const number = row.findIndex(isNumber)
  const name = row.findIndex((cell, index) => index !== number && isName(cell))
  return number === -1 || name === -1 ? null : { name, number, hasHeader: false }
}

/** Full-width to ASCII, small letters, without a star, a remark in brackets, spaces, `_` and `-`: `*姓名（必填）` is 姓名. */
function normalize(header: string): string {
  return header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\([^()]*\)|\[[^[\]]*\]/g, '')
    .replace(/[\s_\-*:\uFEFF]/g, '')
}

const DELIMITERS = [',', '\t', ';', '|', '，'] as const
export type Delimiter = (typeof DELIMITERS)[number]

/** The delimiter that the first line has most of; a comma where it has none. */
export function findDelimiter(firstLine: string): Delimiter {
  const outsideQuotes = firstLine.replace(/"[^"]*"/g, '')
  const count = (delimiter: Delimiter): number => outsideQuotes.split(delimiter).length
  return DELIMITERS.reduce((best, next) => (count(next) > count(best) ? next : best))
}
