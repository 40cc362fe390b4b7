import { useEffect, useState } from 'react'
import { Button } from '../ui/Button.js'
import { Table } from '../ui/Table.js'
import { useWords } from '../words/language.js'
import { type Batch, HISTORY_SHOWN, isProblem, type WorkbenchApi } from './api.js'
import { words } from './words.js'

/** What was done lately: numbers, and nothing of anybody. */
export function History({ api, onOpen }: { readonly api: WorkbenchApi; readonly onOpen: (batch: Batch) => void }) {
  const text = useWords(words)
  const { history } = text
  const [batches, setBatches] = useState<readonly Batch[]>([])
  const [hasMore, setHasMore] = useState(false)
  useEffect(() => {
    let isCurrent = true
    void api.history().then((answer) => {
      if (!isCurrent || isProblem(answer)) return
      setBatches(answer)
      setHasMore(answer.length === HISTORY_SHOWN)
    })
    return () => {
      isCurrent = false
    }
  }, [api])
  const more = async () => {
    setHasMore(false)
    const answer = await api.history(batches.at(-1)?.id)
    if (isProblem(answer)) return setHasMore(true)
    setBatches((before) => [...before, ...answer])
    setHasMore(answer.length === HISTORY_SHOWN)
  }
  return (
    <section className="card" aria-label={history.title}>
      <h2>{history.title}</h2>
      <p className="soft">{batches.length === 0 ? history.empty : history.lead}</p>
      {batches.length === 0 ? null : (
        <Table
          caption={history.title}
          columns={[
            { title: history.when, cell: ({ createdAt }) => new Date(createdAt).toLocaleString(), isTight: true },
            { title: history.purpose, cell: ({ purpose }) => purpose },
            {
              title: history.status,
              cell: ({ status, deletedAt }) =>
                deletedAt === null
                  ? text.progress.statuses[status]
                  : `${text.progress.statuses[status]} · ${history.gone}`,
              isTight: true,
            },
            { title: history.rows, cell: ({ rows }) => rows.toLocaleString(), isTight: true },
            { title: history.charged, cell: ({ charged }) => charged.toLocaleString(), isTight: true },
            {
              title: history.open,
              cell: (batch) => (
                <Button isSmall onClick={() => onOpen(batch)}>
                  {history.open}
                </Button>
              ),
            },
          ]}
          rows={batches}
          keyOf={({ id }) => id}
        />
      )}
      {hasMore ? (
        <div className="actions pages">
          <Button isSmall onClick={() => void more()}>
            {history.more}
          </Button>
        </div>
      ) : null}
    </section>
  )
}
