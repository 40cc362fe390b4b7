/**
 * Holds three records of the same calls against each other: what clients received, what the source was asked and said, and what
 * the database charged. Pure, so that its own tests can hand it records that are wrong. Every request is about somebody else, so
 * a name says which request a call was made for, whatever became of the answer; a request sent again keeps its name.
 *
 * @param {object} records
 * @param {number} records.attempts made by clients, answered or cut off
 * @param {{ id: string, name: string, status: number, billing: string | null, verdict: string | null }[]} records.answers
 *   received whole by clients
 * @param {{ id: string, name: string }[]} records.asked the calls for which a source beyond this machine was asked
 * @param {{ id: string, name: string, answer: string }[]} records.said by the source: a verdict or `unavailable`
 * @param {{ id: string, state: string, charged: number }[]} records.calls rows of the database
 * @param {string[]} records.entries the call ids of ledger entries that take a call for good
 * @param {{ used: number, reserved: number }} records.lots summed over the whole store
 */
export function check({ attempts, answers, asked, said, calls, entries, lots }) {
  const rows = new Map(calls.map((call) => [call.id, call]))
  const entered = countOf(entries)
  const answered = countOf(answers.map(({ id }) => id))
  const verdicts = new Map(said.filter(({ answer }) => VERDICTS.has(answer)).map((each) => [each.id, each]))
  const charged = calls.filter((call) => call.charged === 1)
  const isCharged = (id) => rows.get(id)?.charged === 1 && entered.has(id)
  const isTaken = (id) => rows.get(id)?.charged === 1 || entered.has(id)
  const perRequest = countOf(charged.map(({ id }) => verdicts.get(id)?.name).filter((name) => name !== undefined))
  const cutOff = attempts - answers.length
  const leakage = count(verdicts.keys(), (id) => !isTaken(id) && !answered.has(id) && rows.get(id)?.state !== 'settled')
  return {
    answers: answers.length,
    charged: charged.length,
    /** Answered as charged, and not charged. */
    lost: count(answers, ({ id, billing }) => billing === '1' && !isCharged(id)),
    /** One request charged more than once, one call entered more than once, one id answered more than once. */
    double: countAbove(perRequest, 1) + countAbove(entered, 1) + countAbove(answered, 1),
    /** Charged, and the source never gave a verdict. */
    phantom: count(new Set([...charged.map(({ id }) => id), ...entered.keys()]), (id) => !verdicts.has(id)),
    /** Answered as free or refused, and charged all the same. */
    chargedProblems: count(answers, ({ id, billing }) => billing !== '1' && isTaken(id)),
    /** Charges whose answer nobody received, more than there are requests that were cut off. */
    unasked: Math.max(0, count(charged, ({ id }) => !answered.has(id)) - cutOff),
    /** Answered with another verdict, or about somebody else, than the source said of this call. */
    mixedUp: count(answers, ({ id, name, verdict }) => {
      const known = verdicts.get(id)
      return verdict !== null && (known?.answer !== verdict || known.name !== name)
    }),
    /** Asked of a source beyond this machine before it was written down. */
    unrecorded: count(asked, ({ id }) => !rows.has(id)),
    /** Held, by a process that is gone. */
    stuck: count(calls, ({ state }) => state === 'reserved') + lots.reserved,
    /** Calls that the lots' balances have too many or too few. */
    unbalanced: Math.abs(lots.used - charged.length) + Math.abs(lots.used - entries.length),
    /** Verdicts that nobody was charged for, more than kills can have cut off. */
    givenAway: Math.max(0, leakage - cutOff),
    /** Verdicts that the source gave, nobody received and nobody was charged for: what a crash costs the operator. */
    leakage,
  }
}

const VERDICTS = new Set(['match', 'mismatch', 'no_record'])
/** What must be zero. */
export const ZEROS = [
  'lost',
  'double',
  'phantom',
  'chargedProblems',
  'unasked',
  'mixedUp',
  'unrecorded',
  'stuck',
  'unbalanced',
  'givenAway',
]

function count(values, isCounted) {
  let counted = 0
  for (const value of values) if (isCounted(value)) counted++
  return counted
}

function countOf(values) {
  const counts = new Map()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

function countAbove(counts, most) {
  return count(counts.values(), (each) => each > most)
}
