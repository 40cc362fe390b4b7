// `npm run check`: everything about the code that can be told without running it. Each stage says one line; one that fails shows
// what it said. `node scripts/check.mjs STAGE…` runs only those.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Fewer than these seen means that the tool looked past the code, not that the code is clean. */
const MODULES_MIN = 200
const SHOWN_LINES_MAX = 60

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = (name) => join(root, 'node_modules', '.bin', name)

const STAGES = {
  types: () => run(process.execPath, [bin('tsc'), '-p', 'tsconfig.tests.json']),
  style: () => run(process.execPath, [bin('biome'), 'check', '.']),
  imports: checkImports,
  unused: () => run(process.execPath, [bin('knip'), '--no-progress']),
  lockfiles: checkLockfiles,
  leftovers: checkLeftovers,
  docs: () => run(process.execPath, ['scripts/check-docs.mjs']),
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('close', (code) => resolve({ ok: code === 0, output }))
  })
}

/** What breaks an arrow, and whether the tool saw the arrows at all: one that looks past the code finds nothing wrong with it. */
async function checkImports() {
  const packages = readdirSync(join(root, 'packages'))
  const { output } = await run(process.execPath, [
    bin('depcruise'),
    ...packages.map((name) => `packages/${name}/src`),
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
  ])
  let report
  try {
    report = JSON.parse(output)
  } catch {
    return { ok: false, output }
  }
  const wrong = report.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)
  const inSources = report.modules.filter(({ source }) => /^packages\/[^/]+\/src\//.test(source))
  if (inSources.length < MODULES_MIN) wrong.push(`only ${inSources.length} modules were seen`)
  for (const name of packages) {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
    for (const other of Object.keys(dependencies).filter((dependency) => dependency.startsWith('@heyan/'))) {
      const isSeen = inSources.some(
        ({ source, dependencies: to }) =>
          source.startsWith(`packages/${name}/`) &&
          to.some(({ resolved }) => resolved.startsWith(`packages/${other.slice('@heyan/'.length)}/`)),
      )
      if (!isSeen) wrong.push(`${name} depends on ${other} and no import of it was seen`)
    }
  }
  return { ok: wrong.length === 0, output: wrong.join('\n') }
}

function* files(folder, isWanted) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['node_modules', 'dist', '.git', '.stamp', 'data'].includes(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* files(path, isWanted)
    else if (isWanted(entry.name)) yield path
  }
}

/** Where a package came from is the installer's business: an address of one registry in a lockfile breaks every other. */
async function checkLockfiles() {
  const wrong = []
  for (const path of files(root, (name) => name === 'package-lock.json')) {
    const addresses = readFileSync(path, 'utf8').match(/"resolved": "https?:[^"]+"/g) ?? []
    if (addresses.length > 0) wrong.push(`${relative(root, path)}: ${addresses.length} registry addresses`)
  }
  return { ok: wrong.length === 0, output: wrong.join('\n') }
}

/** Work that was put off, and tests that do not run. Spelled apart, so that this file passes. */
const LEFTOVERS = [
  /\b(TO)(DO)\b/,
  /\b(FIX)(ME)\b/,
  /\b(describe|test|it)\.([a-z]+\.)*(only|todo|fails)\b/i,
  /rejectUnauthorized:\s*false/,
  /NODE_TLS_REJECT_UNAUTHORIZED/,
]

/** A test that may not run says why, in its name or just before it. */
const SKIPPED = /\b(describe|test|it)\.([a-z]+\.)*(skip|skipIf|runIf)\b/i
const REASON = /\/\/|skipped/i
const REASON_LINES = 3

async function checkLeftovers() {
  const wrong = []
  for (const path of files(root, (name) => /\.(ts|tsx|mjs|cjs|js)$/.test(name))) {
    if (path === fileURLToPath(import.meta.url)) continue
    const lines = readFileSync(path, 'utf8').split('\n')
    for (const [place, line] of lines.entries()) {
      const isSilent =
        SKIPPED.test(line) && !REASON.test(lines.slice(Math.max(0, place - REASON_LINES), place + 1).join('\n'))
      if (isSilent || LEFTOVERS.some((leftover) => leftover.test(line)))
        wrong.push(`${relative(root, path)}:${place + 1}: ${line.trim()}`)
    }
  }
  return { ok: wrong.length === 0, output: wrong.join('\n') }
}

const wanted = process.argv.slice(2)
const names = Object.keys(STAGES).filter((name) => wanted.length === 0 || wanted.includes(name))
let failed = 0
await Promise.all(
  names.map(async (name) => {
    const started = performance.now()
    const { ok, output } = await STAGES[name]()
    if (!ok) failed++
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const shown = ok ? '' : `\n${output.trim().split('\n').slice(0, SHOWN_LINES_MAX).join('\n')}`
    process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)${shown}\n`)
  }),
)
process.stdout.write(`${names.length - failed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 ? 0 : 1
