import { useEffect, useState } from 'react'
import { Button } from '../ui/Button.js'
import { Table } from '../ui/Table.js'
import { useWords } from '../words/language.js'
import { type Batch, isProblem, type WorkbenchApi } from './api.js'
import { words } from './words.js'

/** What was done lately: numbers, and nothing of anybody. */
export function History({ api, onOpen }: { readonly api: WorkbenchApi; readonly onOpen: (batch: Batch) => void }) {
  const text = useWords(words)
  const { history } = text
  const [batches, setBatches] = useState<readonly Batch[]>([])
  useEffect(() => {
    let isCurrent = true
    void api.history().then((answer) => {
      if (isCurrent && !isProblem(answer)) setBatches(answer)
    })
    return () => {
      isCurrent = false
    }
  }, [api])
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
            { title: history.status, cell: ({ status }) => text.progress.statuses[status], isTight: true },
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
    </section>
  )
}
