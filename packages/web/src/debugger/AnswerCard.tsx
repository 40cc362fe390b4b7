import { useState } from 'react'
import { Button } from '../ui/Button.js'
import { CopyButton } from '../ui/CopyButton.js'
import { Json } from '../ui/Json.js'
import { Notice, Tag, type Tone } from '../ui/Notice.js'
import { useWords } from '../words/language.js'
import { FieldTable } from './FieldTable.js'
import { type Fields, isCharged, type Reading, readAnswer } from './read-answer.js'
import type { Request } from './request.js'
import type { Answer, Sent } from './send.js'
import { WayOut } from './WayOut.js'
import { words } from './words.js'

/** One call and how it ended. */
export interface Outcome {
  readonly request: Request
  readonly sent: Sent | { readonly kind: 'unsignable' }
}

export function AnswerCard({ outcome, isSending }: { readonly outcome: Outcome | null; readonly isSending: boolean }) {
  const text = useWords(words)
  return (
    <section className="card answer-card" aria-labelledby="answer-title" aria-busy={isSending}>
      <h3 id="answer-title">{text.answer.title}</h3>
      <div aria-live="polite">
        {isSending ? (
          <p className="answer-empty">{text.sending}</p>
        ) : outcome === null ? (
          <p className="answer-empty">{text.answer.empty}</p>
        ) : outcome.sent.kind === 'answer' ? (
          <AnswerView answer={outcome.sent} />
        ) : (
          <Notice tone="bad">{text.failures[outcome.sent.kind]}</Notice>
        )}
      </div>
    </section>
  )
}

const TONES = { match: 'good', mismatch: 'bad', no_record: 'unsure' } as const

function AnswerView({ answer }: { readonly answer: Answer }) {
  const { answer: text } = useWords(words)
  const reading = readAnswer(answer)
  const tone: Tone = reading.kind === 'verdict' ? TONES[reading.verdict] : 'unsure'
  return (
    <>
      <p className="answer-line">
        <Tag tone={tone}>{answer.status}</Tag>
        <Tag tone={isCharged(answer) ? 'plain' : 'good'}>{isCharged(answer) ? text.charged : text.free}</Tag>
        <span className="small soft">{text.took(String(Math.round(answer.totalMs)))}</span>
      </p>
      <p className={`answer-verdict notice-${tone}`}>
        {reading.kind === 'verdict' ? text.verdicts[reading.verdict] : text.failed}
      </p>
      <Body answer={answer} reading={reading} />
      <WayOut reading={reading} />
    </>
  )
}

function Body({ answer, reading }: { readonly answer: Answer; readonly reading: Reading }) {
  const { answer: text } = useWords(words)
  if (reading.kind === 'refusal')
    return (
      <>
        <pre className="answer-header">X-Ca-Error-Message: {reading.message}</pre>
        {answer.body === '' ? <p className="small soft">{text.emptyBody}</p> : <pre>{answer.body}</pre>}
      </>
    )
  if (reading.kind === 'unknown')
    return (
      <>
        <Notice tone="bad">{text.unknown}</Notice>
        <pre className="answer-raw">{answer.body}</pre>
      </>
    )
  return <Explained key={answer.body} body={answer.body} fields={reading.fields} />
}

function Explained({ body, fields }: { readonly body: string; readonly fields: Fields }) {
  const { answer: text } = useWords(words)
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Json value={fields} />
      <p className="answer-actions">
        <CopyButton text={body} what={text.title} />
        <Button isSmall aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {text.explain}
        </Button>
      </p>
      {isOpen ? <FieldTable fields={fields} onClose={() => setOpen(false)} /> : null}
    </>
  )
}
