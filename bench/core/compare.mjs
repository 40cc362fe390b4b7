// node compare.mjs PEER: heyan and a peer in turns, on the same numbers; prints one JSON object.
import { inventNumbers } from './numbers.mjs'
import { LIBRARIES } from './peers.mjs'

const TURNS = 25
const WARM_UP_MS = 300
const TURN_MS = 20

const numbers = inventNumbers()
const ours = LIBRARIES.heyan()
const theirs = LIBRARIES[process.argv[2]]()
let sink = 0

console.log(JSON.stringify({ validate: compare('validate'), parse: compare('parse') }))
if (sink < 0) console.error(sink)

function compare(task) {
  if (theirs[task] === undefined) return null
  speed(ours[task], WARM_UP_MS)
  speed(theirs[task], WARM_UP_MS)
  const turns = Array.from({ length: TURNS }, () => ({
    ours: speed(ours[task], TURN_MS),
    theirs: speed(theirs[task], TURN_MS),
  }))
  return {
    perSecond: Math.round(median(turns.map((turn) => turn.ours))),
    ratio: Number(median(turns.map((turn) => turn.ours / turn.theirs)).toFixed(2)),
  }
}

/** Calls a second. Numbers are taken in blocks, so that reading the clock costs nothing beside them. */
function speed(task, milliseconds) {
  const start = performance.now()
  let done = 0
  let elapsed = 0
  while (elapsed < milliseconds) {
    const offset = done % numbers.length
    for (let index = offset; index < offset + 256; index++) if (task(numbers[index])) sink++
    done += 256
    elapsed = performance.now() - start
  }
  return (done / elapsed) * 1000
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1]
}
