import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)

/** The last two digits of zones and parks, which postal and statistical lists number and no identity number bears. */
const ZONE = /(7[1-9]|9\d)$/
/** Prefectures whose "counties" in `@vant/area-data` are towns or zones, numbered by its authors. */
const TOWN_PREFECTURES = new Set(['4419', '4420', '4604', '2327'])
/** Taiwan, Hong Kong and Macau: no card bears their districts. */
const NO_DISTRICTS = /^[78]/
/** What lists write in the place of a prefecture where there is none; and municipalities repeated as their own. */
const NO_PREFECTURE = /^(市辖区|县|.*直辖.*|(北京|天津|上海|重庆)市)$/

/**
 * What the npm packages know: `names`, the best name of each code; `current`, the codes of today; `revisions`, the
 * official lists of 2002 to 2016 as `{ year, month, names }`.
 */
export function readPackages() {
  const { areaList } = require('@vant/area-data')
  const historic = readIdentityCard()
  const scraped = Object.values(require('idcard/lib/data/area.json')).map(({ code, text }) => [code, text])
  const revisions = readRevisions()
  const current = new Map(
    [...Object.entries(areaList.city_list), ...Object.entries(areaList.county_list)].filter(([code, name]) =>
      isDivision(code, name),
    ),
  )
  // Later ones win: the current list is the best maintained, then the hand-made history, then the scraped one.
  const names = new Map([...revisions.flatMap(({ names }) => [...names]), ...scraped, ...historic, ...current])
  for (const [code, name] of names) if (!isDivision(code, name)) names.delete(code)
  return { names, current, revisions, historic: new Map([...scraped, ...historic]) }
}

function isDivision(code, name) {
  if (!/^\d{6}$/.test(code) || code.endsWith('0000') || NO_DISTRICTS.test(code)) return false
  if (code.endsWith('00')) return !NO_PREFECTURE.test(name) || code === '510200'
  return !ZONE.test(code) && !TOWN_PREFECTURES.has(code.slice(0, 4))
}

function readIdentityCard() {
  return Object.entries(require('identity-card/dist/area.data.js').Area).map(([code, text]) => [
    code,
    text.split('|')[0],
  ])
}

function readRevisions() {
  const folder = fileURLToPath(new URL('node_modules/gb2260/lib/', import.meta.url))
  return readdirSync(folder)
    .filter((file) => /^\d{6}\.json$/.test(file))
    .sort()
    .map((file) => ({
      year: Number(file.slice(0, 4)),
      month: Number(file.slice(4, 6)),
      names: new Map(Object.entries(require(folder + file))),
    }))
}
