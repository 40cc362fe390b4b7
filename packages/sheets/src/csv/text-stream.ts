import { TextDecoder } from 'node:util'

/** The encodings a spreadsheet program writes. GBK is read as GB18030, which contains it. */
export type TextEncoding = 'utf-8' | 'gb18030' | 'utf-16le' | 'utf-16be'

/** How much text, from the first byte that is not ASCII, is looked at before the encoding is decided. */
const WINDOW_BYTES = 64 * 1024
const LONGEST_BOM_BYTES = 3
const FIRST_NON_ASCII = 0x80

/**
 * Turns a file's bytes, as they arrive, into UTF-8. The encoding is told by the byte order mark; without one, by the
 * bytes from the first that is not ASCII: valid as UTF-8, or else GB18030. ASCII before that is passed on at once.
 */
export class TextStream {
  #encoding: TextEncoding | null = null
  #decoder: TextDecoder | null = null
  #isPastStart = false
  /** Bytes that wait for the decision. */
  #held: Buffer = Buffer.alloc(0)

  /** In the middle of a text: of `encoding`, or, where that is null, of plain ASCII so far. */
  static resumed(encoding: TextEncoding | null): TextStream {
    const stream = new TextStream()
    stream.#isPastStart = true
    if (encoding !== null) stream.#use(encoding)
    return stream
  }

  /** Null as long as there was nothing but ASCII. */
  get decided(): TextEncoding | null {
    return this.#encoding
  }

  /** What the text turned out to be; plain ASCII counts as UTF-8. */
  get encoding(): TextEncoding {
    return this.#encoding ?? 'utf-8'
  }

  /** Takes the next bytes; returns those that can be told so far, as UTF-8. */
  push(bytes: Uint8Array): Buffer {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (this.#encoding !== null) return this.#decode(chunk)
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    if (!this.#isPastStart) {
      if (this.#held.length < LONGEST_BOM_BYTES) return Buffer.alloc(0)
      this.#readByteOrderMark()
      if (this.#encoding !== null) return this.#decode(this.#release())
    }
    const start = firstNonAscii(this.#held)
    const plain = this.#held.subarray(0, start)
    this.#held = this.#held.subarray(start)
    if (this.#held.length < WINDOW_BYTES) return plain
    this.#decide(true)
    return Buffer.concat([plain, this.#decode(this.#release())])
  }

  /** Says that no more bytes come; returns the rest. */
  end(): Buffer {
    if (!this.#isPastStart) this.#readByteOrderMark()
    if (this.#encoding === null) this.#decide(false)
    const rest = this.#decode(this.#release())
    return this.#decoder === null ? rest : Buffer.concat([rest, Buffer.from(this.#decoder.decode())])
  }

  #readByteOrderMark(): void {
    this.#isPastStart = true
    const [first, second, third] = this.#held
    if (first === 0xef && second === 0xbb && third === 0xbf) this.#use('utf-8')
    else if (first === 0xff && second === 0xfe) this.#use('utf-16le')
    else if (first === 0xfe && second === 0xff) this.#use('utf-16be')
  }

  #decide(moreFollows: boolean): void {
    this.#use(isUtf8(this.#held, moreFollows) ? 'utf-8' : 'gb18030')
  }

  #use(encoding: TextEncoding): void {
    this.#encoding = encoding
    // UTF-8 goes through as it is: the CSV reader drops the mark and decodes.
    this.#decoder = encoding === 'utf-8' ? null : new TextDecoder(encoding)
  }

  #decode(chunk: Buffer): Buffer {
    return this.#decoder === null ? chunk : Buffer.from(this.#decoder.decode(chunk, { stream: true }))
  }

  #release(): Buffer {
    const held = this.#held
    this.#held = Buffer.alloc(0)
    return held
  }
}

function firstNonAscii(bytes: Buffer): number {
  const place = bytes.findIndex((byte) => byte >= FIRST_NON_ASCII)
  return place === -1 ? bytes.length : place
}

/** With `moreFollows`, a character cut off at the end is no objection. */
function isUtf8(bytes: Buffer, moreFollows: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: moreFollows })
    return true
  } catch {
    return false
  }
}
