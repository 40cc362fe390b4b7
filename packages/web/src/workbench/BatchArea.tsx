import { useCallback, useState } from 'react'
import { Button } from '../ui/Button.js'
import { useWords } from '../words/language.js'
import { type Batch, isProblem, isStill, type WorkbenchApi } from './api.js'
import { History } from './History.js'
import { Preview } from './Preview.js'
import { ProblemRows } from './ProblemRows.js'
import { Progress } from './Progress.js'
import { Results } from './Results.js'
import { UploadForm } from './UploadForm.js'
import { words } from './words.js'

/** One list at a time: uploaded, confirmed, watched, looked at, taken home, gone. */
export function BatchArea({ api }: { readonly api: WorkbenchApi }) {
  const text = useWords(words).results
  const [batch, setBatch] = useState<Batch | null>(null)
  const update = useCallback((next: Batch) => setBatch((before) => ({ ...before, ...next })), [])
  const reread = async () => {
    if (batch === null) return
    const now = await api.read(batch.id)
    if (!isProblem(now)) update(now)
  }
  const close = () => setBatch(null)
  if (batch === null)
    return (
      <div className="workbench-batch">
        <UploadForm api={api} onUploaded={setBatch} />
        <History api={api} onOpen={(opened) => void reopen(api, opened).then(setBatch)} />
      </div>
    )
  const isGone = batch.deletedAt !== null
  return (
    <div className="workbench-batch">
      {batch.status === 'uploaded' ? (
        <Preview api={api} batch={batch} onChange={update} onGone={close} />
      ) : (
        <>
          <Progress api={api} batch={batch} onChange={update} />
          {isStill(batch) && !isGone ? (
            <ProblemRows key={batch.done} api={api} batch={batch} onCorrected={() => void reread()} />
          ) : null}
          {isStill(batch) ? <Results api={api} batch={batch} onGone={() => void reread()} /> : null}
        </>
      )}
      {isStill(batch) ? (
        <Button tone="quiet" onClick={close}>
          {text.another}
        </Button>
      ) : null}
    </div>
  )
}

/** What was uploaded and not begun is looked into again; the list of batches has numbers only. */
async function reopen(api: WorkbenchApi, batch: Batch): Promise<Batch> {
  if (batch.status !== 'uploaded' || batch.deletedAt !== null) return batch
  const looked = await api.inspect(batch.id, {})
  return isProblem(looked) ? batch : looked
}
