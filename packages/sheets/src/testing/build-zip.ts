import { crc32, deflateRawSync } from 'node:zlib'

/** A part of an archive that may lie about itself. */
export interface BuiltPart {
  readonly name: string
  readonly content: Buffer | string
  readonly isStored?: boolean
  /** What the directory declares instead of the truth. */
  readonly declaredBytes?: number
  readonly crc?: number
  readonly flags?: number
  /** Name in the part's own header. */
  readonly ownName?: string
  /** In place of bytes of its own: those of an earlier part. */
  readonly sharesWith?: string
}

/** An archive of these parts, with whatever is wrong with them. For tests and campaigns only. */
export function buildZip(parts: readonly BuiltPart[]): Buffer {
  const pieces: Buffer[] = []
  const directory: Buffer[] = []
  const places = new Map<string, { at: number; packed: number }>()
  let at = 0
  for (const part of parts) {
    const content = Buffer.from(part.content)
    const packed = part.isStored === true ? content : deflateRawSync(content, { level: 6 })
    const place = places.get(part.sharesWith ?? '') ?? { at, packed: packed.length }
    const declared = { crc: part.crc ?? crc32(content), bytes: part.declaredBytes ?? content.length }
    if (part.sharesWith === undefined) {
      const own = Buffer.from(part.ownName ?? part.name)
      const header = Buffer.alloc(30)
      header.writeUInt32LE(0x04034b50, 0)
      header.writeUInt16LE(20, 4)
      header.writeUInt16LE(part.flags ?? 0, 6)
      header.writeUInt16LE(part.isStored === true ? 0 : 8, 8)
      header.writeUInt32LE(declared.crc, 14)
      header.writeUInt32LE(packed.length, 18)
      header.writeUInt32LE(declared.bytes, 22)
      header.writeUInt16LE(own.length, 26)
      pieces.push(header, own, packed)
      at += 30 + own.length + packed.length
    }
    places.set(part.name, place)
    const name = Buffer.from(part.name)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(20, 6)
    entry.writeUInt16LE(part.flags ?? 0, 8)
    entry.writeUInt16LE(part.isStored === true ? 0 : 8, 10)
    entry.writeUInt32LE(declared.crc, 16)
    entry.writeUInt32LE(place.packed, 20)
    entry.writeUInt32LE(declared.bytes, 24)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(place.at, 42)
    directory.push(entry, name)
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...pieces, central, end])
}
