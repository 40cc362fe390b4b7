import type { ByteSource } from '../files/byte-source.js'
import { SheetRefused } from '../problem.js'
import type { SheetFormat } from './sheet-reader.js'

const HEAD_BYTES = 512
/** [MS-CFB] 2.2: the container of .xls, and of what Office encrypts. */
const OLE2 = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
const ZIP = Buffer.from('PK\x03\x04', 'latin1')
const EMPTY_ZIP = Buffer.from('PK\x05\x06', 'latin1')
/** The stream that an encrypted document is in: [MS-OFFCRYPTO] 2.3.4.4. */
const ENCRYPTED = Buffer.from('EncryptedPackage', 'utf16le')
const OLE2_LOOKED_AT_BYTES = 4_194_304

/** Beginnings of files that people send by mistake. */
const OTHERS: readonly (readonly [Buffer, string])[] = [
  [Buffer.from('%PDF'), 'a PDF'],
  [Buffer.from([0x89, 0x50, 0x4e, 0x47]), 'a picture'],
  [Buffer.from([0xff, 0xd8, 0xff]), 'a picture'],
  [Buffer.from('GIF8'), 'a picture'],
  [Buffer.from([0x1f, 0x8b]), 'a gzip archive'],
  [Buffer.from('Rar!'), 'an archive'],
  [Buffer.from([0x37, 0x7a, 0xbc, 0xaf]), 'an archive'],
  [Buffer.from('{\\rtf'), 'a text document'],
  // BIFF before it had a container: records BOF of Excel 2, 3 and 4.
  [Buffer.from([0x09, 0x00, 0x04, 0x00]), 'a spreadsheet of the 1980s'],
  [Buffer.from([0x09, 0x02, 0x06, 0x00]), 'a spreadsheet of the 1990s'],
  [Buffer.from([0x09, 0x04, 0x06, 0x00]), 'a spreadsheet of the 1990s'],
]
const MARKUP = /^\s*<(?:!doctype|!--|html|head|body|table|\?xml|svg|script)/i

/** Tells a format by what a file begins with; its name says nothing. Refuses what is neither CSV nor XLSX. */
export async function sniff(source: ByteSource): Promise<SheetFormat> {
  const head = await source.read(0, HEAD_BYTES)
  if (head.length === 0) throw new SheetRefused('empty', 'the file has no bytes')
  if (startsWith(head, ZIP)) return 'xlsx'
  if (startsWith(head, EMPTY_ZIP)) throw new SheetRefused('not_a_sheet', 'an empty archive')
  if (startsWith(head, OLE2)) throw await old(source)
  const other = OTHERS.find(([magic]) => startsWith(head, magic))
  if (other !== undefined) throw new SheetRefused('not_a_sheet', other[1])
  if (MARKUP.test(head.toString('utf8').replace(/^\uFEFF/, '')))
    throw new SheetRefused('not_a_sheet', 'a web page or XML')
  return 'csv'
}

async function old(source: ByteSource): Promise<SheetRefused> {
  const bytes = await source.read(0, OLE2_LOOKED_AT_BYTES)
  const end = await source.read(Math.max(0, source.size - OLE2_LOOKED_AT_BYTES), OLE2_LOOKED_AT_BYTES)
  return bytes.includes(ENCRYPTED) || end.includes(ENCRYPTED)
    ? new SheetRefused('encrypted', 'save it without a password')
    : new SheetRefused('legacy_xls', 'save it as .xlsx')
}

function startsWith(head: Buffer, magic: Buffer): boolean {
  return head.subarray(0, magic.length).equals(magic)
}
