import type { Inspection, SheetRow } from '@heyan/sheets'

/** Where a sheet holds what. Columns are counted from 0. */
export interface Mapping {
  /** Null for a sheet without a name. */
  readonly sheet: string | null
  readonly headerRow: number | null
  readonly nameColumn: number
  readonly numberColumn: number
  /** Of the sheet's own columns, in their order. */
  readonly titles: readonly string[]
}

/** What somebody says about a sheet instead of what was found in it. */
export interface MappingWish {
  readonly sheet?: string
  /** 0: there is none. */
  readonly headerRow?: number
  /** Its place, or its title. */
  readonly nameColumn?: number | string
  readonly numberColumn?: number | string
}

/** Null where it cannot be told which columns are the name and the number. */
export function mappingOf(
  { sheet, headerRow, columns }: Pick<Inspection, 'sheet' | 'headerRow' | 'columns'>,
  wish: MappingWish,
): Mapping | null {
  const place = (wished: number | string | undefined, role: 'name' | 'number'): number => {
    if (wished === undefined) return columns.findIndex((column) => column.role === role)
    const byTitle = columns.findIndex(({ title }) => title === String(wished).trim())
    return byTitle >= 0 ? byTitle : /^\d{1,3}$/.test(String(wished)) ? Number(wished) : -1
  }
  const nameColumn = place(wish.nameColumn, 'name')
  const numberColumn = place(wish.numberColumn, 'number')
  const isThere = (column: number) => column >= 0 && column < columns.length
  if (!isThere(nameColumn) || !isThere(numberColumn) || nameColumn === numberColumn) return null
  const titles = columns.map(({ title }) => title)
  return { sheet: sheet === '' ? null : sheet, headerRow, nameColumn, numberColumn, titles }
}

/** What a reader has to be told. */
export function readingOf({ sheet, headerRow }: Pick<Mapping, 'sheet' | 'headerRow'>) {
  return { headerRow, ...(sheet === null ? {} : { sheet }) }
}

/** The two cells that count, and whether the number's last digits were lost. */
export function cellsOf({ cells, damaged }: SheetRow, { nameColumn, numberColumn }: Mapping) {
  return {
    name: cells[nameColumn] ?? '',
    number: cells[numberColumn] ?? '',
    isDamaged: damaged.includes(numberColumn),
  }
}
