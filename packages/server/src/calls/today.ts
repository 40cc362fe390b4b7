import { billingDay, type CivilDate, shanghaiDate } from '@heyan/core'

let known: { day: number; date: CivilDate } = { day: Number.NaN, date: shanghaiDate(0) }

/** The date in Asia/Shanghai, reckoned once a day. */
export function todayInShanghai(at: number): CivilDate {
  const day = billingDay(at)
  if (day !== known.day) known = { day, date: shanghaiDate(at) }
  return known.date
}
