// `npm run campaign -- signatures [--changes N] [--seed S] [--json]`: requests signed as the published clients sign them, with one
// byte of a signed part changed: each is refused, unless it still says the same.
import { parseArgs } from 'node:util'
import { changeBytes } from '../packages/contract/dist/testing/changed-bytes.js'

const CHANGES_EACH = 20

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      changes: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '20260115' },
      json: { type: 'boolean', default: false },
    },
  })
  const requests = Math.ceil(Number(values.changes) / CHANGES_EACH)
  const { changes, same, wrong } = changeBytes({ requests, changesEach: CHANGES_EACH, seed: Number(values.seed) })
  const text = `${changes} changed requests: ${changes - same - wrong.length} refused, ${same} said the same, ${wrong.length} wrong`
  process.stdout.write(`${values.json ? JSON.stringify({ changes, same, wrong: wrong.length }) : text}\n`)
  for (const each of wrong.slice(0, 3)) process.stderr.write(`${each}\n`)
  return wrong.length === 0 ? 0 : 1
}
