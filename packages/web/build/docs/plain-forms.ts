import type { DocGroup, Sample } from '../../src/docs/shapes.ts'

interface SampleFile extends Pick<Sample, 'label' | 'credential' | 'file'> {
  readonly highlight: string
  readonly code: string
}

/** A page for those who read no HTML: the samples written out, links to files beside it, the notes for the check taken out. */
export function withSamples(markdown: string, samples: readonly SampleFile[]): string {
  const written = (credential: Sample['credential']) =>
    samples
      .filter((sample) => sample.credential === credential)
      .map(({ label, highlight, code }) => `### ${label}\n\n\`\`\`${highlight}\n${code.trimEnd()}\n\`\`\``)
      .join('\n\n')
  return markdown
    .replace(/^<!--.*-->\n/gm, '')
    .replace('{{samples-app-code}}', () => written('appCode'))
    .replace('{{samples-signature}}', () => written('signature'))
}

/** By the form of https://llmstxt.org: what this is, and where each page is as Markdown. */
export function llmsText(zh: readonly DocGroup[], en: readonly DocGroup[]): string {
  const list = (groups: readonly DocGroup[], language: string) =>
    groups
      .map(
        ({ title, pages }) =>
          `## ${title}\n\n${pages.map(({ slug, title, lead }) => `- [${title}](/docs/${language}/${slug}.md): ${lead}`).join('\n')}`,
      )
      .join('\n\n')
  return `# Heyan 核验

> Identity two-element verification: does an authoritative record have this real name and this 18-digit resident identity number
> together? Two doors speak as Chinese marketplaces do (\`/idcard\`, \`/open/idcard\`: a problem is HTTP 666), one speaks JSON with
> standard statuses (\`/v1\`). A verification ends in a verdict, which is charged, or in a problem, which is free.

- [OpenAPI 3.1 of all doors](/openapi.json)
- [Problems of the JSON doors](/problems)

${list(en, 'en')}

# 中文

${list(zh, 'zh')}
`
}
