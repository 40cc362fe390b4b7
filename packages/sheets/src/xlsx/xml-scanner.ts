import { StringDecoder } from 'node:string_decoder'
import { SheetRefused } from '../problem.js'

/** What a part is made of. Names come without their prefix. */
export interface XmlHandler {
  open?(name: string, attributes: string): void
  close?(name: string): void
  /** Decoded. One text may come in several pieces. */
  text?(text: string): void
}

const DEPTH_MAX = 64
/** No spreadsheet program writes a tag, or a text between two, of this length. */
const TOKEN_MAX_CHARS = 262_144
const ENTITY = /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));/g
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const CODE_POINT_MAX = 0x10ffff

/**
 * Reads XML as it arrives, in one pass and in memory that does not grow: the part of XML that OOXML allows (ECMA-376 part 2,
 * 8.1.4). UTF-8 only; a document type declaration ends it, so there are no entities but the five of XML itself.
 */
export class XmlScanner {
  readonly #decoder = new StringDecoder('utf8')
  readonly #handler: XmlHandler
  readonly #stack: string[] = []
  #carry = ''
  #hasRoot = false

  constructor(handler: XmlHandler) {
    this.#handler = handler
  }

  push(bytes: Buffer): void {
    this.#scan(this.#carry + this.#decoder.write(bytes))
  }

  end(): void {
    this.#scan(this.#carry + this.#decoder.end())
    if (!this.#hasRoot || this.#stack.length > 0 || this.#carry.trim() !== '') throw broken('XML that is cut short')
  }

  #scan(input: string): void {
    let at = input.startsWith('\uFEFF') ? 1 : 0
    while (at < input.length) {
      const next = input.charCodeAt(at) === 0x3c ? this.#markup(input, at) : this.#text(input, at)
      if (next === -1) break
      at = next
    }
    this.#carry = input.slice(at)
    if (this.#carry.length > TOKEN_MAX_CHARS) throw broken('XML with a token of more than 256 Ki characters')
  }

  /** Where the text that begins at `at` ends; -1 if that is not to be seen yet. */
  #text(input: string, at: number): number {
    const end = input.indexOf('<', at)
    if (end === -1) return -1
    if (this.#stack.length > 0) this.#handler.text?.(decodeEntities(input.slice(at, end)))
    else if (input.slice(at, end).trim() !== '') throw broken('text outside XML')
    return end
  }

  #markup(input: string, at: number): number {
    const kind = input.charAt(at + 1)
    if (kind === '?') return after(input, '?>', at)
    if (kind === '!') return this.#declaration(input, at)
    return this.#tag(input, at, kind)
  }

  #declaration(input: string, at: number): number {
    if (input.startsWith('<!--', at)) return after(input, '-->', at + 4)
    if (input.startsWith('<![CDATA[', at)) {
      const end = input.indexOf(']]>', at)
      if (end === -1) return -1
      if (this.#stack.length > 0) this.#handler.text?.(input.slice(at + '<![CDATA['.length, end))
      return end + 3
    }
    if (input.length - at < '<![CDATA['.length) return -1
    throw new SheetRefused('doctype', 'XML with a document type declaration')
  }

  #tag(input: string, at: number, kind: string): number {
    const end = tagEnd(input, at + 1)
    if (end === -1) return -1
    if (kind === '/') {
      const name = input.slice(at + 2, end).trim()
      if (this.#stack.pop() !== name) throw broken('XML whose tags do not match')
      this.#handler.close?.(localName(name))
      return end + 1
    }
    const isEmpty = input.charCodeAt(end - 1) === 0x2f
    const content = input.slice(at + 1, isEmpty ? end - 1 : end)
    const space = content.search(/\s/)
    const name = space === -1 ? content : content.slice(0, space)
    if (name === '') throw broken('XML with a nameless tag')
    if (this.#stack.length === 0 && this.#hasRoot) throw broken('XML with two roots')
    if (this.#stack.length >= DEPTH_MAX) throw broken(`XML nested deeper than ${DEPTH_MAX}`)
    this.#hasRoot = true
    const local = localName(name)
    this.#handler.open?.(local, space === -1 ? '' : content.slice(space + 1))
    if (isEmpty) this.#handler.close?.(local)
    else this.#stack.push(name)
    return end + 1
  }
}

/** Reads a whole part. */
export async function scanXml(pieces: AsyncIterable<Buffer>, handler: XmlHandler): Promise<void> {
  const scanner = new XmlScanner(handler)
  for await (const piece of pieces) scanner.push(piece)
  scanner.end()
}

/** The value of an attribute, by its name without a prefix; null where there is none. */
export function attribute(attributes: string, wanted: string): string | null {
  for (let at = 0; ; ) {
    const equals = attributes.indexOf('=', at)
    if (equals === -1) return null
    let start = equals + 1
    while (attributes.charCodeAt(start) <= 0x20) start += 1
    const quote = attributes.charAt(start)
    const end = quote === '"' || quote === "'" ? attributes.indexOf(quote, start + 1) : -1
    if (end === -1) return null
    if (localName(attributes.slice(at, equals).trim()) === wanted)
      return decodeEntities(attributes.slice(start + 1, end))
    at = end + 1
  }
}

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(ENTITY, (all, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? all
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= CODE_POINT_MAX ? String.fromCodePoint(code) : all
  })
}

/** The `>` that ends a tag: one within a value does not. */
function tagEnd(input: string, from: number): number {
  for (let at = from; ; ) {
    const end = input.indexOf('>', at)
    if (end === -1) return -1
    const quote = firstQuote(input, at, end)
    if (quote === -1) return end
    const closing = input.indexOf(input.charAt(quote), quote + 1)
    if (closing === -1) return -1
    at = closing + 1
  }
}

function firstQuote(input: string, from: number, to: number): number {
  for (let at = from; at < to; at += 1) {
    const code = input.charCodeAt(at)
    if (code === 0x22 || code === 0x27) return at
  }
  return -1
}

function after(input: string, end: string, from: number): number {
  const at = input.indexOf(end, from)
  return at === -1 ? -1 : at + end.length
}

function localName(name: string): string {
  const colon = name.indexOf(':')
  return colon === -1 ? name : name.slice(colon + 1)
}

function broken(detail: string): SheetRefused {
  return new SheetRefused('broken', detail)
}
