import { existsSync, readFileSync } from 'node:fs'
import { checkDigit, formatBirthday, shanghaiDate } from '../../packages/core/dist/index.js'

const OWN = new URL('../../packages/core/src/subject/number-cases.json', import.meta.url)
const SHARED = new URL('../../../shared/data/number-cases.json', import.meta.url)

/** The project's own cases, and the larger collection beside the project where there is one: `{ rule, value, valid }`. */
export function readCases() {
  const own = JSON.parse(readFileSync(OWN, 'utf8'))
  if (!existsSync(SHARED)) return own.map(({ rule, value, valid }) => ({ rule, value, valid }))
  return JSON.parse(readFileSync(SHARED, 'utf8')).map((entry) => ({
    rule: entry.why,
    value: valueOfCase(entry),
    valid: entry.expected.valid,
  }))
}

/** A case tells its value, an expression for it, or how it is made. */
function valueOfCase({ input, inputExpr, inputGen }) {
  if (inputExpr !== undefined) return new Function(`return (${inputExpr})`)()
  if (inputGen === undefined) return input
  if (inputGen.kind === 'repeat') return inputGen.char.repeat(inputGen.times)
  const day = shanghaiDate(Date.now() + inputGen.offsetDays * 86_400_000)
  const body = inputGen.prefix + formatBirthday(day) + inputGen.seq
  return body + checkDigit(body)
}
