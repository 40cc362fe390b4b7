import { type BundledLanguage, createCssVariablesTheme, createHighlighter, type Highlighter } from 'shiki'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import type { CodeLine, CodePiece } from '../../src/docs/shapes.ts'

const PREFIX = '--code-'
const THEME = createCssVariablesTheme({ name: 'classes', variablePrefix: PREFIX })
const LANGUAGES: readonly BundledLanguage[] = [
  'bash',
  'php',
  'java',
  'csharp',
  'python',
  'objective-c',
  'typescript',
  'go',
  'json',
  'http',
]

let made: Promise<Highlighter> | null = null

/** Coloured by class names (`token-string`…), since the pages' policy refuses a style on an element. */
export async function highlight(code: string, language: string): Promise<readonly CodeLine[]> {
  made ??= createHighlighter({
    themes: [THEME],
    langs: [...LANGUAGES],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  })
  const highlighter = await made
  const lang = LANGUAGES.find((known) => known === language) ?? 'text'
  return highlighter
    .codeToTokensBase(code.replace(/\n$/, ''), { lang, theme: THEME })
    .map((line) => line.map(({ color, content }) => [classOf(color), content] satisfies CodePiece))
}

function classOf(color = ''): string {
  const name = new RegExp(`${PREFIX}([a-z-]+)`).exec(color)?.[1] ?? ''
  return name === 'foreground' ? '' : name
}
