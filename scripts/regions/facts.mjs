const LINE = /^(\d{4}) (\d{4}(?:-\d{4})?|never|ignored): (.+)$/
const ENTRY = /^(\d{2})(?:=([^>]+))?(?:>([\d+]+))?$/

/** Reads region-facts.txt; its head says how it is written. A line that cannot be read is thrown, with its number. */
export function readFacts(text) {
  const records = []
  const ignored = new Set()
  let edition = null
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('edition ')) {
      edition = Number(line.slice(8))
      continue
    }
    const [, prefix, years, entries] = LINE.exec(line) ?? fail(index, line)
    for (const entry of entries.split(' ')) {
      const [, suffix, name, successors = ''] = ENTRY.exec(entry) ?? fail(index, entry)
      const code = prefix + suffix
      if (years === 'ignored') {
        ignored.add(code)
        continue
      }
      const [from, to] = years === 'never' ? [null, null] : years.split('-').map(Number)
      records.push({
        code,
        name,
        from,
        to: to ?? null,
        successors:
          successors === '' ? [] : successors.split('+').map((part) => (part.length === 2 ? prefix + part : part)),
      })
    }
  }
  if (edition === null) throw new Error('region-facts.txt: no edition')
  return { edition, records, ignored }
}

function fail(index, text) {
  throw new Error(`region-facts.txt line ${index + 1}: cannot read "${text}"`)
}
