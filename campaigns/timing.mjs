// `npm run campaign -- timing [--samples N] [--json]`: whether the time of the market door's comparison of signatures tells how much of a
// wrong one is right: wrong in its first character against wrong in its last. Two controls: one class twice (has to pass), and a
// comparison that ends at the first difference (has to fail). The platform door has `platform-timing`, over a connection.
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { sign, signatureMatches } from '@heyan/contract'
import { welch } from './timing/welch.mjs'

const T_MAX = 4.5
const SAMPLES = 200_000
const WARM_UP = 20_000
/** Comparisons in one sample: one alone is shorter than a clock can tell. */
const PER_SAMPLE = 5
/** Of both classes together, the slowest share that is left out: pauses of the machine. */
const LEFT_OUT = 0.05
const SECRET = 'secret'
const TEXT = 'GET\n\n\n\n\n/idcard?sfz=11010519491231002X&xm=李三'

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { samples: { type: 'string', default: String(SAMPLES) }, json: { type: 'boolean', default: false } },
  })
  const samples = Number(values.samples)
  const right = sign(TEXT, SECRET, 'HmacSHA256')
  const [first, last] = [wrongAt(right, 0), wrongAt(right, right.length - 2)]
  const results = {
    samples,
    product: compare(matches, first, last, samples),
    same: compare(matches, first, first, samples),
    leaky: compare((given) => isSameUpTo(right, given), first, last, samples),
  }
  const ok = Math.abs(results.product) < T_MAX && Math.abs(results.same) < T_MAX && Math.abs(results.leaky) >= T_MAX
  const line = (what, t, bound) => `${what.padEnd(52)} t ${t.toFixed(2).padStart(9)}   ${bound}\n`
  if (values.json) process.stdout.write(`${JSON.stringify({ ...results, ok })}\n`)
  else
    process.stdout.write(
      line(`wrong at first / wrong at last, ${samples} samples`, results.product, `|t| < ${T_MAX}`) +
        line('control, one class twice', results.same, `|t| < ${T_MAX}`) +
        line('control, ends at the first difference', results.leaky, `|t| >= ${T_MAX}`),
    )
  return ok ? 0 : 1
}

/** What the door does with a signature that was sent. */
function matches(given) {
  return signatureMatches(given, TEXT, SECRET, 'HmacSHA256')
}

function isSameUpTo(right, given) {
  for (let place = 0; place < right.length; place++) if (right[place] !== given[place]) return false
  return true
}

function wrongAt(right, place) {
  return right.slice(0, place) + (right[place] === 'A' ? 'B' : 'A') + right.slice(place + 1)
}

function compare(isRight, one, other, samples) {
  // Texts of one making: how a string lies in memory must not tell the classes apart.
  const classes = [one, other].map((text) => Buffer.from(text).toString('latin1'))
  const times = [[], []]
  const draws = randomBytes(samples + WARM_UP)
  let matched = 0
  for (let count = 0; count < samples + WARM_UP; count++) {
    const which = draws[count] & 1
    const given = classes[which]
    const begun = process.hrtime.bigint()
    for (let turn = 0; turn < PER_SAMPLE; turn++) if (isRight(given)) matched++
    const took = Number(process.hrtime.bigint() - begun)
    if (count >= WARM_UP) times[which].push(took)
  }
  if (matched > 0) throw new Error('a wrong signature was taken for right')
  const pooled = Float64Array.from([...times[0], ...times[1]]).sort()
  const longest = pooled[Math.floor(pooled.length * (1 - LEFT_OUT))]
  return welch(...times.map((list) => list.filter((time) => time < longest)))
}
