import { mistyped, personOf } from '../kill/people.mjs'
import { verdictOf } from './verdicts.mjs'

/** Of so many rows one is mistyped, and one is somebody who was there before. */
const MISTYPED_IN = 97
const AGAIN_IN = 41
const WORDS = { match: '一致', mismatch: '不一致', no_record: '查无记录' }
const MISTYPED = '信息有误'

/** Rows of invented people, each with the word that must come back. `isPlain`: nobody is mistyped or there twice. */
export function sheetOf(rows, { isPlain = false } = {}) {
  const sheet = []
  for (let at = 0; at < rows; at++) {
    const person = personOf(at + 1)
    if (isPlain) sheet.push({ ...person, expected: WORDS.match })
    else if (at % MISTYPED_IN === MISTYPED_IN - 1) sheet.push({ ...mistyped(person), expected: MISTYPED })
    else if (at % AGAIN_IN === AGAIN_IN - 1) sheet.push({ ...sheet[at - AGAIN_IN + 1] })
    else sheet.push({ ...person, expected: WORDS[verdictOf(person.name)] })
  }
  return sheet
}

export function csvOf(sheet) {
  return `姓名,身份证号码\n${sheet.map(({ name, number }) => `${name},${number}\n`).join('')}`
}

/** Rows that a source is asked about: each person once. */
export function askedOf(sheet) {
  return new Set(sheet.filter(({ expected }) => expected !== MISTYPED).map(({ number }) => number)).size
}
