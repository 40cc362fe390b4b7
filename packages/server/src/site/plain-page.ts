import { en } from '../words/en.js'
import { zh } from '../words/zh.js'

export type Language = 'zh' | 'en'
type Words = typeof zh | typeof en

/** The standard's own number under an invented name: what the first start can verify. */
const SAMPLE_QUERY = 'xm=%E6%9D%8E%E4%B8%89&sfz=11010519491231002X'
const SAMPLE_ANSWER =
  '{"ok":1,"msg":"实名信息正确","xm":"李**","sfz":"1101*****2X","match":true,"birthday":"19****31","sex":"女","address":"北京市**区"}'

/** How to call, for who runs no scripts: what stands in a page until React draws it, and alone where no page was built. */
export function plainContent(language: Language, base: string): string {
  const words: Words = language === 'en' ? en : zh
  const other = language === 'en' ? 'zh' : 'en'
  const sample = `curl -H 'Authorization: APPCODE <${words.yourCode}>' \\\n  '${base}/idcard?${SAMPLE_QUERY}'`
  return `<main class="plain"><h1>${escapeHtml(words.title)}</h1><p><a href="/?lang=${other}" hreflang="${other}" lang="${other}">${escapeHtml(words.other)}</a></p>
<p>${escapeHtml(words.lead)}</p>
<h2>${escapeHtml(words.howTitle)}</h2><p>${escapeHtml(words.how)}</p><pre>${escapeHtml(sample)}</pre>
<p>${escapeHtml(words.answer)}</p><pre>${escapeHtml(SAMPLE_ANSWER).replaceAll(',', ',<wbr>')}</pre>
<h2>${escapeHtml(words.parametersTitle)}</h2><table>${parameterRows(words)}</table>
<h2>${escapeHtml(words.endingsTitle)}</h2><p>${escapeHtml(words.endingsLead)}</p>
<table><thead><tr>${words.columns.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('')}</tr></thead>
<tbody>${endingRows(words)}</tbody></table>
<p>${escapeHtml(words.promise)}</p></main>`
}

/** A document of plain content alone. */
export function plainPage(language: Language, base: string): string {
  const words: Words = language === 'en' ? en : zh
  return `<!doctype html>
<html lang="${words.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(words.title)}</title><meta name="description" content="${escapeHtml(words.lead)}"></head>
<body>${plainContent(language, base)}</body></html>
`
}

/** A built document in a language, with the plain content where it keeps the place for it. */
export function withPlainPage(built: string, language: Language, base: string): string {
  const words: Words = language === 'en' ? en : zh
  return built
    .replace('<html lang="zh-CN">', () => `<html lang="${words.language}">`)
    .replace(/<title>[^<]*<\/title>/, () => `<title>${escapeHtml(words.title)}</title>`)
    .replace(/<meta name="description"[^>]*>/, () => `<meta name="description" content="${escapeHtml(words.lead)}">`)
    .replace(
      '<!-- plain -->',
      () => `${plainContent(language, base)}<p class="plain"><a href="/llms.txt">${escapeHtml(words.texts)}</a></p>`,
    )
}

function parameterRows({ parameters }: Words): string {
  return parameters
    .map(([name, meaning]) => `<tr><td><code>${escapeHtml(name)}</code></td><td>${escapeHtml(meaning)}</td></tr>`)
    .join('')
}

function endingRows({ endings, charges }: Words): string {
  const rows: readonly (readonly string[])[] = endings
  return rows
    .map(([status = '', text = '', meaning = '', charge = '']) => {
      const cost = charges[charge as keyof typeof charges]
      return `<tr><td><code>${status}</code></td><td>${escapeHtml(text)}</td><td>${escapeHtml(meaning)}</td><td>${escapeHtml(cost)}</td></tr>`
    })
    .join('\n')
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
