import { type BuiltPart, buildZip } from './build-zip.js'

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships'
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

export interface BuiltWorkbook {
  /** What stands in `sheetData` of the first sheet. */
  readonly rows?: string | Buffer
  /** What stands in the table of shared texts. */
  readonly strings?: string | Buffer
  /** What stands in the style part. */
  readonly styles?: string | Buffer
  /** Attributes and children of `workbook`, after its sheets. */
  readonly workbook?: string
  readonly sheetNames?: readonly string[]
  /** Parts in place of those with the same name, or besides them. */
  readonly parts?: readonly BuiltPart[]
}

/** The parts of a small workbook by the standard (ECMA-376), of which any may be replaced. */
export function workbookParts({
  rows = '',
  strings,
  styles,
  workbook = '',
  sheetNames = ['名单'],
  parts = [],
}: BuiltWorkbook): BuiltPart[] {
  const relation = (id: string, type: string, target: string): string =>
    `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`
  const relations = (inner: string): string => `${HEAD}<Relationships xmlns="${PACKAGE}">${inner}</Relationships>`
  const sheets = sheetNames.map(
    (name, index) => `<sheet name="${name}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
  )
  const made: BuiltPart[] = [
    { name: '[Content_Types].xml', content: `${HEAD}<Types/>` },
    { name: '_rels/.rels', content: relations(relation('rId1', 'officeDocument', 'xl/workbook.xml')) },
    {
      name: 'xl/workbook.xml',
      content: `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${sheets.join('')}</sheets>${workbook}</workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: relations(
        [
          ...sheetNames.map((_, index) => relation(`rId${index + 1}`, 'worksheet', `worksheets/sheet${index + 1}.xml`)),
          relation('rIdT', 'sharedStrings', 'sharedStrings.xml'),
          relation('rIdS', 'styles', '/xl/styles.xml'),
        ].join(''),
      ),
    },
    ...sheetNames.map((_, index) => ({
      name: `xl/worksheets/sheet${index + 1}.xml`,
      content: around(
        `${HEAD}<worksheet xmlns="${MAIN}"><sheetData>`,
        index === 0 ? rows : '',
        '</sheetData></worksheet>',
      ),
    })),
    ...(strings === undefined
      ? []
      : [{ name: 'xl/sharedStrings.xml', content: around(`${HEAD}<sst>`, strings, '</sst>') }]),
    ...(styles === undefined
      ? []
      : [{ name: 'xl/styles.xml', content: around(`${HEAD}<styleSheet>`, styles, '</styleSheet>') }]),
  ]
  const replaced = new Set(parts.map(({ name }) => name))
  return [...made.filter(({ name }) => !replaced.has(name)), ...parts]
}

export function buildWorkbook(workbook: BuiltWorkbook): Buffer {
  return buildZip(workbookParts(workbook))
}

/** One row of inline texts. */
export function textRow(row: number, ...cells: readonly string[]): string {
  const inner = cells.map((cell) => `<c t="inlineStr"><is><t>${cell}</t></is></c>`).join('')
  return `<row r="${row}">${inner}</row>`
}

function around(before: string, inner: string | Buffer, after: string): Buffer {
  return Buffer.concat([Buffer.from(before), Buffer.from(inner), Buffer.from(after)])
}
