import { en } from '../words/en.js'
import { zh } from '../words/zh.js'

type Words = typeof zh | typeof en

const STYLE = `
:root{color-scheme:light dark;--ink:#1f2933;--soft:#52606d;--line:#d9e2ec;--paper:#fff;--panel:#f5f7fa;--accent:#0b6e4f}
@media(prefers-color-scheme:dark){:root{--ink:#e4e7eb;--soft:#9aa5b1;--line:#323f4b;--paper:#161b22;--panel:#1f2731;--accent:#4fd1a5}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.7 system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
main{max-width:52rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}header{display:flex;justify-content:space-between;align-items:baseline;gap:1rem}
h1{font-size:1.75rem;line-height:1.3;margin:0}h2{font-size:1.125rem;margin:2.5rem 0 .5rem}a{color:var(--accent)}p{margin:.5rem 0;max-width:44rem}
.lead{font-size:1.125rem}.soft,th{color:var(--soft)}.promise{border-top:1px solid var(--line);margin-top:2.5rem;padding-top:1rem;max-width:none}
pre,code{font-family:ui-monospace,Consolas,Menlo,monospace;font-size:.875rem}
pre{background:var(--panel);border:1px solid var(--line);border-radius:.5rem;padding:.875rem 1rem;margin:.75rem 0;line-height:1.6;white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin-top:.5rem}th{font-weight:400;font-size:.875rem;text-align:left}
td,th{border-bottom:1px solid var(--line);padding:.5rem 1.25rem .5rem 0;vertical-align:baseline}td:last-child,th:last-child{padding-right:0}
.short{width:5.5rem;white-space:nowrap}.endings td:nth-child(2){width:38%}.free{color:var(--accent)}
@media(max-width:40rem){main{padding-top:1.5rem}.endings thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.endings tr{display:grid;grid-template-columns:4.5rem 1fr fit-content(5rem);column-gap:.75rem;padding:.625rem 0;border-bottom:1px solid var(--line)}
.endings td,.endings td:nth-child(2){border:0;padding:0;width:auto}.endings td:nth-child(3){grid-column:2/4;grid-row:2;color:var(--soft)}.endings td:nth-child(4){grid-column:3;grid-row:1;text-align:right}}`

/** The standard's own number under an invented name: what the first start can verify. */
const SAMPLE_QUERY = 'xm=%E6%9D%8E%E4%B8%89&sfz=11010519491231002X'
const SAMPLE_ANSWER =
  '{"ok":1,"msg":"实名信息正确","xm":"李**","sfz":"1101*****2X","match":true,"birthday":"19****31","sex":"女","address":"北京市**区"}'

/** The plain page at `/`: what this is and how to call it. `base` is the address that callers use. */
export function landingPage(language: 'zh' | 'en', base: string): string {
  const words: Words = language === 'en' ? en : zh
  const other = language === 'en' ? 'zh' : 'en'
  const sample = `curl -H 'Authorization: APPCODE <${words.yourCode}>' \\\n  '${base}/idcard?${SAMPLE_QUERY}'`
  return `<!doctype html>
<html lang="${words.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(words.title)}</title><meta name="description" content="${escapeHtml(words.lead)}"><style>${STYLE}</style></head>
<body><main><header><h1>${escapeHtml(words.title)}</h1><a href="/?lang=${other}" hreflang="${other}" lang="${other}">${escapeHtml(words.other)}</a></header>
<p class="lead">${escapeHtml(words.lead)}</p>
<h2>${escapeHtml(words.howTitle)}</h2><p>${escapeHtml(words.how)}</p><pre>${escapeHtml(sample)}</pre>
<p class="soft">${escapeHtml(words.answer)}</p><pre>${escapeHtml(SAMPLE_ANSWER).replaceAll(',', ',<wbr>')}</pre>
<h2>${escapeHtml(words.parametersTitle)}</h2><table>${parameterRows(words)}</table>
<h2>${escapeHtml(words.endingsTitle)}</h2><p>${escapeHtml(words.endingsLead)}</p>
<table class="endings"><thead><tr>${words.columns.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('')}</tr></thead>
<tbody>${endingRows(words)}</tbody></table>
<p class="soft promise">${escapeHtml(words.promise)}</p></main></body></html>
`
}

function parameterRows({ parameters }: Words): string {
  return parameters
    .map(
      ([name, meaning]) =>
        `<tr><td class="short"><code>${escapeHtml(name)}</code></td><td>${escapeHtml(meaning)}</td></tr>`,
    )
    .join('')
}

function endingRows({ endings, charges }: Words): string {
  const rows: readonly (readonly string[])[] = endings
  return rows
    .map(([status = '', text = '', meaning = '', charge = '']) => {
      const cost = charges[charge as keyof typeof charges]
      return `<tr><td class="short"><code>${status}</code></td><td>${escapeHtml(text)}</td><td>${escapeHtml(meaning)}</td><td class="${charge}">${escapeHtml(cost)}</td></tr>`
    })
    .join('\n')
}

/** Nothing on the page runs, and nothing is fetched from anywhere. */
export const LANDING_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
