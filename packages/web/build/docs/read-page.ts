import { Lexer, Parser, Renderer, type Token, type Tokens } from 'marked'
import type { DocPage, DocPart, Language, SearchRecord } from '../../src/docs/shapes.ts'
import { highlight } from './highlight.ts'
import { isTable, table } from './tables.ts'

/** A page of `docs/site` as written, its tables filled in. */
export interface ReadPage extends DocPage {
  readonly title: string
  readonly lead: string
  /** Its sections, for the search. */
  readonly records: readonly SearchRecord[]
  readonly markdown: string
}

/** A status, a type, a name: not to be broken into lines. */
const SHORT = /^[\w.-]{1,12}$/
const DIRECTIVE = /^\{\{([a-z-]+)\}\}$/gm
const SAMPLES = { 'samples-app-code': 'appCode', 'samples-signature': 'signature' } as const

/**
 * `{{NAME}}` on a line of its own is a table made of the code's own (tables.ts), or a place for samples. Comments are for those
 * who run the examples. Anything that would not be shown whole stops the build.
 */
export async function readPage(slug: string, language: Language, source: string): Promise<ReadPage> {
  const markdown = source.replace(DIRECTIVE, (line, name: string) => {
    if (name in SAMPLES) return line
    if (!isTable(name)) throw new Error(`docs/site/${language}/${slug}.md: there is no ${line}`)
    return table(name, language)
  })
  const tokens = new Lexer({ gfm: true }).lex(markdown).filter(({ type }) => type !== 'html' && type !== 'space')
  const [heading, ...rest] = tokens
  const first = rest[0]
  if (heading?.type !== 'heading' || heading.depth !== 1 || first?.type !== 'paragraph')
    throw new Error(`docs/site/${language}/${slug}.md does not begin with a title and a sentence`)
  return {
    title: plain(heading),
    lead: plain(first),
    parts: [...(await partsOf([first], language)), ...(await partsOf(rest.slice(1), language))],
    headings: headingsOf(rest),
    records: recordsOf(slug, plain(heading), rest),
    markdown,
  }
}

async function partsOf(tokens: readonly Token[], language: Language): Promise<DocPart[]> {
  const parts: DocPart[] = []
  let gathered: Token[] = []
  const flush = () => {
    if (gathered.length > 0) parts.push({ kind: 'markup', markup: render(gathered, language) })
    gathered = []
  }
  for (const token of tokens) {
    const credential = SAMPLES[/^\{\{(.+)\}\}$/.exec(token.raw.trim())?.[1] as keyof typeof SAMPLES]
    if (credential !== undefined) {
      flush()
      parts.push({ kind: 'samples', credential })
    } else if (token.type === 'code') {
      flush()
      const { text, lang = '' } = token as Tokens.Code
      const [name = ''] = lang.split(' ')
      parts.push({ kind: 'code', language: name, lines: await highlight(text, name === 'sh' ? 'bash' : name) })
    } else gathered.push(token)
  }
  flush()
  return parts
}

function render(tokens: Token[], language: Language): string {
  const renderer = new Renderer()
  renderer.heading = ({ depth, tokens, text }) =>
    `<h${depth} id="${anchorOf(text)}">${renderer.parser.parseInline(tokens)}</h${depth}>`
  renderer.link = ({ href, tokens }) =>
    `<a href="${escapeHtml(pathOf(href))}">${renderer.parser.parseInline(tokens)}</a>`
  renderer.table = ({ header, rows }) => {
    const cell = ({ tokens }: Tokens.TableCell) => renderer.parser.parseInline(tokens)
    const titles = header.map((each) => plain(each))
    const head = header.map((each) => `<th scope="col">${cell(each)}</th>`).join('')
    const body = rows
      .map(
        (row) =>
          `<tr>${row
            .map(
              (each, place) =>
                `<td data-title="${escapeHtml(titles[place] ?? '')}"${SHORT.test(plain(each)) ? ' class="tight"' : ''}><div>${cell(each)}</div></td>`,
            )
            .join('')}</tr>`,
      )
      .join('')
    return `<table class="table"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`
  }
  renderer.code = ({ text }) => {
    throw new Error(`a block of code in ${language} stands inside something else: ${text.slice(0, 40)}`)
  }
  renderer.html = () => ''
  return new Parser({ renderer, gfm: true }).parse(tokens)
}

/** Files of this folder are pages; what begins with a slash is a page of the server. */
function pathOf(href: string): string {
  return href.replace(/^([a-z0-9-]+)\.md/, '/docs/$1')
}

/** As GitHub makes an anchor of a heading; `scripts/check-docs.mjs` knows it too. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}

function plain(token: Token | Tokens.TableCell): string {
  if ('tokens' in token && token.tokens !== undefined) return token.tokens.map(plain).join('')
  return 'text' in token ? String(token.text) : ''
}

/** Of the page's sections, not of what is inside them. */
function headingsOf(tokens: readonly Token[]): DocPage['headings'] {
  return tokens
    .filter((token): token is Tokens.Heading => token.type === 'heading' && token.depth === 2)
    .map((token) => ({ anchor: anchorOf(token.text), text: plain(token) }))
}

function recordsOf(slug: string, page: string, tokens: readonly Token[]): SearchRecord[] {
  const records: { id: string; page: string; heading: string; text: string }[] = [
    { id: slug, page, heading: '', text: '' },
  ]
  for (const token of tokens) {
    const last = records.at(-1)
    if (token.type === 'heading') {
      const heading = plain(token)
      records.push({ id: `${slug}#${anchorOf(token.text as string)}`, page, heading, text: '' })
    } else if (last !== undefined) last.text += ` ${token.raw.replace(/[`*|#>\-[\]{}]/g, ' ')}`
  }
  return records
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
