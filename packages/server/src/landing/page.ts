import { en } from '../words/en.js'
import { zh } from '../words/zh.js'

type Words = typeof zh | typeof en

const STYLE = `
:root{color-scheme:light dark;--ink:#1f2933;--soft:#52606d;--line:#d9e2ec;--paper:#fff;--panel:#f5f7fa;--accent:#0b6e4f}
@media(prefers-color-scheme:dark){:root{--ink:#e4e7eb;--soft:#9aa5b1;--line:#323f4b;--paper:#161b22;--panel:#1f2731;--accent:#4fd1a5}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.7 system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
main{max-width:46rem;margin:0 auto;padding:2rem 1.25rem 4rem}header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem}
h1{font-size:1.75rem;margin:0}h2{font-size:1.125rem;margin:2rem 0 .5rem}a{color:var(--accent)}p{margin:.5rem 0}
pre{background:var(--panel);border:1px solid var(--line);border-radius:.5rem;padding:.875rem 1rem;overflow-x:auto;font:.875rem/1.6 ui-monospace,Consolas,monospace}
table{border-collapse:collapse;width:100%}td{border-bottom:1px solid var(--line);padding:.5rem .75rem .5rem 0;vertical-align:top}td:first-child{width:45%;overflow-wrap:anywhere}
code{font:.875rem ui-monospace,Consolas,monospace}.soft{color:var(--soft)}`

/** The plain page at `/`: what this is and how to call it. `base` is the address that callers use. */
export function landingPage(language: 'zh' | 'en', base: string): string {
  const words: Words = language === 'en' ? en : zh
  const rows = (pairs: Words['parameters'] | Words['answers']) =>
    pairs.map(([name, meaning]) => `<tr><td><code>${escape(name)}</code></td><td>${escape(meaning)}</td></tr>`).join('')
  const sample = `curl -H 'Authorization: APPCODE <${words.yourCode}>' \\\n  '${base}/idcard?xm=%E6%9D%8E%E4%B8%89&sfz=11010519491231002X'`
  return `<!doctype html>
<html lang="${words.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escape(words.title)}</title><style>${STYLE}</style></head>
<body><main><header><h1>${escape(words.title)}</h1><a href="/?lang=${language === 'en' ? 'zh' : 'en'}">${escape(words.other)}</a></header>
<p>${escape(words.lead)}</p>
<h2>${escape(words.howTitle)}</h2><p>${escape(words.how)}</p><pre>${escape(sample)}</pre>
<h2>${escape(words.parametersTitle)}</h2><table>${rows(words.parameters)}</table>
<h2>${escape(words.answersTitle)}</h2><table>${rows(words.answers)}</table>
<p class="soft">${escape(words.promise)}</p></main></body></html>
`
}

/** Nothing on the page runs, and nothing is fetched from anywhere. */
export const LANDING_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
