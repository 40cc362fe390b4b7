import { useState } from 'react'
import { Check } from '../ui/Field.js'
import { Notice } from '../ui/Notice.js'
import { useWords } from '../words/language.js'
import type { Outcome } from './AnswerCard.js'
import { CodeSamples } from './CodeSamples.js'
import { Comparison } from './Comparison.js'
import type { Draft } from './draft.js'
import { RequestView } from './RequestView.js'
import { ResponseView } from './ResponseView.js'
import { echoedStringToSign, readAnswer } from './read-answer.js'
import { SigningView } from './SigningView.js'
import { words } from './words.js'

interface DeveloperToolsProps {
  readonly draft: Draft
  /** Where callers call. */
  readonly address: string
  readonly outcome: Outcome | null
}

/** 开发者模式: the call as it went over the wire, and code that makes it. */
export default function DeveloperTools({ draft, address, outcome }: DeveloperToolsProps) {
  const text = useWords(words).developer
  const [isShown, setShown] = useState(false)
  const sent = outcome?.sent
  const reading = sent?.kind === 'answer' ? readAnswer(sent) : null
  const echo = reading?.kind === 'refusal' ? echoedStringToSign(reading.message) : null
  const isSigned = outcome?.request.headers.some(([name]) => name === 'X-Ca-Signature') ?? false
  return (
    <div className="card developer">
      {outcome === null ? (
        <Notice>{text.noRequest}</Notice>
      ) : (
        <>
          {isSigned ? null : <Check label={text.showSecrets} isChecked={isShown} onChange={setShown} />}
          <div className="developer-two">
            <RequestView request={outcome.request} address={address} isShown={isShown} />
            {sent?.kind === 'answer' ? <ResponseView answer={sent} /> : null}
          </div>
          {isSigned ? <SigningView parts={outcome.request.parts} /> : null}
          {echo === null ? null : <Comparison parts={outcome.request.parts} echo={echo} />}
        </>
      )}
      <CodeSamples draft={draft} address={address} />
    </div>
  )
}
