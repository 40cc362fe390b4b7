import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the web package's build leaves. */
const BUILT = fileURLToPath(new URL('../../../web/dist/', import.meta.url))

export interface BuiltPages {
  /** Files whose names change with their content. */
  readonly assets: string
  /** The document of every page that React draws. */
  readonly index: string
  /** The document of the API reference. */
  readonly reference: string
  /** For those who read no HTML: `/llms.txt`, and each page of the documents as Markdown. By path. */
  readonly texts: ReadonlyMap<string, string>
}

/** Null where nothing was built: there are the plain pages all the same. */
export function readBuiltPages(folder = BUILT): BuiltPages | null {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  if (!['index.html', 'reference.html'].every((name) => existsSync(join(folder, name)))) return null
  const names = readdirSync(join(folder, 'docs'), { recursive: true, encoding: 'utf8' })
  const texts = ['llms.txt', ...names.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))]
  return {
    assets: join(folder, 'assets'),
    index: read('index.html'),
    reference: read('reference.html'),
    texts: new Map(texts.map((name) => [`/${name}`, read(name)])),
  }
}
