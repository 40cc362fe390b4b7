import { posix } from 'node:path'
import { SheetRefused } from '../problem.js'
import { attribute, scanXml } from './xml-scanner.js'
import type { ZipParts } from './zip-parts.js'

/** Parts that describe others are small. */
const DESCRIPTION_MAX_BYTES = 4_194_304
const SHEETS_MAX = 1_000

interface Relation {
  readonly id: string
  /** The last word of its type's address, which differs between the two editions of the standard. */
  readonly type: string
  readonly target: string
}

export interface Workbook {
  readonly sheets: readonly { readonly name: string; readonly isHidden: boolean; readonly part: string }[]
  readonly is1904: boolean
  readonly sharedStrings: string | null
  readonly styles: string | null
}

/** Follows the relations of a package from its root to its worksheets: ECMA-376 part 2, 9.3. Links out of it are not followed. */
export async function readWorkbook(parts: ZipParts): Promise<Workbook> {
  if (!parts.has('_rels/.rels')) throw new SheetRefused('not_a_sheet', 'an archive, but not of Office')
  const root = (await readRelations(parts, '')).find(({ type }) => type === 'officeDocument')
  if (root === undefined || !parts.has(root.target))
    throw new SheetRefused('not_a_sheet', 'an archive without a workbook')
  if (root.target.endsWith('.bin')) throw new SheetRefused('not_a_sheet', 'a binary workbook: save it as .xlsx')
  const relations = await readRelations(parts, root.target)
  const found: { name: string; isHidden: boolean; id: string }[] = []
  let [is1904, isWorkbook] = [false, false]
  await scanXml(parts.read(root.target, DESCRIPTION_MAX_BYTES), {
    open(name, attributes) {
      if (name === 'workbook') isWorkbook = true
      else if (name === 'workbookPr') is1904 = /^(?:1|true)$/.test(attribute(attributes, 'date1904') ?? '')
      else if (name === 'sheet') {
        if (found.length >= SHEETS_MAX) throw new SheetRefused('bomb', `more than ${SHEETS_MAX} sheets`)
        found.push({
          name: (attribute(attributes, 'name') ?? '').slice(0, 255),
          isHidden: (attribute(attributes, 'state') ?? 'visible') !== 'visible',
          id: attribute(attributes, 'id') ?? '',
        })
      }
    },
  })
  if (!isWorkbook) throw new SheetRefused('not_a_sheet', 'an Office document that is no workbook')
  const targets = new Map(relations.filter(({ type }) => type === 'worksheet').map(({ id, target }) => [id, target]))
  const sheets = found.flatMap(({ name, isHidden, id }) => {
    const part = targets.get(id)
    return part === undefined ? [] : [{ name, isHidden, part }]
  })
  const partOf = (wanted: string): string | null => {
    const target = relations.find(({ type }) => type === wanted)?.target
    return target !== undefined && parts.has(target) ? target : null
  }
  return { sheets, is1904, sharedStrings: partOf('sharedStrings'), styles: partOf('styles') }
}

/** The relations of a part, or of the package itself for the empty name; targets as names of parts. */
async function readRelations(parts: ZipParts, part: string): Promise<Relation[]> {
  const directory = posix.dirname(part)
  const file = posix.join(directory, '_rels', `${posix.basename(part)}.rels`)
  const relations: Relation[] = []
  if (!parts.has(file)) return relations
  await scanXml(parts.read(file, DESCRIPTION_MAX_BYTES), {
    open(name, attributes) {
      if (name !== 'Relationship' || attribute(attributes, 'TargetMode') === 'External') return
      const target = attribute(attributes, 'Target') ?? ''
      relations.push({
        id: attribute(attributes, 'Id') ?? '',
        type: (attribute(attributes, 'Type') ?? '').split('/').at(-1) ?? '',
        target: posix.join('/', target.startsWith('/') ? '' : directory, target).slice(1),
      })
    },
  })
  return relations
}
