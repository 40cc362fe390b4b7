import { useEffect, useState } from 'react'
import { useLanguage, useWords } from '../words/language.js'
import type { NameHint, NumberHint } from './hints.js'
import { words } from './words.js'

type Hints = typeof import('./hints.js')
let loading: Promise<Hints> | null = null

/** The table of divisions is large: it comes when something was written. */
function useHints(isWanted: boolean): Hints | null {
  const [hints, setHints] = useState<Hints | null>(null)
  useEffect(() => {
    if (!isWanted) return
    loading ??= import('./hints.js')
    loading.then(setHints, () => {
      // Without hints the form works all the same.
      loading = null
    })
  }, [isWanted])
  return hints
}

export function NumberHintLine({ number }: { readonly number: string }) {
  const hints = useHints(number !== '')
  const hint = hints?.hintOfNumber(number, Date.now()) ?? null
  return hint === null ? null : <NumberHintText hint={hint} />
}

function NumberHintText({ hint }: { readonly hint: NumberHint }) {
  const text = useWords(words).hint
  const { language } = useLanguage()
  if (hint.kind === 'advice') return <span className="unsure">{hint.advice[language].join(' ')}</span>
  const { of, birthday, age, sex, region, warnings } = hint
  const parts = [text.kinds[of], birthday, text.age(age), text.sexes[sex], region].filter((part) => part !== '')
  return (
    <>
      <span className="good">✓ {parts.join(' · ')}</span>
      {warnings.map((warning) => (
        <span key={warning} className="unsure">
          {' '}
          {text.numberWarnings[warning]}
        </span>
      ))}
    </>
  )
}

export function NameHintLine({ name, number }: { readonly name: string; readonly number: string }) {
  const hints = useHints(name !== '')
  const hint = hints?.hintOfName(name, number) ?? null
  return hint === null ? null : <NameHintText hint={hint} />
}

function NameHintText({ hint }: { readonly hint: NameHint }) {
  const text = useWords(words).hint
  const { language } = useLanguage()
  const lines =
    hint.kind === 'advice' ? hint.advice[language] : hint.warnings.map((warning) => text.nameWarnings[warning])
  return <span className="unsure">{lines.join(' ')}</span>
}
