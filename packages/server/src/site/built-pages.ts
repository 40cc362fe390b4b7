import { existsSync, readFileSync } from 'node:fs'
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
}

/** Null where nothing was built: there are the plain pages all the same. */
export function readBuiltPages(folder = BUILT): BuiltPages | null {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  if (!existsSync(join(folder, 'index.html'))) return null
  return { assets: join(folder, 'assets'), index: read('index.html'), reference: read('reference.html') }
}
