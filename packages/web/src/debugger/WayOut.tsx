import { ADVICE_TEXTS } from '@heyan/contract/browser'
import { ADVICE } from '@heyan/core'
import { Notice } from '../ui/Notice.js'
import { useLanguage, useWords } from '../words/language.js'
import type { Reading } from './read-answer.js'
import { words } from './words.js'

/** 解决方式: what to do after anything but a match. */
export function WayOut({ reading }: { readonly reading: Reading }) {
  const text = useWords(words)
  const { language } = useLanguage()
  const lines = linesOf()
  if (lines.length === 0) return null
  return (
    <Notice tone="unsure">
      <strong>{text.answer.wayOut}</strong>
      <ul className="way-out">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </Notice>
  )

  function linesOf(): readonly string[] {
    if (reading.kind === 'unknown') return []
    if (reading.kind === 'refusal') {
      const { refusals } = text
      const { code } = reading
      return [code !== null && code in refusals ? refusals[code as keyof typeof refusals] : text.refusalUnknown]
    }
    const code = reading.kind === 'verdict' ? reading.verdict : reading.problem
    if (code === null || code === 'match') return []
    // The table's own sentence is Chinese; what a person can do is in either language.
    const exact = language === 'zh' ? ADVICE_TEXTS[code] : undefined
    return [...(exact === undefined ? [] : [exact]), ...ADVICE[code][language]]
  }
}
