/** With `--json` one JSON value on standard output and nothing else; else words for people. */
export function print(isJson: boolean, value: unknown, words: string): void {
  process.stdout.write(`${isJson ? JSON.stringify(value) : words}\n`)
}

/** `key  value` lines, in columns. */
export function table(rows: Readonly<Record<string, string | number>>): string {
  const width = Math.max(...Object.keys(rows).map((key) => key.length))
  return Object.entries(rows)
    .map(([key, value]) => `${key.padEnd(width)}  ${value}`)
    .join('\n')
}
