import { useId, useState } from 'react'
import { Button } from '../ui/Button.js'
import { Field } from '../ui/Field.js'
import { useWords } from '../words/language.js'
import { type Batch, isProblem, type Problem, type WorkbenchApi } from './api.js'
import { ProblemNotice } from './ProblemNotice.js'
import { Select } from './Select.js'
import { words } from './words.js'

const BASES = [
  'consent',
  'contract',
  'legal_duty',
  'emergency',
  'public_report',
  'already_public',
  'other_law',
] as const
type Basis = (typeof BASES)[number]

/** A file, what it is for, and on what grounds. */
export function UploadForm({
  api,
  onUploaded,
}: {
  readonly api: WorkbenchApi
  readonly onUploaded: (batch: Batch) => void
}) {
  const text = useWords(words).upload
  const inputId = useId()
  const [file, setFile] = useState<File | null>(null)
  const [purpose, setPurpose] = useState('')
  const [basis, setBasis] = useState<Basis>('consent')
  const [isOver, setOver] = useState(false)
  const [isSending, setSending] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const send = async () => {
    if (file === null) return
    setSending(true)
    const answer = await api.upload(file, purpose.trim(), basis)
    setSending(false)
    if (isProblem(answer)) setProblem(answer)
    else onUploaded(answer)
  }
  return (
    <form
      className="card"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <h2>{text.title}</h2>
      {/* What can be dropped can also be chosen: the label leads to the same file field. */}
      <label
        htmlFor={inputId}
        className={`drop${isOver ? ' drop-over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          setFile(event.dataTransfer.files[0] ?? null)
        }}
      >
        <span>{file === null ? text.drop : text.chosen(file.name)}</span>
        <span className="button button-plain">{text.choose}</span>
        <input
          id={inputId}
          type="file"
          accept=".csv,.txt,.xlsx"
          className="visually-hidden"
          onChange={(event) => setFile(event.target.files?.[0] ?? null)}
        />
      </label>
      <p className="soft">{text.limits}</p>
      <Field
        label={text.purpose}
        value={purpose}
        maxLength={100}
        placeholder={text.purposePlaceholder}
        onChange={setPurpose}
      />
      <Select
        label={text.legalBasis}
        value={basis}
        choices={BASES.map((each) => [each, text.bases[each]] as const)}
        onChange={(chosen) => setBasis(chosen)}
      />
      <ProblemNotice problem={problem} />
      <Button tone="main" type="submit" disabled={isSending || file === null || purpose.trim() === ''}>
        {isSending ? text.sending : text.submit}
      </Button>
    </form>
  )
}
