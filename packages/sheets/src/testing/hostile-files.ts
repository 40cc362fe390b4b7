import { truncateSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { SheetProblemCode } from '../problem.js'
import { type BuiltWorkbook, buildWorkbook, textRow, workbookParts } from './build-workbook.js'
import { type BuiltPart, buildZip } from './build-zip.js'

/** A file that somebody might send to do harm, or by mistake, and how it must end: refused with this code, or read. */
export interface HostileFile {
  readonly name: string
  readonly ends: SheetProblemCode | 'read'
  write(path: string): void
}

const MIB = 1_048_576
const HEADER = textRow(1, '姓名', '身份证号')
const PERSON = textRow(2, '李三', '11010519491231002X')
const OK = HEADER + PERSON
const OLE2 = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])

function workbook(name: string, ends: HostileFile['ends'], make: () => BuiltWorkbook): HostileFile {
  return { name, ends, write: (path) => writeFileSync(path, buildWorkbook(make())) }
}

function archive(name: string, ends: HostileFile['ends'], make: () => readonly BuiltPart[]): HostileFile {
  return { name, ends, write: (path) => writeFileSync(path, buildZip(make())) }
}

function plain(name: string, ends: HostileFile['ends'], make: () => Buffer | string): HostileFile {
  return { name, ends, write: (path) => writeFileSync(path, make()) }
}

/** Text that packs some 30 to 60 times: below the ratio, so that only what comes out can tell. */
function dense(bytes: number, unit: (index: number) => string): Buffer {
  const block = Buffer.from(Array.from({ length: 2_000 }, (_, index) => unit((index * 7_919) % 10_007)).join(''))
  return Buffer.alloc(Math.ceil(bytes / block.length) * block.length, block)
}

/** Packs a thousand times. */
function same(bytes: number): Buffer {
  return Buffer.alloc(bytes, '<a/>')
}

function rows(count: number, row: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => row(index + 1)).join('')
}

const part = (name: string, content: string | Buffer, more: Partial<BuiltPart> = {}): BuiltPart => ({
  name,
  content,
  ...more,
})
const SHEET = 'xl/worksheets/sheet1.xml'

/** Generated, never shipped: `npm run campaign -- sheets` measures each in a process of its own. */
export const HOSTILE_FILES: readonly HostileFile[] = [
  workbook('the same again in a worksheet', 'bomb', () => ({ rows: same(80 * MIB) })),
  workbook('the same again in the shared texts', 'bomb', () => ({ rows: OK, strings: same(80 * MIB) })),
  workbook('the same again in the styles', 'bomb', () => ({ rows: OK, styles: same(80 * MIB) })),
  workbook('the same again in the relations', 'bomb', () => ({
    parts: [part('_rels/.rels', Buffer.concat([Buffer.from('<r>'), same(80 * MIB)]))],
  })),
  workbook('zeros in place of XML', 'broken', () => ({ parts: [part(SHEET, Buffer.alloc(80 * MIB))] })),
  workbook('20 MiB of rows that pack well', 'too_many_rows', () => ({
    rows: dense(20 * MIB, () => '<row><c t="str"><v>x</v></c></row>'),
  })),
  workbook('80 MiB of one part below the ratio', 'bomb', () => ({
    rows: dense(80 * MIB, (index) => `<!--${index}-->`),
  })),
  archive('ten thousand parts', 'bomb', () => Array.from({ length: 10_000 }, (_, index) => part(`${index}`, ''))),
  archive('201 parts', 'bomb', () => [
    ...workbookParts({ rows: OK }),
    ...Array.from({ length: 200 }, (_, index) => part(`xl/media/${index}.png`, 'x')),
  ]),
  archive('parts that share their bytes', 'bomb', () => [
    ...workbookParts({ rows: OK }),
    ...Array.from({ length: 50 }, (_, index) => part(`xl/worksheets/more${index}.xml`, '', { sharesWith: SHEET })),
  ]),
  workbook('a part that declares 100 bytes and has 60 MiB', 'broken', () => ({
    parts: [
      part(
        SHEET,
        Buffer.concat([
          Buffer.from(`<worksheet><sheetData>${OK}</sheetData></worksheet>`),
          dense(60 * MIB, (index) => `<!--${index}-->\n`),
        ]),
        { declaredBytes: 100 },
      ),
    ],
  })),
  workbook('a part that declares 4 GB and has little', 'broken', () => ({
    parts: [part(SHEET, `<worksheet><sheetData>${OK}</sheetData></worksheet>`, { declaredBytes: 4_000_000_000 })],
  })),
  workbook('a part with a wrong checksum', 'broken', () => ({
    parts: [part(SHEET, `<worksheet><sheetData>${OK}</sheetData></worksheet>`, { crc: 1 })],
  })),
  workbook('a part with another name inside', 'broken', () => ({
    parts: [
      part(SHEET, `<worksheet><sheetData>${OK}</sheetData></worksheet>`, { ownName: 'xl/worksheets/sheet2.xml' }),
    ],
  })),
  workbook('an external entity', 'doctype', () => ({
    parts: [
      part(
        SHEET,
        `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet><sheetData>${textRow(1, '&e;')}</sheetData></worksheet>`,
      ),
    ],
  })),
  workbook('a billion laughs', 'doctype', () => ({
    rows: OK,
    parts: [
      part(
        'xl/sharedStrings.xml',
        `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">${rows(9, (index) => `<!ENTITY a${index} "${`&a${index - 1 || ''};`.repeat(10)}">`)}]><sst><si><t>&a9;</t></si></sst>`,
      ),
    ],
  })),
  workbook('a document type in the workbook', 'doctype', () => ({
    parts: [part('xl/workbook.xml', '<!DOCTYPE workbook SYSTEM "http://127.0.0.1:1/x.dtd"><workbook/>')],
  })),
  workbook('a document type in the relations', 'doctype', () => ({
    parts: [part('_rels/.rels', '<!doctype Relationships><Relationships/>'.replace('doctype', 'DOCTYPE'))],
  })),
  workbook('a cell at XFD1048576', 'too_many_columns', () => ({
    rows: `${OK}<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>`,
  })),
  workbook('a row beyond the last', 'too_many_rows', () => ({
    rows: `${OK}<row r="99999999999"><c t="str"><v>x</v></c></row>`,
  })),
  workbook('empty cells in the last column', 'read', () => ({
    rows:
      OK +
      Array.from({ length: 50_000 }, (_, index) => `<row r="${index + 3}"><c r="XFD${index + 3}" s="1"/></row>`).join(
        '',
      ),
  })),
  workbook('millions of empty rows', 'too_many_rows', () => ({
    rows: Buffer.concat([Buffer.from(OK), dense(60 * MIB, (index) => `<row a="${index}"/>`)]),
  })),
  workbook('200,000 rows', 'too_many_rows', () => ({ rows: rows(200_000, (row) => textRow(row, '李三', `${row}`)) })),
  workbook('16,384 columns', 'too_many_columns', () => ({
    rows: `<row r="1">${'<c t="str"><v>x</v></c>'.repeat(16_384)}</row>`,
  })),
  workbook('60 MiB of shared texts', 'read', () => ({
    rows: OK,
    strings: dense(60 * MIB, (index) => `<si><t>${index} 李 text</t></si>`),
  })),
  workbook('twelve million empty shared texts', 'bomb', () => ({ rows: OK, strings: dense(60 * MIB, () => '<si/>') })),
  workbook('one shared text of 60 MiB', 'broken', () => ({
    rows: OK,
    strings: `<si><t>${dense(60 * MIB, (index) => `${index}李`).toString('utf8')}</t></si>`,
  })),
  workbook('a long text that five million cells share', 'bomb', () => ({
    strings: `<si><t>${'长'.repeat(1_000)}</t></si>`,
    rows: dense(60 * MIB, () => `<row>${'<c t="s"><v>0</v></c>'.repeat(50)}</row>`),
  })),
  workbook('a reference to no text', 'broken', () => ({ rows: '<row r="1"><c t="s"><v>7</v></c></row>' })),
  workbook('XML nested 100,000 deep', 'broken', () => ({ rows: `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}` })),
  workbook('a tag of 50 MiB', 'broken', () => ({
    rows: `<row a="${dense(50 * MIB, (index) => `${index} `).toString('latin1')}"/>`,
  })),
  workbook('a comment of 50 MiB', 'broken', () => ({
    rows: `${OK}<!--${dense(50 * MIB, (index) => `${index} `).toString('latin1')}-->`,
  })),
  workbook('XML without its end', 'broken', () => ({ parts: [part(SHEET, `<worksheet><sheetData>${OK}`)] })),
  workbook('XML in UTF-16', 'broken', () => ({
    parts: [part(SHEET, Buffer.from('\uFEFF<worksheet><sheetData/></worksheet>', 'utf16le'))],
  })),
  workbook('rows out of order', 'broken', () => ({ rows: PERSON + HEADER })),
  workbook('rows that are no numbers', 'broken', () => ({ rows: '<row r="NaN"/><row r="-5"/>' })),
  archive('a part that is there twice', 'broken', () => [...workbookParts({ rows: OK }), part(SHEET, '<worksheet/>')]),
  archive('names that lead out of the archive', 'read', () => [
    ...workbookParts({ rows: OK }),
    part('../../../../etc/cron.d/heyan', '* * * * * root id'),
    part('/etc/passwd', 'x'),
    part('..\\..\\windows\\x', 'x'),
  ]),
  archive('a worksheet that leads out of the archive', 'broken', () =>
    workbookParts({
      parts: [
        part(
          'xl/_rels/workbook.xml.rels',
          '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="../../../etc/passwd"/></Relationships>',
        ),
      ],
    }),
  ),
  archive('an archive in an archive', 'not_a_sheet', () => [
    part('list.xlsx', buildWorkbook({ rows: OK }), { isStored: true }),
  ]),
  archive('a text document', 'not_a_sheet', () => [
    part(
      '_rels/.rels',
      '<Relationships><Relationship Id="rId1" Type="x/officeDocument" Target="word/document.xml"/></Relationships>',
    ),
    part('word/document.xml', '<w:document xmlns:w="w"/>'),
  ]),
  {
    name: 'an archive that is cut short',
    ends: 'broken',
    write(path) {
      const bytes = buildWorkbook({ rows: OK })
      writeFileSync(path, bytes.subarray(0, bytes.length - 30))
    },
  },
  archive('an archive with a password', 'encrypted', () =>
    workbookParts({ rows: OK }).map((one) => ({ ...one, flags: 1 })),
  ),
  plain('a workbook with a password', 'encrypted', () =>
    Buffer.concat([OLE2, Buffer.alloc(504), Buffer.from('EncryptedPackage', 'utf16le'), Buffer.alloc(4_096)]),
  ),
  plain('a workbook of 1997', 'legacy_xls', () =>
    Buffer.concat([OLE2, Buffer.alloc(504), Buffer.from('Workbook', 'utf16le'), Buffer.alloc(4_096)]),
  ),
  plain('a web page', 'not_a_sheet', () => '<!DOCTYPE html><html><table><tr><td>姓名</td></tr></table></html>'),
  plain('a PDF', 'not_a_sheet', () => '%PDF-1.7\n'),
  plain('a gzip bomb', 'not_a_sheet', () => gzipSync(Buffer.alloc(50 * MIB))),
  {
    name: 'a text of 1 GB on one line',
    ends: 'too_large',
    write(path) {
      writeFileSync(path, '姓名,身份证号\n')
      truncateSync(path, 1_000_000_000) // Sparse: nothing of it is on the disk.
    },
  },
  plain('a text of 19 MiB on one line', 'cell_too_long', () => `姓名,身份证号\n${'李'.repeat(6 * MIB)}`),
  plain(
    'a quotation mark that is never closed',
    'cell_too_long',
    () => `姓名,身份证号\n"${'李三,1\n'.repeat(2 * MIB)}`,
  ),
  plain('nineteen million delimiters', 'cell_too_long', () => ','.repeat(19 * MIB)),
  plain('ten million empty lines', 'too_many_rows', () => '\n'.repeat(10_000_000)),
  plain('nothing but quotation marks', 'cell_too_long', () => '"'.repeat(19 * MIB)),
  plain('zero bytes', 'not_a_sheet', () => Buffer.concat([Buffer.from('姓名,身份证号\n李三,1'), Buffer.alloc(1_000)])),
  plain('bytes of no encoding', 'read', () =>
    Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index % 30 === 0 ? 10 : 129 + (index % 126)))),
  ),
  plain('formulas', 'read', () => '姓名,身份证号\n=HYPERLINK("http://127.0.0.1/"),@SUM(1)\n=cmd|\'/c calc\'!A1,+1\n'),
  workbook('formulas, links and commands', 'read', () => ({
    rows: `${OK}<row r="3"><c r="A3" t="str"><f>HYPERLINK("http://127.0.0.1/x","李三")</f><v>李三</v></c><c r="B3"><f>cmd|'/c calc'!A1</f></c></row>`,
    parts: [
      part('xl/externalLinks/externalLink1.xml', '<externalLink/>'),
      part('xl/connections.xml', '<connections/>'),
    ],
  })),
  workbook('macros', 'read', () => ({ rows: OK, parts: [part('xl/vbaProject.bin', Buffer.alloc(10_000, 1))] })),
]
