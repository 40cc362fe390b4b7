import { useEffect, useState } from 'react'
import { Button } from '../ui/Button.js'
import { Notice } from '../ui/Notice.js'
import { useWords } from '../words/language.js'
import { type Batch, isProblem, isStill, type Outcome, type Problem, type WorkbenchApi } from './api.js'
import { ProblemNotice } from './ProblemNotice.js'
import { words } from './words.js'

const OUTCOMES: readonly Outcome[] = ['match', 'mismatch', 'no_record', 'problem', 'unverified']
const RECONNECT_MS = 1_000

/** How far a batch is, as it happens, and what can be done about it. */
export function Progress({
  api,
  batch,
  onChange,
}: {
  readonly api: WorkbenchApi
  readonly batch: Batch
  readonly onChange: (batch: Batch) => void
}) {
  const text = useWords(words).progress
  const [problem, setProblem] = useState<Problem | null>(null)
  const { id, status, done, rows, rowsPerSecond, secondsLeft } = batch
  const isRunning = !isStill(batch)

  useEffect(() => {
    if (!isRunning) return undefined
    const leaving = new AbortController()
    const follow = async () => {
      while (!leaving.signal.aborted) {
        await api.watch(id, onChange, leaving.signal)
        if (leaving.signal.aborted) return
        // A stream that was cut off, by a restart or a proxy, is taken up again.
        const now = await api.read(id)
        if (!isProblem(now)) {
          onChange(now)
          if (isStill(now)) return
        }
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS))
      }
    }
    void follow()
    return () => leaving.abort()
  }, [api, id, isRunning, onChange])

  const act = async (action: 'pause' | 'resume' | 'cancel') => {
    const answer = await api.act(id, action)
    if (isProblem(answer)) return setProblem(answer)
    setProblem(null)
    onChange(answer)
  }
  return (
    <section className="card" aria-label={text.title}>
      <h2>
        {text.title} <span className="soft status">{text.statuses[status]}</span>
      </h2>
      <progress className="bar" value={done} max={Math.max(1, rows)} aria-label={text.title} />
      <p>
        {text.done(done, rows)}
        {isRunning && rowsPerSecond !== null ? ` · ${text.rate(rowsPerSecond)}` : ''}
        {isRunning && secondsLeft !== null ? ` · ${text.left(secondsLeft)}` : ''}
        {` · ${text.charged(batch.charged)}`}
      </p>
      {status === 'out_of_quota' ? (
        <Notice tone="unsure" isLive>
          {text.outOfQuota}
        </Notice>
      ) : null}
      {status === 'running' && batch.reason === 'source_unavailable' ? (
        <Notice tone="unsure" isLive>
          {text.waiting}
        </Notice>
      ) : null}
      <OutcomeChart batch={batch} />
      <ProblemNotice problem={problem} />
      <div className="actions">
        {isRunning ? <Button onClick={() => void act('pause')}>{text.pause}</Button> : null}
        {status === 'paused' || status === 'out_of_quota' ? (
          <Button tone="main" onClick={() => void act('resume')}>
            {text.resume}
          </Button>
        ) : null}
        {isRunning || status === 'paused' || status === 'out_of_quota' ? (
          <Button tone="quiet" onClick={() => void act('cancel')}>
            {text.cancel}
          </Button>
        ) : null}
      </div>
    </section>
  )
}

/** Bars that are also a list: who cannot see them hears the same. */
function OutcomeChart({ batch: { counts, rows } }: { readonly batch: Batch }) {
  const text = useWords(words).progress
  return (
    <ul className="outcomes" aria-label={text.chart}>
      {OUTCOMES.map((outcome) => (
        <li key={outcome}>
          <span>{text.outcomes[outcome]}</span>
          <progress
            className={`outcome-${outcome}`}
            value={counts[outcome]}
            max={Math.max(1, rows)}
            aria-hidden="true"
          />
          <strong>{counts[outcome].toLocaleString()}</strong>
        </li>
      ))}
    </ul>
  )
}
