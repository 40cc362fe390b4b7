import { isUtf8 } from 'node:buffer'
import { writtenMembers } from './json-members.js'

/** More parameters than any caller sends; what comes after is not read. */
export const PARAMETERS_MAX = 256

/** Parameters by name, in the order they came; of a repeated one, the first. A Map: no name is special in it. */
export type Parameters = ReadonlyMap<string, string>

const PERCENT = 37
const AMPERSAND = 38
const PLUS = 43
const EQUALS = 61
const SPACE = 32
const ASCII_MAX = 0x7f
const BYTE_MAX = 0xff
const HEX_DIGITS = '0123456789ABCDEF'
/** `%XX` */
const ESCAPE_LENGTH = 3

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
    let equals = -1
    let isNamePlain = true
    let isValuePlain = true
    let end = start
    for (; end < raw.length; end++) {
      const code = raw.charCodeAt(end)
      if (code === AMPERSAND) break
      if (code === EQUALS && equals === -1) equals = end
      else if (code === PERCENT || code === PLUS || code > ASCII_MAX) {
        if (equals === -1) isNamePlain = false
        else isValuePlain = false
      }
    }
    if (end > start) {
      count++
      const nameEnd = equals === -1 ? end : equals
      const name = isNamePlain ? raw.slice(start, nameEnd) : decode(raw, start, nameEnd)
      if (!parameters.has(name)) {
        const valueStart = equals === -1 ? end : equals + 1
        parameters.set(name, isValuePlain ? raw.slice(valueStart, end) : decode(raw, valueStart, end))
      }
    }
    start = end + 1
  }
  return parameters
}

function decode(raw: string, start: number, end: number): string {
  return decodeUtf8(raw, start, end) ?? gb18030.decode(unescapeBytes(raw, start, end))
}

/**
 * Null where the bytes are no UTF-8 (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF). Not
 * `decodeURIComponent`: it tells so by throwing, which is what most of a GBK caller's requests would then cost.
 */
function decodeUtf8(raw: string, start: number, end: number): string | null {
  let text = ''
  let place = start
  while (place < end) {
    const first = byteAt(raw, place, end)
    place += widthOf(first)
    let point = first & BYTE_MAX
    if (point > ASCII_MAX) {
      if (point < 0xc2 || point > 0xf4) return null
      const following = point >= 0xf0 ? 3 : point >= 0xe0 ? 2 : 1
      point &= 0x3f >> following
      for (let left = following; left > 0; left--) {
        if (place >= end) return null
        const next = byteAt(raw, place, end)
        if ((next & 0xc0) !== 0x80) return null
        place += widthOf(next)
        point = (point << 6) | (next & 0x3f)
      }
      if (point < (following === 1 ? 0x80 : following === 2 ? 0x800 : 0x10000)) return null
      if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return null
    }
    text += String.fromCodePoint(point)
  }
  return text
}

function unescapeBytes(raw: string, start: number, end: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(end - start)
  let length = 0
  for (let place = start; place < end; length++) {
    const byte = byteAt(raw, place, end)
    bytes[length] = byte
    place += widthOf(byte)
  }
  return bytes.subarray(0, length)
}

/** Beside a byte that was written `%XX`. */
const ESCAPED = 0x100

/** What stands at `place`: a byte, with ESCAPED where it takes three characters. */
function byteAt(raw: string, place: number, end: number): number {
  const code = raw.charCodeAt(place)
  if (code === PERCENT && place + 2 < end) {
    const high = hexDigit(raw.charCodeAt(place + 1))
    const low = hexDigit(raw.charCodeAt(place + 2))
    if (high >= 0 && low >= 0) return ESCAPED | (high << 4) | low
  }
  return code === PLUS ? SPACE : code & BYTE_MAX
}

function widthOf(byte: number): number {
  return byte > BYTE_MAX ? ESCAPE_LENGTH : 1
}

/** -1 for what is none. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** UTF-8 where the bytes are that, else GB18030. */
export function decodeText(bytes: Uint8Array): string {
  return isUtf8(bytes) ? bufferOf(bytes).toString('utf8') : gb18030.decode(bytes)
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
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

const FORM_TYPE = 'application/x-www-form-urlencoded'
const JSON_MEDIA_TYPE = 'application/json'
const UNNAMED_TYPE = 'application/octet-stream'
const LOOKS_LIKE_JSON = /^\uFEFF?[ \t\r\n]*[{[]/

/**
 * What a body says, by its content type; an unknown type or malformed JSON says nothing. A body whose type nobody named (`''`),
 * or that is named a stream of octets, is read by its look (RFC 9110, 8.3): three published clients send JSON so. A `charset` is not
 * believed: the bytes tell whether they are UTF-8. Never throws.
 */
export function readBody(bytes: Uint8Array, contentType: string): BodyParameters {
  const type = mediaType(contentType)
  if (contentType === '' || type === UNNAMED_TYPE) return readUnnamed(bytes)
  if (type === FORM_TYPE) return { values: formOf(bytes), notText: NONE, isForm: true }
  return type === JSON_MEDIA_TYPE || type.endsWith('+json') ? parametersFromJson(decodeText(bytes)) : NO_BODY
}

function formOf(bytes: Uint8Array): Parameters {
  return parseParameters(bufferOf(bytes).toString('latin1'))
}

/** No form in the signature's eyes: only a type that was named makes one, and this body counts by its Content-MD5. */
function readUnnamed(bytes: Uint8Array): BodyParameters {
  const text = decodeText(bytes)
  return LOOKS_LIKE_JSON.test(text) ? parametersFromJson(text) : { values: formOf(bytes), notText: NONE, isForm: false }
}

function mediaType(contentType: string): string {
  const semicolon = contentType.indexOf(';')
  return (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase()
}

const BOM = 0xfeff

function parametersFromJson(text: string): BodyParameters {
  const json = text.charCodeAt(0) === BOM ? text.slice(1) : text
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return NO_BODY
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NO_BODY
  const values = new Map<string, string>()
  const notText = new Set<string>()
  for (const [name, member] of firstMembers(json, value)) {
    if (typeof member === 'string') values.set(name, member)
    else if (member !== null) notText.add(name)
  }
  return { values, notText, isForm: false }
}

/** The members of an object, its JSON beside it. JavaScript keeps the last of a repeated name; callers are promised the first. */
function firstMembers(json: string, object: object): Iterable<[string, unknown]> {
  const parsed = Object.entries(object)
  const written = writtenMembers(json)
  if (written.length === parsed.length) return parsed.slice(0, PARAMETERS_MAX)
  const members = new Map<string, unknown>()
  for (const [nameJson, valueJson] of written) {
    if (members.size === PARAMETERS_MAX) break
    const name: string = JSON.parse(nameJson)
    if (!members.has(name)) members.set(name, JSON.parse(valueJson))
  }
  return members
}

/** Same parameter in both: the body wins. */
export function mergeParameters(query: Parameters, body: Parameters): Parameters {
  if (body.size === 0) return query
  return query.size === 0 ? body : new Map([...query, ...body])
}

/**
 * The request target of raw bytes made fit for a parser: bytes from 0x80 on are escaped, the rest stays as it is. For snippets
 * that put Chinese into a URL as it is.
 */
export function escapeRawBytes(target: Uint8Array): string {
  const escaped = Buffer.allocUnsafe(target.length * ESCAPE_LENGTH)
  let length = 0
  for (const byte of target) {
    if (byte > ASCII_MAX) {
      escaped[length++] = PERCENT
      escaped[length++] = HEX_DIGITS.charCodeAt(byte >> 4)
      escaped[length++] = HEX_DIGITS.charCodeAt(byte & 0xf)
    } else escaped[length++] = byte
  }
  return escaped.toString('latin1', 0, length)
}

/** A request target up to its `?`, and what comes after. */
export function splitTarget(url: string): { path: string; query: string } {
  const mark = url.indexOf('?')
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) }
}
