import { type Asked, PUBLISHED_CLIENTS } from './published-clients.js'
import { isAccepted, signedParts, type WireRequest } from './wire-request.js'

const SECRET = 'secret'
const CREDENTIAL = { key: '203753385', secret: SECRET }
const CLIENTS = Object.values(PUBLISHED_CLIENTS)
const CHARACTERS = [...'aZ09 +%&=?#/\\*~_-.!()\'"<>\u0000\u007f\u0085\u00b7李三阿卜杜拉买买提𠮷\uFEFF\uFFFD']
const NAMES = ['xm', 'sfz', 'empty', 'a', 'b', 'A', '_', '名', '__proto__', 'a b', 'x%y', 'k=v']
/** 2026-01-15T04:00:00Z. */
const SINCE = 1_768_449_600_000

export interface Tally {
  readonly requests: number
  /** Requests of which one byte was changed. */
  readonly changes: number
  /** Changes after which the request says the same as before, so that it may pass: `%e6` for `%E6`, a space in the list. */
  readonly same: number
  /** What should not be: a request refused as it was signed, or accepted although it says something else. */
  readonly wrong: readonly string[]
}

/**
 * Signs random requests by every published client, changes one byte of a signed part of each in `changesEach` ways, and counts
 * what is accepted. The same seed makes the same requests. 1 million changes take half a minute.
 */
export function changeBytes({
  requests,
  changesEach,
  seed,
}: {
  requests: number
  changesEach: number
  seed: number
}): Tally {
  const random = generator(seed)
  const wrong: string[] = []
  let same = 0
  for (let count = 0; count < requests; count++) {
    const client = pick(random, CLIENTS)
    const request = client(randomAsked(random), CREDENTIAL)
    if (!isAccepted(request, SECRET)) wrong.push(`refused as it was signed: ${JSON.stringify(request)}`)
    const said = sayingOf(request)
    for (let turn = 0; turn < changesEach; turn++) {
      const changed = changeOneByte(request, random)
      if (sayingOf(changed) === said) same++
      else if (isAccepted(changed, SECRET))
        wrong.push(`${JSON.stringify(request)} accepted as ${JSON.stringify(changed)}`)
    }
  }
  return { requests, changes: requests * changesEach, same, wrong }
}

/** What a request says in its signed parts, told apart by JSON: no two that differ look alike. */
function sayingOf(request: WireRequest): string {
  const { method, path, parameters, header, opaque } = signedParts(request)
  const list = header('x-ca-signature-headers')?.split(',') ?? []
  const names = list
    .map((name) => name.trim())
    .filter((name) => name !== '' && !/^x-ca-signature(-headers)?$/i.test(name))
  const lines = ['accept', 'content-md5', 'content-type', 'date', 'x-ca-signature'].map((name) => header(name) ?? '')
  const listed = names.sort().map((name) => [name, header(name.toLowerCase()) ?? ''])
  return JSON.stringify([
    method,
    path,
    [...parameters].sort(),
    lines,
    listed,
    opaque && Buffer.from(opaque).toString('latin1'),
  ])
}

const UNSIGNED = new Set(['user-agent', 'x-ca-signature-method'])

function changeOneByte(request: WireRequest, random: () => number): WireRequest {
  const { method, target, headers, body } = request
  const list = (headers.find(([name]) => name.toLowerCase() === 'x-ca-signature-headers')?.[1] ?? '')
    .toLowerCase()
    .split(',')
  const isSigned = (name: string) =>
    list.includes(name) || (!name.startsWith('x-') && !UNSIGNED.has(name)) || name.startsWith('x-ca-signature')
  const signed = headers.flatMap(([name, value], place) =>
    value !== '' && isSigned(name.toLowerCase()) ? [place] : [],
  )
  const part = Math.floor(random() * (signed.length + 5))
  if (part === 0) return { ...request, method: changeText(method, random, 0x41, 0x5a) }
  if (part <= 2) return { ...request, target: changeText(target, random, 0x21, 0x7e) }
  if (part <= 4 && body.length > 0) return { ...request, body: changeBody(body, random) }
  const chosen = pick(random, signed)
  const change = ([name, value]: readonly [string, string]) => [name, changeText(value, random, 0x21, 0xff)] as const
  return { ...request, headers: headers.map((header, place) => (place === chosen ? change(header) : header)) }
}

function changeText(text: string, random: () => number, least: number, most: number): string {
  const place = Math.floor(random() * text.length)
  let code = text.charCodeAt(place)
  while (code === text.charCodeAt(place) || code === 0x7f) code = least + Math.floor(random() * (most - least + 1))
  return text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1)
}

function changeBody(body: Uint8Array, random: () => number): Uint8Array {
  const changed = Uint8Array.from(body)
  const place = Math.floor(random() * changed.length)
  changed[place] = ((changed[place] ?? 0) + 1 + Math.floor(random() * 255)) & 0xff
  return changed
}

function randomAsked(random: () => number): Asked {
  const kind = pick(random, ['get', 'get', 'form', 'json'])
  const headers: [string, string][] = random() < 0.5 ? [] : [['X-Ca-Note', random() < 0.5 ? '李三' : 'a, b;c']]
  return {
    query: randomPairs(random),
    ...(kind === 'form' ? { form: randomPairs(random) } : {}),
    ...(kind === 'json' ? { json: JSON.stringify(Object.fromEntries(randomPairs(random))) } : {}),
    headers:
      random() < 0.5
        ? headers
        : [...headers, ['Accept', pick(random, ['*/*', 'application/json', 'text/html, */*;q=0.8'])]],
    nonce: `nonce-${Math.floor(random() * 2 ** 32)}`,
    timestamp: SINCE + Math.floor(random() * 1e9),
  }
}

function randomPairs(random: () => number): [string, string][] {
  const names = NAMES.filter(() => random() < 0.25)
  return names.map((name) => [name, randomText(random)])
}

/** Never blank and not empty: what a blank value of a form is signed as differs between the clients. */
function randomText(random: () => number): string {
  const length = random() < 0.15 ? 0 : 1 + Math.floor(random() * 8)
  const text = Array.from({ length }, () => pick(random, CHARACTERS)).join('')
  return text.trim() === '' ? '' : text
}

function pick<T>(random: () => number, choices: readonly T[]): T {
  const choice = choices[Math.floor(random() * choices.length)]
  if (choice === undefined) throw new Error('nothing to pick from')
  return choice
}

/** Mulberry32: small, quick, and the same everywhere. */
function generator(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
