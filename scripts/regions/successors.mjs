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
  if (record.successors.length === 0) {
    // A prefecture that only changed its name kept its code, and the facts do not repeat it.
    const renamed = byCode.get(record.code)?.find(({ from }) => from === record.to)
    return renamed === undefined ? [] : endsOf(renamed, byCode, seen)
  }
  return record.successors.flatMap((code) => {
    const timeline = byCode.get(code) ?? []
    // The successor's record at the time of the change; years are whole, so it may begin a year off.
    const next = timeline.find(({ from, to }) => from !== null && from >= record.to - 1 && (to ?? Infinity) > record.to)
    const during = timeline.find(({ from, to }) => from !== null && from <= record.to && (to ?? Infinity) > record.to)
    const heir = during ?? next ?? timeline.find(({ from }) => from !== null && from > record.to)
    return heir === undefined ? [] : endsOf(heir, byCode, seen)
  })
}

function byCodeAndYear(a, b) {
  return a.code < b.code ? -1 : a.code > b.code ? 1 : (a.from ?? 0) - (b.from ?? 0)
}
