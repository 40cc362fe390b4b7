import { useCallback, useEffect, useState } from 'react'
import { Button } from '../ui/Button.js'
import { Field } from '../ui/Field.js'
import { Table } from '../ui/Table.js'
import { useWords } from '../words/language.js'
import { type Batch, type BatchRow, isProblem, type Problem, type WorkbenchApi } from './api.js'
import { ProblemNotice } from './ProblemNotice.js'
import { words } from './words.js'

const SHOWN_MAX = 50

/** Rows that did not simply match, each corrected in place and asked again. */
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
  const [rows, setRows] = useState<readonly BatchRow[] | null>(null)
  const [editing, setEditing] = useState<BatchRow | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const load = useCallback(async () => {
    const answer = await api.rows(batch.id, 'attention')
    if (isProblem(answer)) setProblem(answer)
    else setRows(answer)
  }, [api, batch.id])
  useEffect(() => void load(), [load])
  return (
    <section className="card" aria-label={text.title}>
      <h2>{text.title}</h2>
      <ProblemNotice problem={problem} />
      {rows === null ? null : rows.length === 0 ? (
        <p className="soft">{text.none}</p>
      ) : (
        <div className="preview">
          <Table
            caption={text.title}
            columns={[
              { title: text.row, cell: ({ row }) => row, isTight: true },
              { title: text.name, cell: ({ name }) => name, isTight: true },
              { title: text.number, cell: ({ number }) => <code>{number}</code>, isTight: true },
              { title: text.outcome, cell: ({ message }) => message, isTight: true },
              { title: text.advice, cell: ({ advice }) => advice.join(' ') },
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
        </div>
      )}
      {rows !== null && rows.length >= SHOWN_MAX ? <p className="soft">{text.more}</p> : null}
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
            await load()
            onCorrected()
          }}
        />
      )}
    </section>
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
  return (
    <form
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
