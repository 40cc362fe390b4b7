/**
 * Holds three records of the same calls against each other: what clients received, what the source said, and what the database
 * charged. Pure, so that its own tests can hand it records that are wrong.
 *
 * @param {object} records
 * @param {{ id: string, status: number, billing: string | null, key: string | null }[]} records.answers received whole by clients
 * @param {Map<string, string>} records.said by the source, by call id: a verdict or `unavailable`
 * @param {{ id: string, state: string, charged: number, key: string | null }[]} records.calls rows of the database, with the
 *   Idempotency-Key under which each call was made (by its digest), or null
 */
export function check({ answers, said, calls }) {
  const byId = new Map(calls.map((call) => [call.id, call]))
  const chargedByKey = new Map()
  for (const call of calls) {
    if (call.charged === 1 && call.key !== null) chargedByKey.set(call.key, (chargedByKey.get(call.key) ?? 0) + 1)
  }
  const charged = calls.filter((call) => call.charged === 1)
  const isCharged = (id) => byId.get(id)?.charged === 1
  return {
    answers: answers.length,
    charged: charged.length,
    /** Answered as charged, and not charged. */
    lost: answers.filter(({ billing, id }) => billing === '1' && !isCharged(id)).length,
    /** One request, charged more than once. */
    double: [...chargedByKey.values()].filter((count) => count > 1).length + (calls.length - byId.size),
    /** Charged, and the source never gave a verdict. */
    phantom: charged.filter(({ id }) => !VERDICTS.has(said.get(id))).length,
    /** Answered as free or refused, and charged all the same. */
    chargedProblems: answers.filter(({ billing, id }) => billing !== '1' && isCharged(id)).length,
    stuck: calls.filter(({ state }) => state === 'reserved').length,
    /** Verdicts that the source gave and nobody was charged for: what a crash costs the operator. */
    leakage: [...said].filter(
      ([id, answer]) => VERDICTS.has(answer) && !isCharged(id) && byId.get(id)?.state !== 'settled',
    ).length,
  }
}

const VERDICTS = new Set(['match', 'mismatch', 'no_record'])
/** What must be zero. */
export const ZEROS = ['lost', 'double', 'phantom', 'chargedProblems', 'stuck']
