import type { ByteSource } from '../files/byte-source.js'
import type { SheetLimits } from '../limits.js'
import { SheetRefused } from '../problem.js'

/** One part of the archive, as its directory tells. Nothing of it is believed before it has been read. */
export interface ZipEntry {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly packedBytes: number
  readonly declaredBytes: number
  readonly headerAt: number
}

const END_BYTES = 22
const END_SIGNATURE = 0x06054b50
const COMMENT_MAX_BYTES = 65_535
const ENTRY_BYTES = 46
const ENTRY_SIGNATURE = 0x02014b50
const LOCATOR_BYTES = 20
const LOCATOR_SIGNATURE = 0x07064b50
const END64_BYTES = 56
const END64_SIGNATURE = 0x06064b50
const EXTRA64 = 1
const MAX16 = 0xffff
const MAX32 = 0xffffffff
const LOCAL_BYTES = 30
/** Every part's name and extra fields together: a directory of 200 parts has a few dozen KiB. */
const DIRECTORY_MAX_BYTES = 1_048_576
const ENCRYPTED_FLAG = 1

/** Reads the directory of a ZIP archive (APPNOTE 4.3.12 and 4.3.16). Refuses parts that are encrypted, doubled or overlap. */
export async function readDirectory(source: ByteSource, limits: SheetLimits): Promise<ZipEntry[]> {
  const { count, bytes, at } = await findDirectory(source)
  if (count > limits.entriesMax) throw new SheetRefused('bomb', `at most ${limits.entriesMax} parts`)
  if (bytes > DIRECTORY_MAX_BYTES) throw new SheetRefused('bomb', 'a directory of more than 1 MiB')
  if (at + bytes > source.size) throw broken('the directory of the archive is cut off')
  const entries = parseEntries(await source.read(at, bytes), count)
  refuseDoubles(entries)
  refuseOverlaps(entries, at)
  return entries
}

async function findDirectory(source: ByteSource): Promise<{ count: number; bytes: number; at: number }> {
  const tailAt = Math.max(0, source.size - END_BYTES - COMMENT_MAX_BYTES)
  const tail = await source.read(tailAt, source.size - tailAt)
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== END_SIGNATURE) continue
    if (at + END_BYTES + tail.readUInt16LE(at + 20) !== tail.length) continue
    const found = {
      count: tail.readUInt16LE(at + 10),
      bytes: tail.readUInt32LE(at + 12),
      at: tail.readUInt32LE(at + 16),
    }
    const isWide = found.count === MAX16 || found.bytes === MAX32 || found.at === MAX32
    return isWide ? findWideDirectory(source, tailAt + at) : found
  }
  throw broken('the archive is cut short')
}

/** ZIP64, which some writers use for small files too. */
async function findWideDirectory(
  source: ByteSource,
  endAt: number,
): Promise<{ count: number; bytes: number; at: number }> {
  if (endAt < LOCATOR_BYTES) throw broken('a ZIP64 locator is missing')
  const locator = await source.read(endAt - LOCATOR_BYTES, LOCATOR_BYTES)
  if (locator.length < LOCATOR_BYTES || locator.readUInt32LE(0) !== LOCATOR_SIGNATURE) {
    throw broken('a ZIP64 locator is missing')
  }
  const end = await source.read(wide(locator, 8), END64_BYTES)
  if (end.length < END64_BYTES || end.readUInt32LE(0) !== END64_SIGNATURE) throw broken('a ZIP64 directory is missing')
  return { count: wide(end, 32), bytes: wide(end, 40), at: wide(end, 48) }
}

function parseEntries(directory: Buffer, count: number): ZipEntry[] {
  const entries: ZipEntry[] = []
  let at = 0
  for (let index = 0; index < count; index += 1) {
    if (at + ENTRY_BYTES > directory.length || directory.readUInt32LE(at) !== ENTRY_SIGNATURE) {
      throw broken('the directory of the archive is damaged')
    }
    if ((directory.readUInt16LE(at + 8) & ENCRYPTED_FLAG) !== 0) {
      throw new SheetRefused('encrypted', 'save it without a password')
    }
    const nameBytes = directory.readUInt16LE(at + 28)
    const extraBytes = directory.readUInt16LE(at + 30)
    const next = at + ENTRY_BYTES + nameBytes + extraBytes + directory.readUInt16LE(at + 32)
    if (next > directory.length) throw broken('the directory of the archive is damaged')
    const nameAt = at + ENTRY_BYTES
    const extra = directory.subarray(nameAt + nameBytes, nameAt + nameBytes + extraBytes)
    const [declaredBytes, packedBytes, headerAt] = widened(
      [directory.readUInt32LE(at + 24), directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 42)],
      extra,
    )
    entries.push({
      name: directory.toString('utf8', nameAt, nameAt + nameBytes),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packedBytes,
      declaredBytes,
      headerAt,
    })
    at = next
  }
  return entries
}

/** The three numbers that may stand in the ZIP64 field instead, in the order they have there: APPNOTE 4.5.3. */
function widened(narrow: readonly [number, number, number], extra: Buffer): [number, number, number] {
  const numbers: [number, number, number] = [...narrow]
  if (!narrow.includes(MAX32)) return numbers
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== EXTRA64) continue
    let place = at + 4
    for (const [index, value] of narrow.entries()) {
      if (value !== MAX32) continue
      if (place + 8 > extra.length) break
      numbers[index] = wide(extra, place)
      place += 8
    }
    return numbers
  }
  return numbers
}

function refuseDoubles(entries: readonly ZipEntry[]): void {
  const names = new Set(entries.map(({ name }) => name.toLowerCase()))
  if (names.size !== entries.length) throw broken('a part is there twice')
}

/** Parts that share bytes unpack into far more than the file holds. */
function refuseOverlaps(entries: readonly ZipEntry[], directoryAt: number): void {
  let end = 0
  for (const { headerAt, packedBytes } of entries.toSorted((one, other) => one.headerAt - other.headerAt)) {
    if (headerAt < end) throw new SheetRefused('bomb', 'parts of the archive overlap')
    end = headerAt + LOCAL_BYTES + packedBytes
  }
  if (end > directoryAt) throw broken('a part reaches beyond its place')
}

function wide(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw broken('a number of the archive is out of range')
  return Number(value)
}

function broken(detail: string): SheetRefused {
  return new SheetRefused('broken', detail)
}
