// Writes packages/core/src/region/table.gen.ts from the npm packages in scripts/regions and from region-facts.txt.
//   npm run update-regions              writes the table
//   npm run update-regions -- --check   says whether the table is what it would write; exit 1 where it is not
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { encodeTable } from '../packages/core/dist/region/table-text.js'
import { readFacts } from './regions/facts.mjs'
import { followSuccessors } from './regions/successors.mjs'

const PACKAGES = fileURLToPath(new URL('regions', import.meta.url))
const FACTS = new URL('region-facts.txt', import.meta.url)
const TABLE = new URL('../packages/core/src/region/table.gen.ts', import.meta.url)
/** Codes that end so and that the facts do not tell are the urban districts of a prefecture, by rule and not by table. */
const URBAN_DISTRICTS = '01'

if (!existsSync(`${PACKAGES}/node_modules`)) {
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: PACKAGES, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
const { readPackages } = await import('./regions/packages.mjs')

const packages = readPackages()
const { edition, records: facts, ignored } = readFacts(readFileSync(FACTS, 'utf8'))
const records = followSuccessors([...facts.map(named), ...undated()])
const problems = [...disagreements()]
for (const problem of problems) console.log(problem)

const text = render(encodeTable(records))
if (process.argv.includes('--check')) {
  const isCurrent = existsSync(TABLE) && readFileSync(TABLE, 'utf8') === text
  console.log(isCurrent ? 'The table is up to date.' : 'The table differs: run npm run update-regions.')
  process.exitCode = isCurrent ? 0 : 1
} else {
  writeFileSync(TABLE, text)
  console.log(
    `${records.length} records of ${new Set(records.map(({ code }) => code)).size} codes; edition ${edition}.`,
  )
}

/** A fact with its name: its own, or the packages'. */
function named(fact) {
  const name = fact.name ?? packages.names.get(fact.code)
  if (name === undefined) throw new Error(`region-facts.txt: ${fact.code} has no name, and no package knows it`)
  return { ...fact, name }
}

/** What packages know and the facts do not: a new division of today's list, or an old code without any dates. */
function* undated() {
  const known = new Set(facts.map(({ code }) => code))
  for (const [code, name] of packages.names) {
    if (known.has(code) || ignored.has(code) || code.endsWith(URBAN_DISTRICTS)) continue
    if (packages.current.has(code)) {
      console.log(`New: ${code} ${name}, taken as in force since ${edition + 1}. Add its year to region-facts.txt.`)
      yield { code, name, from: edition + 1, to: null, successors: [] }
    } else if (packages.historic.has(code)) yield { code, name, from: null, to: null, successors: [] }
  }
}

/** Where the dated lists of `gb2260` and today's list contradict the records: each once, with the lists that say so. */
function* disagreements() {
  const byCode = groupByCode(records)
  const said = new Map()
  for (const { year, month, names } of packages.revisions) {
    for (const [code, name] of names) {
      const timeline = (byCode.get(code) ?? []).filter(({ from }) => from !== null)
      if (timeline.length === 0 || timeline.some((record) => isMet(record, name, year))) continue
      const key = `${code} ${name}; here ${timeline.map(describe).join(', ')}`
      said.set(key, [...(said.get(key) ?? []), `${year}-${month}`])
    }
  }
  for (const [key, lists] of said) yield `gb2260 ${lists[0]}${lists.length > 1 ? ` to ${lists.at(-1)}` : ''}: ${key}`
  for (const [code, name] of packages.current) {
    const last = byCode.get(code)?.at(-1)
    if (last && (last.to !== null || last.name !== name))
      yield `@vant/area-data: ${code} ${name}; here ${describe(last)}`
  }
}

/** A list may come out in the year before a change that it holds, and in the year after one that it has missed. */
function isMet(record, name, year) {
  return record.name === name && record.from <= year + 1 && (record.to ?? Infinity) >= year
}

function groupByCode(list) {
  const groups = new Map()
  for (const record of list) groups.set(record.code, [...(groups.get(record.code) ?? []), record])
  return groups
}

function describe({ name, from, to }) {
  return `${name} ${from}-${to ?? ''}`
}

function render(table) {
  return `// Written by scripts/update-regions.mjs: do not edit.
// Names: @vant/area-data (MIT), identity-card (MIT), idcard (ISC), gb2260 (MIT). Years, earlier names and successors:
// scripts/region-facts.txt (CC0). How it is written: table-text.ts.

/** The last year whose changes are in the table. */
export const REGION_EDITION = ${edition}

export const REGION_TABLE = \`
${table}\`
`
}
