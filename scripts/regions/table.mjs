/**
 * The table's text: a line for each prefecture, its four digits and then its records, each after a semicolon:
 *
 *   3505;0085..泉州市;0285..鲤城区;228592晋江县>350582
 *
 * two digits of the code, two of the first year, two of the year it ended (`..`: in force; `----` for both: undated),
 * the name, and after `>` the codes of today that took its place, joined by `+`. 81 to 99 are 1981 to 1999. Records of
 * one code stand in the order of their years.
 */
export function encodeTable(records) {
  const lines = []
  let prefix = ''
  for (const record of [...records].sort(byCodeAndYear)) {
    if (!record.code.startsWith(prefix) || prefix === '') {
      prefix = record.code.slice(0, 4)
      lines.push(prefix)
    }
    lines[lines.length - 1] += `;${record.code.slice(4)}${span(record)}${record.name}${successors(record)}`
  }
  return lines.map((line) => `${line}\n`).join('')
}

/** Replaces each record's successors by the codes of today that are at the end of the chain. */
export function followSuccessors(records) {
  const byCode = new Map()
  for (const record of [...records].sort(byCodeAndYear))
    byCode.set(record.code, [...(byCode.get(record.code) ?? []), record])
  return records.map((record) => ({ ...record, successors: [...new Set(endsOf(record, byCode, new Set()))].sort() }))
}

function endsOf(record, byCode, seen) {
  if (record.from === null || seen.has(record)) return []
  seen.add(record)
  if (record.to === null) return [record.code]
  return record.successors.flatMap((code) => {
    const timeline = byCode.get(code) ?? []
    // The successor's record at the time of the change; years are whole, so it may begin a year off.
    const next = timeline.find(({ from, to }) => from !== null && from >= record.to - 1 && (to ?? Infinity) > record.to)
    const during = timeline.find(({ from, to }) => from !== null && from <= record.to && (to ?? Infinity) > record.to)
    const heir = during ?? next ?? timeline.find(({ from }) => from !== null && from > record.to)
    return heir === undefined ? [] : endsOf(heir, byCode, seen)
  })
}

function span({ from, to }) {
  if (from === null) return '----'
  return `${twoDigits(from)}${to === null ? '..' : twoDigits(to)}`
}

function twoDigits(year) {
  if (year < 1981 || year > 2080) throw new Error(`${year} cannot be written in two digits`)
  return String(year % 100).padStart(2, '0')
}

function successors({ to, successors }) {
  return to === null || successors.length === 0 ? '' : `>${successors.join('+')}`
}

function byCodeAndYear(a, b) {
  return a.code < b.code ? -1 : a.code > b.code ? 1 : (a.from ?? 0) - (b.from ?? 0)
}
