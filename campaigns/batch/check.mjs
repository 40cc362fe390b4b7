/**
 * Holds what came back of a sheet against the sheet, against what the source said and against what the database charged. Pure, so
 * that its own tests can hand it records that are wrong.
 *
 * @param {object} records
 * @param {{ name: string, number: string, expected: string }[]} records.sheet the rows sent, in order; `expected` is the word
 *   that must stand beside each
 * @param {{ name: string, number: string, result: string, charged: string, callId: string }[]} records.results the rows that
 *   came back, in order
 * @param {{ id: string, name: string }[]} records.said by the source, over all lives of the process
 * @param {{ id: string, state: string, charged: number }[]} records.calls rows of the database
 * @param {string[]} records.entries the call ids of ledger entries that take a call for good
 * @param {{ used: number, reserved: number }} records.lots summed over the whole store
 * @param {number} records.told charges that the batch itself tells of
 */
export function check({ sheet, results, said, calls, entries, lots, told }) {
  const charged = new Set(calls.filter((call) => call.charged === 1).map(({ id }) => id))
  const people = new Map(said.map(({ id, name }) => [id, name]))
  const billed = results.filter((row) => row.charged === '是')
  const toldIds = new Set(billed.map(({ callId }) => callId))
  const entered = countOf(entries)
  return {
    billed: billed.length,
    charged: charged.size,
    /** One person charged more than once, one call entered more than once, one call on the bill of two rows. */
    double:
      above(countOf([...charged].map((id) => people.get(id) ?? id))) +
      above(entered) +
      above(countOf(billed.map(({ callId }) => callId))),
    /** Rows that were sent and have no answer, or another than the source gave. */
    skipped: count(sheet, ({ name, number, expected }, at) => {
      const row = results[at]
      return row === undefined || row.name !== name || row.number !== number || row.result !== expected
    }),
    /** Rows that nobody sent. */
    added: Math.max(0, results.length - sheet.length),
    /** Rows told as charged whose call is not, or is somebody else's. */
    lost: count(billed, ({ callId, name }) => !charged.has(callId) || people.get(callId) !== name),
    /** Calls charged that no row tells of. */
    untold: count([...charged], (id) => !toldIds.has(id)),
    /** Charges by the lots, by the entries and by the batch, against rows that were billed. */
    unbalanced:
      Math.abs(lots.used - billed.length) + Math.abs(entries.length - billed.length) + Math.abs(told - billed.length),
    /** Held, by a process that is gone. */
    stuck: count(calls, ({ state }) => state === 'reserved') + lots.reserved,
    /** Questions that a kill made somebody ask twice. */
    askedAgain: said.length - new Set(said.map(({ name }) => name)).size,
  }
}

/** What must be zero. */
export const ZEROS = ['double', 'skipped', 'added', 'lost', 'untold', 'unbalanced', 'stuck', 'readable']

function countOf(values) {
  const counts = new Map()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

const above = (counts) => count([...counts.values()], (each) => each > 1)

const count = (values, isCounted) => values.filter(isCounted).length
