import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import MiniSearch from 'minisearch'
import type { Plugin } from 'vite'
import { SEARCH_OPTIONS } from '../../src/docs/search-options.ts'
import type { DocGroup, DocPage, Language, Sample, SearchRecord } from '../../src/docs/shapes.ts'
import { highlight } from './highlight.ts'
import { llmsText, withSamples } from './plain-forms.ts'
import { type ReadPage, readPage } from './read-page.ts'

const ROOT = fileURLToPath(new URL('../../../../docs/', import.meta.url))
const SITE = join(ROOT, 'site')
const SAMPLES = join(ROOT, 'samples')
const PREFIX = 'virtual:heyan-docs/'
const LANGUAGES = ['zh', 'en'] as const

interface Contents {
  readonly groups: readonly { readonly title: Readonly<Record<Language, string>>; readonly pages: readonly string[] }[]
}

/** All pages of a language, by the order of `contents.json`. */
interface Site {
  readonly groups: readonly DocGroup[]
  readonly pages: ReadonlyMap<string, ReadPage>
}

const contents = () => JSON.parse(readFileSync(join(SITE, 'contents.json'), 'utf8')) as Contents

async function readSite(language: Language): Promise<Site> {
  const { groups } = contents()
  const pages = new Map<string, ReadPage>()
  for (const slug of groups.flatMap(({ pages }) => pages))
    pages.set(slug, await readPage(slug, language, readFileSync(join(SITE, language, `${slug}.md`), 'utf8')))
  const unlisted = readdirSync(join(SITE, language)).filter((file) => !pages.has(file.replace(/\.md$/, '')))
  if (unlisted.length > 0) throw new Error(`docs/site/contents.json does not list ${unlisted.join(', ')}`)
  const entry = (slug: string) => ({ slug, title: pages.get(slug)?.title ?? '', lead: pages.get(slug)?.lead ?? '' })
  return { groups: groups.map(({ title, pages }) => ({ title: title[language], pages: pages.map(entry) })), pages }
}

function readSamples(): (Omit<Sample, 'lines'> & { readonly highlight: string; readonly code: string })[] {
  const { samples } = JSON.parse(readFileSync(join(SAMPLES, 'index.json'), 'utf8')) as {
    readonly samples: readonly (Omit<Sample, 'lines'> & { readonly highlight: string })[]
  }
  return samples.map((sample) => ({ ...sample, code: readFileSync(join(SAMPLES, sample.file), 'utf8') }))
}

function searchIndexOf({ pages }: Site): string {
  const index = new MiniSearch<SearchRecord>(SEARCH_OPTIONS)
  index.addAll([...pages.values()].flatMap(({ records }) => records))
  return JSON.stringify(index)
}

/**
 * `docs/site` and `docs/samples` as modules (src/docs/virtual.d.ts): contents, pages taken apart, coloured samples, a search index;
 * and, beside the pages, `llms.txt` with every page as plain Markdown.
 */
export function documents(): Plugin {
  const sites = new Map<Language, Promise<Site>>()
  const site = (language: Language) => {
    const known = sites.get(language) ?? readSite(language)
    sites.set(language, known)
    return known
  }
  return {
    name: 'heyan:documents',
    buildStart() {
      sites.clear()
      for (const folder of [SAMPLES, SITE, ...LANGUAGES.map((language) => join(SITE, language))])
        for (const file of readdirSync(folder)) if (file.includes('.')) this.addWatchFile(join(folder, file))
    },
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    async load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null
      const [name = '', part = ''] = id.slice(PREFIX.length + 1).split('/')
      if (name === 'contents') return contentsModule({ zh: await site('zh'), en: await site('en') })
      if (name === 'samples') {
        const coloured = readSamples().map(async ({ code, highlight: colours, ...sample }) => ({
          ...sample,
          lines: await highlight(code, colours),
        }))
        return moduleOf(await Promise.all(coloured))
      }
      const { pages, ...rest } = await site(name as Language)
      if (part === 'search') return moduleOf(searchIndexOf({ pages, ...rest }))
      const page = pages.get(part)
      if (page === undefined) throw new Error(`there is no ${id}`)
      const { parts, headings } = page
      return moduleOf({ parts, headings } satisfies DocPage)
    },
    async generateBundle() {
      const samples = readSamples()
      for (const language of LANGUAGES)
        for (const [slug, { markdown }] of (await site(language)).pages)
          this.emitFile({
            type: 'asset',
            fileName: `docs/${language}/${slug}.md`,
            source: withSamples(markdown, samples),
          })
      const [zh, en] = [await site('zh'), await site('en')]
      this.emitFile({ type: 'asset', fileName: 'llms.txt', source: llmsText(zh.groups, en.groups) })
    },
  }
}

function moduleOf(value: unknown): string {
  return `export default ${JSON.stringify(value)}`
}

function contentsModule(sites: Readonly<Record<Language, Site>>): string {
  const loaders = LANGUAGES.map((language) => {
    const pages = [...sites[language].pages.keys()].map(
      (slug) => `${JSON.stringify(slug)}: () => import('${PREFIX}${language}/${slug}')`,
    )
    return `${language}: { ${pages.join(', ')} }`
  })
  const searches = LANGUAGES.map((language) => `${language}: () => import('${PREFIX}${language}/search')`)
  return [
    `export const contents = ${JSON.stringify({ zh: sites.zh.groups, en: sites.en.groups })}`,
    `export const pages = { ${loaders.join(', ')} }`,
    `export const samples = () => import('${PREFIX}samples')`,
    `export const searchIndex = { ${searches.join(', ')} }`,
  ].join('\n')
}
