import Database from 'better-sqlite3'

const RESULTS = { 一致: 'match', 不一致: 'mismatch', 查无记录: 'no_record' }
const SILENT = '核验服务暂不可用'

/**
 * Holds the sheet that came back against what was sent, what the source said and what the database charged. Everybody on the sheet
 * has a name of their own, so a name says which row a call was made for.
 */
export function checkSheet({ people, sheet, batch, said, databaseFile }) {
  const calls = readCalls(databaseFile)
  const verdicts = new Map(said.filter(({ answer }) => answer !== 'unavailable').map((each) => [each.id, each]))
  const chargedOf = new Map()
  let phantom = 0
  for (const { id } of [...calls.values()].filter((call) => call.charged === 1)) {
    const name = verdicts.get(id)?.name
    if (name === undefined) phantom++
    else chargedOf.set(name, (chargedOf.get(name) ?? 0) + 1)
  }
  const said1 = verdictsOf(said)
  const rows = new Map(sheet.map((row) => [row.name, row]))
  let [skipped, mixedUp, uncharged, silent] = [0, 0, 0, 0]
  for (const { name, number } of people) {
    const row = rows.get(name)
    if (row === undefined || row.number !== number) skipped++
    else if (row.note === SILENT) silent++
    else if (!(row.result in RESULTS)) skipped++
    // Asked again after a kill, a source of the campaign may say something else: any verdict it gave of this person is right.
    else if (!(said1.get(name) ?? []).includes(RESULTS[row.result])) mixedUp++
    else if (row.charged !== '是' || calls.get(row.callId)?.charged !== 1 || verdicts.get(row.callId)?.name !== name)
      uncharged++
  }
  const charged = [...chargedOf.values()].reduce((sum, count) => sum + count, 0)
  return {
    /** Rows that were charged more than once. */
    double: [...chargedOf.values()].filter((count) => count > 1).length,
    /** Rows that did not come back, or came back without having been asked about. */
    skipped: skipped + Math.abs(sheet.length - people.length),
    /** Charges without a verdict of the source, or that the batch does not tell of. */
    phantom: phantom + Math.abs(charged - batch.charged),
    /** Rows with a verdict that the source never gave of them. */
    mixedUp,
    /** Rows with a verdict whose request id is no charged call about them. */
    uncharged,
    charged,
    replayed: [...calls.values()].filter(({ reason }) => reason === 'replay').length,
    silent,
  }
}

function verdictsOf(said) {
  const verdicts = new Map()
  for (const { name, answer } of said) verdicts.set(name, [...(verdicts.get(name) ?? []), answer])
  return verdicts
}

function readCalls(file) {
  const db = new Database(file, { readonly: true })
  try {
    const rows = db.prepare('SELECT id, charged, reason FROM calls').all()
    return new Map(rows.map((call) => [call.id, call]))
  } finally {
    db.close()
  }
}
