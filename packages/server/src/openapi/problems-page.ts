import type { HttpProblemText } from '@heyan/contract'

type Catalogue = Readonly<Record<string, HttpProblemText>>

/** The catalogue for people, one anchor a code; `docs/problems.md` is the same in Markdown. */
export function problemsPage(catalogue: Catalogue): string {
  const entries = Object.entries(catalogue)
    .map(
      ([code, { status, title, zh, en }]) =>
        `<section id="${code}"><h2><code>${code}</code> <small>${status}</small></h2><p>${escapeHtml(title)}</p><p lang="zh-CN">${escapeHtml(zh)}</p><p>${escapeHtml(en)}</p></section>`,
    )
    .join('\n')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Problems</title></head><body><main><h1>Problems</h1>
${entries}
</main></body></html>
`
}

export function problemsMarkdown(catalogue: Catalogue): string {
  const entries = Object.entries(catalogue).map(
    ([code, { status, title, zh, en }]) =>
      `<a id="${code}"></a>\n\n## ${code}\n\n**${status}** ${title}\n\n${zh}\n\n${en}\n`,
  )
  return `# Problems

The doors that speak JSON (\`/v1\` and the operator's \`/admin/v1\`) answer what goes wrong with \`application/problem+json\`
(RFC 9457). Decide by \`code\`: it never changes its meaning. \`type\` is \`/problems#CODE\`, a page of the service with the text
below. A problem is always free.

| member | meaning |
|---|---|
| \`type\`, \`title\`, \`status\` | as RFC 9457 has them |
| \`code\` | stable; one of the headings below |
| \`detail\` | for people |
| \`pointer\` | the place in the body, a JSON pointer (RFC 6901) |
| \`callId\` | the call that a repeated request refers to |
| \`stringToSign\` | what the server signed, LF shown as \`#\` |

${entries.join('\n')}`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
