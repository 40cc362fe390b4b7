import { useState } from 'react'
import { Button } from '../ui/Button.js'
import { Check } from '../ui/Field.js'
import { Notice } from '../ui/Notice.js'
import { useWords } from '../words/language.js'
import type { Batch, Problem, WorkbenchApi } from './api.js'
import { ProblemNotice } from './ProblemNotice.js'
import { words } from './words.js'

const COLUMNS = ['result', 'note', 'advice', 'sex', 'birthday', 'region', 'charged', 'callId'] as const

/** The sheet with its answers, and the end of it. */
export function Results({
  api,
  batch,
  onGone,
}: {
  readonly api: WorkbenchApi
  readonly batch: Batch
  readonly onGone: () => void
}) {
  const text = useWords(words).results
  const [columns, setColumns] = useState<readonly string[]>(COLUMNS)
  const [isAsked, setAsked] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const download = async (format: 'xlsx' | 'csv') =>
    setProblem(await api.download(batch.id, format, columns, `${text.fileName}.${format}`))
  const destroy = async () => {
    if (!isAsked) return setAsked(true)
    const failed = await api.remove(batch.id)
    if (failed === null) onGone()
    else setProblem(failed)
  }
  return (
    <section className="card" aria-label={text.title}>
      <h2>{text.title}</h2>
      {batch.deletedAt === null ? (
        <>
          <p className="soft">{text.lead}</p>
          <div className="columns">
            {COLUMNS.map((column) => (
              <Check
                key={column}
                label={text.columns[column]}
                isChecked={columns.includes(column)}
                onChange={(isWanted) =>
                  setColumns(COLUMNS.filter((each) => (each === column ? isWanted : columns.includes(each))))
                }
              />
            ))}
          </div>
          <ProblemNotice problem={problem} />
          <div className="actions">
            <Button tone="main" disabled={columns.length === 0} onClick={() => void download('xlsx')}>
              {text.xlsx}
            </Button>
            <Button disabled={columns.length === 0} onClick={() => void download('csv')}>
              {text.csv}
            </Button>
            <Button tone="quiet" onClick={() => void destroy()}>
              {isAsked ? text.confirmDestroy : text.destroy}
            </Button>
          </div>
          <p className="soft">{text.expires(new Date(batch.expiresAt).toLocaleString())}</p>
        </>
      ) : (
        <Notice isLive>{text.gone}</Notice>
      )}
    </section>
  )
}
