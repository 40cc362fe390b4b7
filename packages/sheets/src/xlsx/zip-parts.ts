import { Readable } from 'node:stream'
import { crc32, createInflateRaw } from 'node:zlib'
import { type ByteSource, bytesOf } from '../files/byte-source.js'
import type { SheetLimits } from '../limits.js'
import { SheetRefused } from '../problem.js'
import { readDirectory, type ZipEntry } from './zip-directory.js'

const LOCAL_BYTES = 30
const LOCAL_SIGNATURE = 0x04034b50
const STORED = 0
const DEFLATED = 8
const INFLATE_BYTES = 65_536
/** So little may come of any number of bytes: a ratio says nothing about a small part. */
const RATIO_FREE_BYTES = 1_048_576

/** The parts of an archive. Only those that are asked for are ever unpacked, none of them to the disk. */
export class ZipParts {
  readonly #source: ByteSource
  readonly #limits: SheetLimits
  readonly #byName: ReadonlyMap<string, ZipEntry>

  static async open(source: ByteSource, limits: SheetLimits): Promise<ZipParts> {
    return new ZipParts(source, limits, await readDirectory(source, limits))
  }

  private constructor(source: ByteSource, limits: SheetLimits, entries: readonly ZipEntry[]) {
    this.#source = source
    this.#limits = limits
    this.#byName = new Map(entries.map((entry) => [entry.name.toLowerCase(), entry]))
  }

  names(): string[] {
    return Array.from(this.#byName.values(), ({ name }) => name)
  }

  has(name: string): boolean {
    return this.#byName.has(name.toLowerCase())
  }

  /**
   * Unpacks one part, piece by piece. What comes out is counted, whatever was declared; at the end it must be what the
   * directory declares, to the byte. `maxBytes` where a part is smaller than most.
   */
  async *read(name: string, maxBytes = this.#limits.entryMaxBytes): AsyncGenerator<Buffer> {
    const entry = this.#byName.get(name.toLowerCase())
    if (entry === undefined) throw new SheetRefused('broken', 'a part that others name is missing')
    const { ratioMax } = this.#limits
    const freeBytes = Math.max(RATIO_FREE_BYTES, entry.packedBytes * ratioMax)
    let [bytes, crc] = [0, 0]
    for await (const piece of this.#unpack(entry)) {
      bytes += piece.length
      if (bytes > maxBytes) throw new SheetRefused('bomb', `a part of more than ${maxBytes} bytes`)
      if (bytes > freeBytes) throw new SheetRefused('bomb', `a part of more than ${ratioMax} times its packed size`)
      if (bytes > entry.declaredBytes) throw notAsDeclared()
      crc = crc32(piece, crc)
      yield piece
    }
    if (bytes !== entry.declaredBytes || crc !== entry.crc) throw notAsDeclared()
  }

  async *#unpack({ name, method, packedBytes, headerAt }: ZipEntry): AsyncGenerator<Buffer> {
    const header = await this.#source.read(headerAt, LOCAL_BYTES)
    if (header.length < LOCAL_BYTES || header.readUInt32LE(0) !== LOCAL_SIGNATURE) {
      throw new SheetRefused('broken', 'a part is not where the directory of the archive says')
    }
    const nameBytes = header.readUInt16LE(26)
    const ownName = await this.#source.read(headerAt + LOCAL_BYTES, nameBytes)
    if (ownName.toString('utf8') !== name) throw new SheetRefused('broken', 'a part has two names')
    const from = headerAt + LOCAL_BYTES + nameBytes + header.readUInt16LE(28)
    const packed = bytesOf(this.#source, from, Math.min(from + packedBytes, this.#source.size))
    if (method === STORED) yield* packed
    else if (method === DEFLATED) yield* inflated(packed)
    else throw new SheetRefused('broken', `a part is packed by method ${method}`)
  }
}

function notAsDeclared(): SheetRefused {
  return new SheetRefused('broken', 'a part is not what the directory of the archive declares')
}

async function* inflated(packed: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw({ chunkSize: INFLATE_BYTES })
  const input = Readable.from(packed, { objectMode: true, highWaterMark: 1 })
  input.on('error', (error) => inflate.destroy(error))
  try {
    for await (const piece of input.pipe(inflate)) yield piece as Buffer
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^Z_|^ERR_/.test(String(error.code))) {
      throw new SheetRefused('broken', 'a part cannot be unpacked')
    }
    throw error
  } finally {
    input.destroy()
    inflate.destroy()
  }
}
