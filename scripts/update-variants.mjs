// Writes packages/core/src/subject/variants.gen.ts from the dictionaries of OpenCC in scripts/variants.
//   node scripts/update-variants.mjs
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PACKAGES = fileURLToPath(new URL('variants', import.meta.url))
const DICTIONARIES = new URL('variants/node_modules/opencc-js/dist/esm-lib/dict/', import.meta.url)
const TABLE = new URL('../packages/core/src/subject/variants.gen.ts', import.meta.url)

if (!existsSync(`${PACKAGES}/node_modules`)) {
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: PACKAGES, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

const toTraditional = await readDictionary('STCharacters.js')
const toSimplified = await readDictionary('TSCharacters.js')
/** By simplified character: its traditional ones, the usual one first. */
const groups = new Map()
for (const [simplified, traditional] of toTraditional) groups.set(simplified, [traditional])
for (const [traditional, simplified] of toSimplified) {
  const group = groups.get(simplified) ?? []
  if (!group.includes(traditional)) groups.set(simplified, [...group, traditional])
}
const text = [...groups]
  .map(([simplified, traditional]) => simplified + traditional.join(''))
  .sort()
  .join(' ')
writeFileSync(
  TABLE,
  `// Written by scripts/update-variants.mjs: do not edit. From OpenCC (Apache-2.0) by way of opencc-js.

/** Groups with a space between: a simplified character, then its traditional ones, the usual one first. */
export const VARIANT_GROUPS =
  '${text}'
`,
)
console.log(`${groups.size} groups.`)

async function readDictionary(file) {
  const { default: entries } = await import(new URL(file, DICTIONARIES))
  return entries.split('|').map((entry) => entry.split(' '))
}
