// Measures the roster: `npm run bench -- roster [rows] [--json]`. Invented people only.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkDigit } from '@heyan/core'
import { openRoster } from '@heyan/sources'

const LOOK_UPS = 300_000
/** Look-ups that are timed together. */
const SLICE = 100
const ROWS_PER_CHUNK = 2_000
const STRIDE = 7_919
const context = { callId: 'bench', deadlineMs: Number.POSITIVE_INFINITY }
const two = (value) => String(value).padStart(2, '0')

/** People born from 1800 to 1889, a thousand a day: no two numbers alike up to some thirty million. */
function numberOf(index, division = '110105') {
  const day = Math.floor(index / 1_000)
  const date = `1${800 + (Math.floor(day / 336) % 90)}${two(1 + (Math.floor(day / 28) % 12))}${two(1 + (day % 28))}`
  const body = `${division}${date}${String(index % 1_000).padStart(3, '0')}`
  return body + checkDigit(body)
}

const nameOf = (index) => `甲${String.fromCharCode(0x4e00 + (index % 20_000))}`
const subject = (name, number) => ({ name: { text: name, key: name }, number: { text: number } })

function* list(rows) {
  yield Buffer.from('姓名,身份证号码\n')
  for (let from = 0; from < rows; from += ROWS_PER_CHUNK) {
    let text = ''
    for (let index = from; index < Math.min(from + ROWS_PER_CHUNK, rows); index += 1)
      text += `${nameOf(index)},${numberOf(index)}\n`
    yield Buffer.from(text)
  }
}

/** Import speed, size, memory, the time of a warm look-up for each verdict, and whether the verdicts can be told apart by it. */
async function benchRoster(rows) {
  const directory = mkdtempSync(join(tmpdir(), 'heyan-bench-'))
  const roster = openRoster({ directory, key: Buffer.alloc(32, 1) })
  try {
    let peakBytes = 0
    const startMs = performance.now()
    const outcome = await roster.import(list(rows), {
      onProgress: () => {
        peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
      },
    })
    const importMs = performance.now() - startMs
    if (!outcome.ok || outcome.count !== rows) throw new Error('the import went wrong')
    const file = readdirSync(directory).find((name) => name.endsWith('.sqlite'))
    const us = {
      match: lookUp(roster, rows, 'match', (index) => subject(nameOf(index), numberOf(index))),
      mismatch: lookUp(roster, rows, 'mismatch', (index) => subject('乙', numberOf(index))),
      noRecord: lookUp(roster, rows, 'no_record', (index) => subject(nameOf(index), numberOf(index, '210105'))),
    }
    return {
      rows,
      importRowsPerSecond: Math.round((rows * 1_000) / importMs),
      lookupUs: Math.max(...Object.values(us)),
      lookupUsByVerdict: us,
      welchT: constantWork(roster, rows),
      bytesPerRow: Number((statSync(join(directory, file)).size / rows).toFixed(1)),
      peakMb: Math.round(peakBytes / 1_048_576),
    }
  } finally {
    await roster.close()
    rmSync(directory, { recursive: true })
  }
}

function lookUp(roster, rows, verdict, subjectOf) {
  const subjects = Array.from({ length: LOOK_UPS }, (_, index) => subjectOf((index * STRIDE) % rows))
  // Warm: every page that will be asked for has been read once.
  for (const one of subjects) roster.source.ask(one, context)
  let right = 0
  const slices = []
  for (let from = 0; from < LOOK_UPS; from += SLICE) {
    const startMs = performance.now()
    for (const one of subjects.slice(from, from + SLICE))
      if (roster.source.ask(one, context).verdict === verdict) right += 1
    slices.push(((performance.now() - startMs) * 1_000) / SLICE)
  }
  if (right !== LOOK_UPS) throw new Error(`${LOOK_UPS - right} look-ups were not ${verdict}`)
  // The median: a slice that another process interrupted says nothing of a look-up.
  const us = slices.sort((one, other) => one - other)[slices.length >> 1]
  return Number(us.toFixed(2))
}

/**
 * Welch's t between the times of the three verdicts, asked for in random order: below 4.5 either way, nothing is to be
 * learnt from the time. The slowest hundredth, which is the machine's, is left out.
 */
function constantWork(roster, rows) {
  const kinds = [
    (index) => subject(nameOf(index), numberOf(index)),
    (index) => subject(`乙${nameOf(index).slice(1)}`, numberOf(index)),
    (index) => subject(nameOf(index), numberOf(index, '210105')),
  ]
  const times = kinds.map(() => [])
  const questions = Array.from({ length: LOOK_UPS }, (_, index) => {
    const kind = Math.floor(Math.random() * kinds.length)
    return { kind, subject: kinds[kind]((index * STRIDE) % rows) }
  })
  for (const { kind, subject: one } of questions) {
    const start = process.hrtime.bigint()
    roster.source.ask(one, context)
    times[kind].push(Number(process.hrtime.bigint() - start))
  }
  const [match, mismatch, absent] = times.map(moments)
  return {
    matchMismatch: welch(match, mismatch),
    matchAbsent: welch(match, absent),
    mismatchAbsent: welch(mismatch, absent),
  }
}

function moments(times) {
  const kept = times.toSorted((one, other) => one - other).slice(0, Math.floor(times.length * 0.99))
  const mean = kept.reduce((sum, time) => sum + time, 0) / kept.length
  const variance = kept.reduce((sum, time) => sum + (time - mean) ** 2, 0) / (kept.length - 1)
  return { mean, error: variance / kept.length }
}

function welch(one, other) {
  return Number(((one.mean - other.mean) / Math.sqrt(one.error + other.error)).toFixed(2))
}

export async function run(argv) {
  const rows = Number(argv.find((word) => /^\d+$/.test(word)) ?? 1_000_000)
  const report = await benchRoster(rows)
  console.log(argv.includes('--json') ? JSON.stringify(report) : report)
}
