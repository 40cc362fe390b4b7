import type { SheetLimits } from '../limits.js'
import { SheetRefused } from '../problem.js'
import type { XmlHandler } from './xml-scanner.js'

const PAGE_BYTES = 1_048_576
const PLACES_FIRST = 65_536
/** `_x000D_`, as Office writes what XML cannot hold: ECMA-376 part 1, 22.9.2.19. */
const ESCAPE = /_x([0-9A-Fa-f]{4})_/g

/**
 * The table of texts that cells refer to by number. Kept as UTF-8 in pages rather than as strings: strings cut out of a
 * longer text keep all of it alive. What is longer than any cell may be is cut one character beyond that.
 */
export class SharedStrings implements XmlHandler {
  readonly #countMax: number
  readonly #charsMax: number
  readonly #pages: Buffer[] = []
  /** Where each text begins, and where it ends. */
  #places = new Uint32Array(PLACES_FIRST)
  #count = 0
  #bytes = 0
  #text = ''
  #isText = false
  #phonetic = 0

  constructor({ rowsMax, columnsMax, cellMaxChars }: SheetLimits) {
    this.#countMax = rowsMax * columnsMax
    this.#charsMax = cellMaxChars + 1
  }

  get(index: number): string | null {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count) return null
    const [from, to] = [this.#places[2 * index] ?? 0, this.#places[2 * index + 1] ?? 0]
    const page = Math.floor(from / PAGE_BYTES)
    const start = from - page * PAGE_BYTES
    return this.#pages[page]?.toString('utf8', start, start + to - from) ?? ''
  }

  open(name: string): void {
    if (name === 'si') this.#text = ''
    else if (name === 't') this.#isText = this.#phonetic === 0
    else if (name === 'rPh') this.#phonetic += 1
  }

  close(name: string): void {
    if (name === 'si') this.#add(unescapeOffice(this.#text))
    else if (name === 't') this.#isText = false
    else if (name === 'rPh') this.#phonetic -= 1
  }

  text(text: string): void {
    if (this.#isText && this.#text.length < this.#charsMax) this.#text += text
  }

  #add(text: string): void {
    if (this.#count >= this.#countMax) throw new SheetRefused('bomb', `more than ${this.#countMax} shared texts`)
    const bytes = Buffer.from(text.length > this.#charsMax ? text.slice(0, this.#charsMax) : text)
    // A text never reaches over the end of a page.
    const left = PAGE_BYTES - (this.#bytes % PAGE_BYTES)
    if (bytes.length > left) this.#bytes += left
    const page = Math.floor(this.#bytes / PAGE_BYTES)
    while (this.#pages.length <= page) this.#pages.push(Buffer.allocUnsafeSlow(PAGE_BYTES))
    bytes.copy(this.#pages[page] ?? bytes, this.#bytes % PAGE_BYTES)
    if (2 * this.#count === this.#places.length) {
      const longer = new Uint32Array(this.#places.length * 2)
      longer.set(this.#places)
      this.#places = longer
    }
    this.#places[2 * this.#count] = this.#bytes
    this.#bytes += bytes.length
    this.#places[2 * this.#count + 1] = this.#bytes
    this.#count += 1
  }
}

export function unescapeOffice(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
