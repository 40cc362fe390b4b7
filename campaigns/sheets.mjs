// `npm run campaign -- sheets [--mutations N] [--seed S] [--json]`: every hostile file of packages/sheets/src/testing, read by the
// process that ships: how it ends, how long that takes, and the most memory that process had. Then small files with bytes
// changed: refused or read, and nothing worse.
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SHEET_LIMITS, SheetRefused } from '@heyan/sheets'
import { inspect } from '../packages/sheets/dist/reading/inspect.js'
import { openReader } from '../packages/sheets/dist/reading/open-reader.js'
import { READER_FILE, readerFlags } from '../packages/sheets/dist/reading/reader-process.js'
import { buildWorkbook, textRow } from '../packages/sheets/dist/testing/build-workbook.js'
import { HOSTILE_FILES } from '../packages/sheets/dist/testing/hostile-files.js'

const TIME_MAX_MS = 5_000
const MEMORY_MAX_MB = 150
const KIB_PER_MB = 1_024
/**
 * The reading process tells its peak on descriptor 4 as it ends: of its own memory, where the kernel says it (Linux); what
 * the system counts for a process begins with that of the one that started it.
 */
const TELLS_PEAK = `data:text/javascript,${encodeURIComponent(
  `import { readFileSync, writeSync } from 'node:fs'
   process.on('exit', () => writeSync(4, /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]))`,
)}`

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      mutations: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '20260115' },
      json: { type: 'boolean', default: false },
    },
  })
  const directory = mkdtempSync(join(tmpdir(), 'heyan-sheets-'))
  try {
    const files = []
    for (const file of HOSTILE_FILES) {
      const path = join(directory, 'hostile')
      file.write(path)
      const { end, ms, peakMb } = await readAlone(path)
      rmSync(path)
      files.push({ name: file.name, ends: file.ends, end, ms, peakMb })
      if (!values.json)
        console.log(`${end.padEnd(17)}${String(ms).padStart(6)} ms ${String(peakMb).padStart(4)} MB  ${file.name}`)
    }
    const mutations = Number(values.mutations)
    const faults = await readMutated(join(directory, 'mutated'), mutations, Number(values.seed))
    const report = {
      files: files.length,
      wrong: files.filter(({ end, ends }) => end !== ends).length,
      slowestMs: Math.max(...files.map(({ ms }) => ms)),
      peakMb: Math.max(...files.map(({ peakMb }) => peakMb)),
      mutations,
      faults,
    }
    const { wrong, slowestMs, peakMb } = report
    console.log(
      values.json
        ? JSON.stringify(report)
        : `${report.files} hostile files: ${wrong} ended otherwise; slowest ${slowestMs} ms, most memory ${peakMb} MB; ${mutations} mutated files: ${faults} faults`,
    )
    return wrong === 0 && slowestMs < TIME_MAX_MS && peakMb < MEMORY_MAX_MB && faults === 0 ? 0 : 1
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** As the server has a file read: the same program, the same flags, nothing in its environment. */
function readAlone(file) {
  return new Promise((resolve) => {
    const startedMs = performance.now()
    const child = fork(READER_FILE, [], {
      env: {},
      execArgv: [...readerFlags(SHEET_LIMITS), '--import', TELLS_PEAK],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc', 'pipe'],
    })
    let [end, peak] = ['died', '']
    child.stdio[4].on('data', (text) => {
      peak += text
    })
    child.on('message', (message) => {
      end = message.kind === 'refused' ? message.problem.code : message.kind === 'inspected' ? 'read' : message.kind
    })
    child.on('close', () => {
      resolve({
        end,
        ms: Math.round(performance.now() - startedMs),
        peakMb: Math.round(Number(peak || Number.NaN) / KIB_PER_MB),
      })
    })
    child.send({ kind: 'inspect', file, limits: SHEET_LIMITS, wishes: {} })
  })
}

/** Files of both formats with some bytes changed, cut off or doubled, read in this process. Returns the faults. */
async function readMutated(path, rounds, seed) {
  const random = generator(seed)
  const workbook = buildWorkbook({
    rows:
      textRow(1, '姓名', '身份证号') +
      textRow(2, '李三', '11010519491231002X') +
      '<row r="3"><c t="s" s="1"><v>0</v></c><c><v>1.1E+17</v></c></row>',
    strings: '<si><t>王五</t></si>',
    styles: '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>',
  })
  const text = Buffer.from('姓名,身份证号\n李三,11010519491231002X\n"王,五",440524188001010014\n')
  let faults = 0
  for (let round = 0; round < rounds; round += 1) {
    let bytes = Buffer.from(round % 4 === 0 ? text : workbook)
    for (let change = 0; change <= random(6); change += 1) {
      const at = random(bytes.length)
      const kind = random(10)
      if (kind < 8) bytes[at] = random(256)
      else if (kind === 8) bytes = bytes.subarray(0, at + 1)
      else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - random(64)))])
    }
    writeFileSync(path, bytes)
    try {
      const { reader, close } = await openReader(path, SHEET_LIMITS, {})
      await inspect(reader, SHEET_LIMITS, {}).finally(close)
    } catch (error) {
      if (!(error instanceof SheetRefused)) {
        faults += 1
        console.error(`round ${round}: ${error.stack}`)
      }
    }
  }
  return faults
}

/** Numbers below `max` that follow from a seed: xorshift32. */
function generator(seed) {
  let state = seed >>> 0 || 1
  return (max) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state % max
  }
}
