import { crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib'
import type { Output } from './output.js'

const VERSION = 20
/** Bit 3: sizes follow the part; bit 11: names are UTF-8 (APPNOTE 4.4.4). */
const FLAGS = 0x0808
const DEFLATED = 8
/** 1980-01-01, the first day of the format: a file says nothing about when it was made. */
const DOS_DATE = 0x21
const SIGNATURE = { local: 0x04034b50, descriptor: 0x08074b50, central: 0x02014b50, end: 0x06054b50 } as const

interface Part {
  readonly name: Buffer
  readonly at: number
  crc: number
  packedBytes: number
  bytes: number
}

/** Writes a ZIP archive part by part; of a part nothing is kept but its sizes. Up to 4 GiB. */
export class ZipOutput {
  readonly #output: Output
  readonly #parts: Part[] = []
  #at = 0
  #open: { readonly part: Part; readonly deflate: DeflateRaw; readonly drained: Promise<void> } | null = null

  constructor(output: Output) {
    this.#output = output
  }

  async add(name: string, bytes: Buffer): Promise<void> {
    await this.begin(name)
    await this.write(bytes)
    await this.end()
  }

  async begin(name: string): Promise<void> {
    const part: Part = { name: Buffer.from(name), at: this.#at, crc: 0, packedBytes: 0, bytes: 0 }
    const header = Buffer.alloc(30)
    header.writeUInt32LE(SIGNATURE.local, 0)
    header.writeUInt16LE(VERSION, 4)
    header.writeUInt16LE(FLAGS, 6)
    header.writeUInt16LE(DEFLATED, 8)
    header.writeUInt16LE(DOS_DATE, 12)
    header.writeUInt16LE(part.name.length, 26)
    await this.#put(Buffer.concat([header, part.name]))
    const deflate = createDeflateRaw()
    const drained = this.#drain(deflate, part)
    drained.catch(() => {}) // Told by `end`.
    this.#open = { part, deflate, drained }
    this.#parts.push(part)
  }

  /** Resolves when there is room for more. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#open === null) throw new Error('no part is open')
    const { part, deflate, drained } = this.#open
    part.crc = crc32(bytes, part.crc)
    part.bytes += bytes.length
    const written = new Promise<void>((resolve, reject) => {
      deflate.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
    // When the output fails, so does this: a part that nobody takes is never written.
    await Promise.race([written, drained])
  }

  async end(): Promise<void> {
    if (this.#open === null) throw new Error('no part is open')
    const { part, deflate, drained } = this.#open
    this.#open = null
    deflate.end()
    await drained
    const descriptor = Buffer.alloc(16)
    descriptor.writeUInt32LE(SIGNATURE.descriptor, 0)
    writeSizes(descriptor, 4, part)
    await this.#put(descriptor)
  }

  /** Writes the directory; the output is still to be ended. */
  async finish(): Promise<void> {
    const at = this.#at
    for (const part of this.#parts) {
      const entry = Buffer.alloc(46)
      entry.writeUInt32LE(SIGNATURE.central, 0)
      entry.writeUInt16LE(VERSION, 4)
      entry.writeUInt16LE(VERSION, 6)
      entry.writeUInt16LE(FLAGS, 8)
      entry.writeUInt16LE(DEFLATED, 10)
      entry.writeUInt16LE(DOS_DATE, 14)
      writeSizes(entry, 16, part)
      entry.writeUInt16LE(part.name.length, 28)
      entry.writeUInt32LE(part.at, 42)
      await this.#put(Buffer.concat([entry, part.name]))
    }
    const end = Buffer.alloc(22)
    end.writeUInt32LE(SIGNATURE.end, 0)
    end.writeUInt16LE(this.#parts.length, 8)
    end.writeUInt16LE(this.#parts.length, 10)
    end.writeUInt32LE(this.#at - at, 12)
    end.writeUInt32LE(at, 16)
    await this.#put(end)
  }

  /** Lets go of a part that is open. */
  abort(): void {
    this.#open?.deflate.destroy()
    this.#open = null
  }

  async #drain(deflate: DeflateRaw, part: Part): Promise<void> {
    for await (const packed of deflate) {
      part.packedBytes += (packed as Buffer).length
      await this.#put(packed as Buffer)
    }
  }

  async #put(bytes: Buffer): Promise<void> {
    this.#at += bytes.length
    await this.#output.write(bytes)
  }
}

function writeSizes(bytes: Buffer, at: number, { crc, packedBytes, bytes: plainBytes }: Part): void {
  bytes.writeUInt32LE(crc, at)
  bytes.writeUInt32LE(packedBytes, at + 4)
  bytes.writeUInt32LE(plainBytes, at + 8)
}
