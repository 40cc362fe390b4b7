// Garbage through everything that reads what callers send, in this process and without a network: how targets, bodies, parameters,
// names and numbers are read, what would be signed, and how a verdict about it would look. Each case goes the whole way.
import {
  decodeText,
  escapeRawBytes,
  mergeParameters,
  parseParameters,
  readBody,
  splitTarget,
  stringToSign,
  verdictBody,
} from '@heyan/contract'
import { checkDigit, explainName, explainNumber, foldNumberText, PROBLEMS, parseSubject } from '@heyan/core'
import { randomOf } from '../kill/random.mjs'

const TODAY = { year: 2026, month: 1, day: 15 }
const CONTENT_TYPES = [
  '',
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=gbk',
  'application/json',
  'application/json; charset=utf-8',
  'application/octet-stream',
  'text/plain',
  'multipart/form-data; boundary=x',
  'APPLICATION/JSON;;;',
]
const METHODS = ['GET', 'POST', 'PUT', '\n', '李']
/** What cases grow out of: requests as callers send them, and the places where they go wrong. */
const SEEDS = [
  '/idcard?xm=%E6%9D%8E%E4%B8%89&sfz=11010519491231002X',
  '/idcard?xm=%C0%EE%C8%FD&sfz=440524188001010014',
  '/idcard?xm=李三&sfz=11010519491231002X&AppCode=x',
  '/idcard?sfz=１１０１０５１９４９１２３１００２Ｘ&xm=阿卜杜拉·买买提',
  '{"xm":"李三","sfz":"11010519491231002X"}',
  '{"xm":null,"sfz":1101051949123100,"__proto__":{"a":1},"xm":"二"}',
  '\ufeff{"xm":"\\u674e\\ud840\\udc00","sfz":"\\u0000"}',
  'xm=Jane+Mary&sfz=911124198108030024&empty&=&a=b=c&%',
  'appid=app_0&sendtime=1525872629&sign=00&xm=*&sfz=*',
  'xm=%&sfz=%G1%0&xm=%F0%90%80&constructor=1&toString',
].map((text) => Buffer.from(text))
const PROBLEM_NAMES = new Set(Object.keys(PROBLEMS))
const SIZE_MAX = 4_096

/** @returns the cases tried, and what was wrong: a thrown error or a broken promise, by its name and number of times. */
export function fuzzDomain({ rounds, seed, onRound }) {
  const random = randomOf(seed)
  const wrong = new Map()
  const note = (what) => wrong.set(what, (wrong.get(what) ?? 0) + 1)
  for (let round = 0; round < rounds; round++) {
    const bytes = mutated(random)
    try {
      check(bytes, random, note)
    } catch (error) {
      note(`${error.name}: ${String(error.message).slice(0, 80)}`)
    }
    if (round % 100_000 === 0) onRound?.(round)
  }
  return { rounds, wrong: Object.fromEntries(wrong) }
}

function check(bytes, random, note) {
  const pick = (list) => list[Math.floor(random() * list.length)]
  const raw = bytes.toString('latin1')
  const escaped = escapeRawBytes(bytes)
  if (/[^\x00-\x7f]/.test(escaped)) note('a byte above 127 was left in a request line')
  const target = splitTarget(raw)
  const query = parseParameters(target.query ?? '')
  const body = readBody(bytes, pick(CONTENT_TYPES))
  const parameters = mergeParameters(query, body.values)
  for (const [name, value] of parameters) {
    if (typeof name !== 'string' || typeof value !== 'string') note('a parameter is no text')
    const first = body.values.get(name) ?? query.get(name)
    if (first !== value) note('a parameter is not what was sent first')
  }
  if (typeof decodeText(bytes) !== 'string') note('bytes are no text')
  const headers = new Map([
    ['accept', raw.slice(0, 40)],
    ['x-ca-signature-headers', raw.slice(0, 60)],
    ['x-ca-key', '1'],
  ])
  const method = pick(METHODS)
  const text = stringToSign({ method, header: (name) => headers.get(name), path: target.path ?? '/', parameters })
  if (!text.startsWith(`${method}\n`)) note('what is signed does not begin with the method')
  const name = (parameters.get('xm') ?? raw.slice(0, 60)).trim()
  const number = foldNumberText(parameters.get('sfz') ?? raw.slice(0, 20))
  for (const accept15 of [false, true]) {
    const subject = parseSubject(name, number, { today: TODAY, isFifteenDigitAccepted: accept15 })
    if (!subject.ok) {
      if (!PROBLEM_NAMES.has(subject.reason)) note(`an unknown problem: ${subject.reason}`)
      continue
    }
    const { number: parsed } = subject.value
    if (!/^\d{17}[\dX]$/.test(parsed.text)) note('a number was taken that is none')
    if (checkDigit(parsed.text) !== parsed.text[17]) note('a number was taken whose check digit is wrong')
    checkBody(subject.value, note)
  }
  explainName(name)
  explainNumber(number, TODAY)
}

const FIELDS = 'ok,msg,xm,sfz,match,birthday,sex,address'

function checkBody({ name, number }, note) {
  const fields = { name: name.text, number: number.text, birthday: '19491231', sex: 'male', address: '北京市朝阳区' }
  const body = verdictBody({ verdict: 'match', ...fields })
  if (Object.keys(JSON.parse(body)).join() !== FIELDS) note('a body has other fields')
}

/** A seed, or nothing, with some bytes changed, doubled, cut out or put in. */
function mutated(random) {
  const seed = SEEDS[Math.floor(random() * SEEDS.length)]
  let bytes = random() < 0.05 ? randomBytes(random, Math.floor(random() * 64)) : Buffer.from(seed)
  const changes = Math.floor(random() * 6)
  for (let change = 0; change < changes && bytes.length > 0; change++) {
    const at = Math.floor(random() * bytes.length)
    const kind = Math.floor(random() * 5)
    if (kind === 0) bytes[at] = Math.floor(random() * 256)
    else if (kind === 1)
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        randomBytes(random, 1 + Math.floor(random() * 4)),
        bytes.subarray(at),
      ])
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + Math.floor(random() * 8))])
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes]).subarray(0, SIZE_MAX)
    else bytes[at] = bytes[Math.floor(random() * bytes.length)]
  }
  return bytes
}

function randomBytes(random, length) {
  const bytes = Buffer.alloc(length)
  for (let place = 0; place < length; place++) bytes[place] = Math.floor(random() * 256)
  return bytes
}
