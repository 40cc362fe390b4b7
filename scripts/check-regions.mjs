// How far the table of divisions agrees with the oracle, over every county in every year from 1981 to 2024; and every
// miss. The oracle is not part of the project: without ../shared/data/areacodes.csv this says so and ends well.
//   node scripts/check-regions.mjs [--json]
import { existsSync, readFileSync } from 'node:fs'
import { lookupRegion } from '../packages/core/dist/index.js'

const ORACLE = new URL('../../shared/data/areacodes.csv', import.meta.url)
const LAST_YEAR = 2024
const NO_PREFECTURE = '直辖'

if (!existsSync(ORACLE)) {
  console.log('Skipped: there is no ../shared/data/areacodes.csv beside the project.')
  process.exit(0)
}

let checked = 0
const misses = []
for (const line of readFileSync(ORACLE, 'utf8').trim().split('\n').slice(1)) {
  const [code, province, prefecture, county, level, , from, to] = line.trim().split(',')
  if (level !== '县级') continue
  const expected = [province, prefecture === NO_PREFECTURE ? null : prefecture, county]
  for (let year = Number(from); year < (to === '' ? LAST_YEAR + 1 : Number(to)); year++) {
    checked++
    const reason = reasonOfMiss(lookupRegion(code, year), expected)
    if (reason !== null) misses.push({ code, year, expected: expected.join(''), reason })
  }
}

const agreement = checked === 0 ? 0 : (checked - misses.length) / checked
if (process.argv.includes('--json')) console.log(JSON.stringify({ checked, agreement, misses }))
else {
  console.log(`${checked.toLocaleString('en')} county code-years; agreement ${(agreement * 100).toFixed(3)} %`)
  for (const { code, year, expected, reason } of misses) console.log(`${code} ${year}: ${expected}; ${reason}`)
}
process.exitCode = misses.length === 0 ? 0 : 1

/** Why a look-up differs from the oracle, or null. */
function reasonOfMiss(region, [province, prefecture, county]) {
  if (region === null) return 'the province is unknown'
  if (region.timing === 'unknown') return 'the code is in no package and in no fact'
  if (!region.exact) return `the years differ: ${region.timing}`
  if (region.province !== province) return `the province is ${region.province}`
  if (region.prefecture !== prefecture) return `the prefecture is ${region.prefecture}`
  return region.county === county ? null : `the name is ${region.county}`
}
