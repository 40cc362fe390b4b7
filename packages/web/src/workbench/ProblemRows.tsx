import { useCallback, useEffect, useRef, useState } from 'react'
import { Button } from '../ui/Button.js'
import { Field } from '../ui/Field.js'
import { Table } from '../ui/Table.js'
import { useWords } from '../words/language.js'
import {
  type Batch,
  type BatchRow,
  isProblem,
  type Problem,
  ROWS_SHOWN,
  type RowPage,
  type WorkbenchApi,
} from './api.js'
import { ProblemNotice } from './ProblemNotice.js'
import { words } from './words.js'

const FIRST_PAGE: readonly number[] = [0]

/** Rows that did not simply match, a page at a time, each corrected in place and asked again. */
export function ProblemRows({
  api,
  batch,
  onCorrected,
}: {
  readonly api: WorkbenchApi
  readonly batch: Batch
  readonly onCorrected: () => void
}) {
  const text = useWords(words).rows
  /** `starts`: the row behind which each page begins, up to the one that is shown. */
  const [shown, setShown] = useState<(RowPage & { readonly starts: readonly number[] }) | null>(null)
  const [isLoading, setLoading] = useState(false)
  const [editing, setEditing] = useState<BatchRow | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const show = useCallback(
    async (starts: readonly number[]): Promise<void> => {
      setLoading(true)
      const answer = await api.rows(batch.id, 'attention', starts.at(-1) ?? 0)
      setLoading(false)
      if (isProblem(answer)) return setProblem(answer)
      // The last row of the last page was corrected.
      if (answer.rows.length === 0 && starts.length > 1) return show(starts.slice(0, -1))
      setProblem(null)
      setShown({ ...answer, starts })
    },
    [api, batch.id],
  )
  useEffect(() => void show(FIRST_PAGE), [show])
  const { rows, next, starts } = shown ?? { rows: null, next: null, starts: FIRST_PAGE }
  const turnTo = (wanted: readonly number[]) => {
    setEditing(null)
    heading.current?.focus()
    void show(wanted)
  }
  const { mismatch, no_record, problem: wrong } = batch.counts
  const pages = Math.max(starts.length, Math.ceil((mismatch + no_record + wrong) / ROWS_SHOWN))
  return (
    <section className="card" aria-label={text.title}>
      <h2 ref={heading} tabIndex={-1}>
        {text.title}
      </h2>
      <ProblemNotice problem={problem} />
      {rows === null ? null : rows.length === 0 ? (
        <p className="soft">{text.none}</p>
      ) : (
        <Table
          caption={text.title}
          columns={[
            { title: text.row, cell: ({ row }) => row, isTight: true },
            { title: text.name, cell: ({ name }) => name, isTight: true },
            { title: text.number, cell: ({ number }) => <code>{number}</code>, isTight: true },
            { title: text.outcome, cell: ({ message }) => message, isTight: true },
            { title: text.advice, cell: ({ advice }) => <Advice lines={advice} /> },
            {
              title: text.correct,
              cell: (row) => (
                <Button isSmall onClick={() => setEditing(row)}>
                  {text.correct}
                  <span className="visually-hidden"> {row.row}</span>
                </Button>
              ),
            },
          ]}
          rows={rows}
          keyOf={({ row }) => String(row)}
        />
      )}
      {rows === null || pages === 1 ? null : (
        <nav className="actions pages" aria-label={text.pages}>
          <Button isSmall disabled={isLoading || starts.length === 1} onClick={() => turnTo(starts.slice(0, -1))}>
            {text.previous}
          </Button>
          <span className="soft" aria-live="polite">
            {text.page(starts.length, pages)}
          </span>
          <Button
            isSmall
            disabled={isLoading || next === null}
            onClick={() => next !== null && turnTo([...starts, next])}
          >
            {text.next}
          </Button>
        </nav>
      )}
      {editing === null ? null : (
        <Correction
          key={editing.row}
          row={editing}
          onStop={() => setEditing(null)}
          onSend={async (subject) => {
            const answer = await api.correct(batch.id, editing.row, subject)
            if (isProblem(answer)) return setProblem(answer)
            setProblem(null)
            setEditing(null)
            await show(starts)
            onCorrected()
          }}
        />
      )}
    </section>
  )
}

/** Many rows have the same; it opens for whoever wants to read it. */
function Advice({ lines }: { readonly lines: readonly string[] }) {
  const text = useWords(words).rows
  if (lines.length === 0) return null
  return (
    <details>
      <summary>{text.lines(lines.length)}</summary>
      <ul className="advice">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </details>
  )
}

function Correction({
  row,
  onSend,
  onStop,
}: {
  readonly row: BatchRow
  readonly onSend: (subject: { name: string; number: string }) => Promise<void>
  readonly onStop: () => void
}) {
  const text = useWords(words).rows
  const [name, setName] = useState(row.name)
  const [number, setNumber] = useState(row.number)
  const [isSending, setSending] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  // It stands below the rows: whoever asked for it shall find it.
  useEffect(() => form.current?.querySelector('input')?.focus(), [])
  return (
    <form
      ref={form}
      className="correction"
      onSubmit={(event) => {
        event.preventDefault()
        setSending(true)
        void onSend({ name: name.trim(), number: number.trim() }).finally(() => setSending(false))
      }}
    >
      <h3>
        {text.correct} · {text.row} {row.row}
      </h3>
      <Field label={text.name} value={name} autoComplete="off" onChange={setName} />
      <Field label={text.number} value={number} autoComplete="off" spellCheck={false} onChange={setNumber} />
      <div className="actions">
        <Button tone="main" type="submit" disabled={isSending}>
          {text.again}
        </Button>
        <Button tone="quiet" onClick={onStop}>
          {text.stop}
        </Button>
      </div>
    </form>
  )
}
