// npm run bench -- core [--json]: validation and parsing of identity numbers against the libraries on npm.
// One process for each peer, in which heyan and the peer take turns; a ratio is the median over the turns.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { measureBundle } from './core/bundle.mjs'

const FOLDER = fileURLToPath(new URL('core', import.meta.url))
const PEERS = ['validator', 'id-validator', 'idcard', 'idcard-tool', 'identity-card', 'stdnum']
/** What one has to know to read a ratio. */
const NOTES = { 'id-validator': 'keeps every number it has seen, and answers from that' }
const PROCESS_TIMEOUT_MS = 120_000
const GOALS = { validate: { validator: 10 }, parse: { 'idcard-tool': 6 }, loadMs: 10, heapKb: 3072, bundleBytes: 3072 }

export async function run(argv) {
  installPeers()
  const report = {
    validate: { perSecond: 0, vs: {} },
    parse: { perSecond: 0, vs: {} },
    wrong: {},
    loadMs: 0,
    heapKb: 0,
  }
  /** Our own speed in the process of each peer. */
  const speeds = { validate: [], parse: [] }
  for (const peer of PEERS) {
    const found = child('compare.mjs', peer)
    for (const task of ['validate', 'parse']) {
      if (found[task] === null) continue
      speeds[task].push(found[task].perSecond)
      report[task].vs[peer] = found[task].ratio
    }
  }
  for (const task of ['validate', 'parse']) report[task].perSecond = median(speeds[task])
  for (const name of ['heyan', ...PEERS]) report.wrong[name] = child('wrong.mjs', name).wrong.length
  Object.assign(report, child('load.mjs'))
  if (argv.includes('--json')) console.log(JSON.stringify(report))
  else print(report, await measureBundle())
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1]
}

function installPeers() {
  if (existsSync(`${FOLDER}/node_modules`)) return
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: FOLDER, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error('The peers of the bench could not be installed')
}

function child(file, ...argv) {
  const node = ['--no-deprecation', '--expose-gc', `${FOLDER}/${file}`, ...argv]
  const { stdout, stderr, status } = spawnSync(process.execPath, node, {
    encoding: 'utf8',
    timeout: PROCESS_TIMEOUT_MS,
  })
  if (status !== 0) throw new Error(`${file} ${argv.join(' ')}: ${stderr}`)
  return JSON.parse(stdout)
}

function print({ validate, parse, wrong, loadMs, heapKb }, bundle) {
  for (const [task, { perSecond, vs }] of Object.entries({ validate, parse })) {
    console.log(`${task}: ${perSecond.toLocaleString('en')} a second`)
    for (const [peer, ratio] of Object.entries(vs)) {
      const goal = GOALS[task][peer]
      console.log(
        `  ${String(ratio).padStart(7)} × ${peer}${goal === undefined ? '' : ` (goal: ${goal})`}${NOTES[peer] === undefined ? '' : ` (${NOTES[peer]})`}`,
      )
    }
  }
  console.log('wrong answers to the cases:')
  for (const [name, count] of Object.entries(wrong)) console.log(`  ${String(count).padStart(7)} ${name}`)
  console.log(`load: ${loadMs} ms (goal: under ${GOALS.loadMs}); heap: ${heapKb} kB (goal: under ${GOALS.heapKb})`)
  console.log(`number validation alone: ${bundle} bytes gzipped (goal: under ${GOALS.bundleBytes})`)
}
