import type { SignedParts } from '@heyan/contract/browser'
import { useId, useState } from 'react'
import { Notice } from '../ui/Notice.js'
import { useWords } from '../words/language.js'
import { type Compared, compareTexts, compareWithEcho } from './compare.js'
import { words } from './words.js'

/** Both StringToSign of a refused request, side by side, with the first difference marked. */
export function Comparison({ parts, echo }: { readonly parts: SignedParts; readonly echo: string }) {
  const text = useWords(words).developer
  const [pasted, setPasted] = useState('')
  const id = useId()
  const compared = pasted.trim() === '' ? compareWithEcho(parts, echo) : compareTexts(pasted, echo)
  return (
    <section className="comparison">
      <h4>{text.comparison}</h4>
      <Notice tone={compared.firstDifference === null ? 'unsure' : 'bad'} isLive>
        {compared.firstDifference === null ? text.same : text.differs(compared.firstDifference + 1)}
      </Notice>
      <div className="developer-two">
        <Side title={pasted.trim() === '' ? text.ours : text.pasteTitle} line={compared.ours} compared={compared} />
        <Side title={text.theirs} line={compared.theirs} compared={compared} />
      </div>
      <p className="small soft">{text.masked}</p>
      <div className="field">
        <label htmlFor={id}>{text.paste}</label>
        <textarea
          id={id}
          rows={3}
          spellCheck={false}
          value={pasted}
          onChange={(event) => setPasted(event.target.value)}
        />
      </div>
    </section>
  )
}

function Side({
  title,
  line,
  compared,
}: {
  readonly title: string
  readonly line: string
  readonly compared: Compared
}) {
  const { end } = useWords(words).developer
  const { firstDifference } = compared
  const [before, marked, after] = firstDifference === null ? [line, '', ''] : splitAt(line, firstDifference)
  return (
    <figure>
      <figcaption className="small soft">{title}</figcaption>
      <pre>
        {before}
        {firstDifference === null ? null : <mark>{marked === '' ? end : marked}</mark>}
        {after}
      </pre>
    </figure>
  )
}

/** The character at a place, whole, and what is around it. */
function splitAt(line: string, place: number): readonly [string, string, string] {
  const character = [...line.slice(place, place + 2)][0] ?? ''
  return [line.slice(0, place), character, line.slice(place + character.length)]
}
