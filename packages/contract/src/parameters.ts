import { isUtf8 } from 'node:buffer'

/** More parameters than any caller sends; what comes after is not read. */
export const PARAMETERS_MAX = 256

/** Parameters by name, in the order they came; of a repeated one, the first. A Map: no name is special in it. */
export type Parameters = ReadonlyMap<string, string>

const PERCENT = 37
const PLUS = 43
const SPACE = 32
const ASCII_MAX = 127

const gb18030 = new TextDecoder('gb18030')

/**
 * Reads `a=1&b=2` as callers of the marketplace write it. `raw` holds one byte a character, as Node gives a URL and as
 * `toString('latin1')` gives a body. `+` is a space; escapes are bytes; bytes that are no UTF-8 are GB18030; a `%` that begins no
 * escape is itself. Never throws.
 */
export function parseParameters(raw: string): Map<string, string> {
  const parameters = new Map<string, string>()
  let count = 0
  let start = 0
  while (start < raw.length && count < PARAMETERS_MAX) {
    let end = raw.indexOf('&', start)
    if (end === -1) end = raw.length
    if (end > start) {
      count++
      let equals = raw.indexOf('=', start)
      if (equals === -1 || equals > end) equals = end
      const name = decode(raw, start, equals)
      if (!parameters.has(name)) parameters.set(name, equals < end ? decode(raw, equals + 1, end) : '')
    }
    start = end + 1
  }
  return parameters
}

function decode(raw: string, start: number, end: number): string {
  let isPlain = true
  let isAscii = true
  for (let place = start; place < end; place++) {
    const code = raw.charCodeAt(place)
    if (code === PERCENT || code === PLUS) isPlain = false
    else if (code > ASCII_MAX) isAscii = false
  }
  const text = raw.slice(start, end)
  if (isPlain && isAscii) return text
  if (isAscii) {
    try {
      return decodeURIComponent(text.replaceAll('+', ' '))
    } catch {
      // An escape of other bytes than UTF-8, or a % that begins none.
    }
  }
  return decodeText(unescapeBytes(text))
}

function unescapeBytes(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(text.length)
  let length = 0
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place)
    if (code === PERCENT) {
      const high = hexDigit(text.charCodeAt(place + 1))
      const low = hexDigit(text.charCodeAt(place + 2))
      if (high >= 0 && low >= 0) {
        bytes[length++] = high * 16 + low
        place += 2
        continue
      }
    }
    bytes[length++] = code === PLUS ? SPACE : code
  }
  return bytes.subarray(0, length)
}

/** -1 for what is none, the end of the text included. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** UTF-8 where the bytes are that, else GB18030. */
export function decodeText(bytes: Uint8Array): string {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : gb18030.decode(bytes)
}

/** A body's parameters; `notText` names those whose JSON value is neither text nor null. */
export interface BodyParameters {
  readonly values: Parameters
  readonly notText: ReadonlySet<string>
  /** A form's parameters are part of what is signed; any other body counts by its Content-MD5. */
  readonly isForm: boolean
}

const NONE: ReadonlySet<string> = new Set()
export const NO_BODY: BodyParameters = { values: new Map(), notText: NONE, isForm: false }

/** What a body says, by its content type; an unknown type or malformed JSON says nothing. Never throws. */
export function readBody(bytes: Uint8Array, contentType: string): BodyParameters {
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') {
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
    return { values: parseParameters(raw), notText: NONE, isForm: true }
  }
  return type === 'application/json' || type.endsWith('+json') ? parametersFromJson(bytes) : NO_BODY
}

function parametersFromJson(bytes: Uint8Array): BodyParameters {
  let value: unknown
  try {
    value = JSON.parse(decodeText(bytes).replace(/^\uFEFF/, ''))
  } catch {
    return NO_BODY
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NO_BODY
  const values = new Map<string, string>()
  const notText = new Set<string>()
  for (const [name, member] of Object.entries(value).slice(0, PARAMETERS_MAX)) {
    if (typeof member === 'string') values.set(name, member)
    else if (member !== null) notText.add(name)
  }
  return { values, notText, isForm: false }
}

/** Same parameter in both: the body wins. */
export function mergeParameters(query: Parameters, body: Parameters): Parameters {
  return body.size === 0 ? query : new Map([...query, ...body])
}

/**
 * The request target of raw bytes made fit for a parser: bytes from 0x80 on are escaped, the rest stays as it is. For snippets
 * that put Chinese into a URL as it is.
 */
export function escapeRawBytes(target: Uint8Array): string {
  let text = ''
  for (const byte of target) text += byte > ASCII_MAX ? `%${byte.toString(16).toUpperCase()}` : String.fromCharCode(byte)
  return text
}

/** A request target up to its `?`, and what comes after. */
export function splitTarget(url: string): { path: string; query: string } {
  const mark = url.indexOf('?')
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) }
}
