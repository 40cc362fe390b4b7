import { useState } from 'react'
import { NameHintLine, NumberHintLine } from '../debugger/HintLines.js'
import { Button } from '../ui/Button.js'
import { Field } from '../ui/Field.js'
import { Notice, type Tone } from '../ui/Notice.js'
import { useWords } from '../words/language.js'
import { isProblem, type Problem, type Verification, type WorkbenchApi } from './api.js'
import { ProblemNotice } from './ProblemNotice.js'
import { words } from './words.js'

const TONES: Readonly<Record<Verification['verdict'], Tone>> = { match: 'good', mismatch: 'bad', no_record: 'unsure' }

/** One person, in plain words, with a result to print. */
export function SingleCheck({ api }: { readonly api: WorkbenchApi }) {
  const text = useWords(words).single
  const [name, setName] = useState('')
  const [number, setNumber] = useState('')
  const [isSending, setSending] = useState(false)
  const [answer, setAnswer] = useState<Verification | Problem | null>(null)
  const send = async () => {
    setSending(true)
    setAnswer(await api.verify(name.trim(), number.trim()))
    setSending(false)
  }
  return (
    <div className="workbench-single">
      <form
        className="card no-print"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <Field
          label={text.name}
          value={name}
          autoComplete="off"
          onChange={setName}
          hint={<NameHintLine name={name} number={number} />}
        />
        <Field
          label={text.number}
          value={number}
          autoComplete="off"
          spellCheck={false}
          onChange={setNumber}
          hint={<NumberHintLine number={number} />}
        />
        <Button tone="main" type="submit" disabled={isSending || name.trim() === '' || number.trim() === ''}>
          {isSending ? text.sending : text.submit}
        </Button>
      </form>
      {answer === null ? null : isProblem(answer) ? (
        <ProblemNotice problem={answer} />
      ) : (
        <VerificationCard
          verification={answer}
          onNext={() => {
            setAnswer(null)
            setName('')
            setNumber('')
          }}
        />
      )}
    </div>
  )
}

function VerificationCard({
  verification,
  onNext,
}: {
  readonly verification: Verification
  readonly onNext: () => void
}) {
  const text = useWords(words).single
  const { verdict, charged, subject, advice, id, createdAt } = verification
  const region = subject?.region
  const facts: readonly (readonly [string, string | undefined])[] = [
    [text.name, subject?.name],
    [text.number, subject?.number],
    [text.sex, subject?.sex === undefined ? undefined : text.sexes[subject.sex]],
    [text.birthday, subject?.birthday],
    [
      text.region,
      region === undefined ? undefined : `${region.province}${region.prefecture ?? ''}${region.county ?? ''}`,
    ],
    [text.at, new Date(createdAt).toLocaleString()],
    [text.callId, id],
  ]
  return (
    <section className="card" aria-label={text.verdicts[verdict]}>
      <Notice tone={TONES[verdict]} isLive>
        <strong className="verdict">{text.verdicts[verdict]}</strong> {text.said[verdict]}
      </Notice>
      {advice?.map((line) => (
        <p key={line}>{line}</p>
      ))}
      <dl className="person-facts">
        {facts.map(([label, value]) =>
          value === undefined ? null : (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      <p className="soft">{charged ? text.charged : text.free}</p>
      <div className="actions no-print">
        <Button onClick={() => window.print()}>{text.print}</Button>
        <Button tone="quiet" onClick={onNext}>
          {text.next}
        </Button>
      </div>
    </section>
  )
}
