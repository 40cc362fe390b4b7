/** What parts the cells of a row. The last is what is typed with a Chinese keyboard. */
const DELIMITERS = [',', '\t', ';', '|', '，'] as const
export type Delimiter = (typeof DELIMITERS)[number]

/** The delimiter that the first line has most of; a comma where it has none. */
export function findDelimiter(firstLine: string): Delimiter {
  const outsideQuotes = firstLine.replace(/"[^"]*"/g, '')
  const count = (delimiter: Delimiter): number => outsideQuotes.split(delimiter).length
  return DELIMITERS.reduce((best, next) => (count(next) > count(best) ? next : best))
}

/** The delimiter that Excel's own first line `sep=;` names; null where there is no such line. */
export function wishedDelimiter(firstLine: string): Delimiter | null {
  const [, wished] = /^\uFEFF?sep=(.)$/i.exec(firstLine.trimEnd()) ?? []
  return DELIMITERS.find((delimiter) => delimiter === wished) ?? null
}
