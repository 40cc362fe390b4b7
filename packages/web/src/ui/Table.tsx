import './table.css'
import type { ReactNode } from 'react'

export interface Column<Row> {
  readonly title: string
  cell(row: Row): ReactNode
  /** Not broken into lines. */
  readonly isTight?: boolean
}

interface TableProps<Row> {
  /** Read to those who cannot see what the table is about; shown where `isCaptionShown`. */
  readonly caption: string
  readonly isCaptionShown?: boolean
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  keyOf(row: Row): string
}

/** On a narrow screen each row becomes a card, whose cells bear their column's title. */
export function Table<Row>({ caption, isCaptionShown = false, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <table className="table">
      <caption className={isCaptionShown ? '' : 'visually-hidden'}>{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title }) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, cell, isTight }) => (
              <td key={title} data-title={title} className={isTight ? 'tight' : undefined}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
