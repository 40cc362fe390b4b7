import { useState } from 'react'
import { Button } from '../ui/Button.js'
import { Check } from '../ui/Field.js'
import { Notice } from '../ui/Notice.js'
import { Table } from '../ui/Table.js'
import { useWords } from '../words/language.js'
import { type Batch, isProblem, type Mapping, type Problem, type WorkbenchApi } from './api.js'
import { ProblemNotice } from './ProblemNotice.js'
import { Select } from './Select.js'
import { words } from './words.js'

const NONE = ''

/** The sheet as it was understood, corrected over its first rows, and what it will cost at most. */
export function Preview({
  api,
  batch,
  onChange,
  onGone,
}: {
  readonly api: WorkbenchApi
  readonly batch: Batch
  readonly onChange: (batch: Batch) => void
  readonly onGone: () => void
}) {
  const text = useWords(words).preview
  const [dedupe, setDedupe] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [isBusy, setBusy] = useState(false)
  const { inspection, estimate } = batch
  if (inspection === undefined) return null
  const take = async (answer: Promise<Batch | Problem>) => {
    setBusy(true)
    const result = await answer
    setBusy(false)
    if (isProblem(result)) return setProblem(result)
    setProblem(null)
    onChange(result)
  }
  const mapping: Mapping = {
    ...(inspection.sheet === null ? {} : { sheet: inspection.sheet }),
    headerRow: inspection.headerRow,
    ...(inspection.nameColumn === null ? {} : { nameColumn: inspection.nameColumn }),
    ...(inspection.numberColumn === null ? {} : { numberColumn: inspection.numberColumn }),
  }
  const columns = inspection.columns.map(({ index, title }) => [String(index), title || `#${index + 1}`] as const)
  const choose = (which: 'nameColumn' | 'numberColumn') => (value: string) =>
    value === NONE ? undefined : void take(api.inspect(batch.id, { ...mapping, [which]: Number(value) }))
  const wrong = Object.values(estimate?.problems ?? {}).reduce((sum, count) => sum + count, 0)
  const calls = estimate == null ? 0 : dedupe ? estimate.callsDeduplicated : estimate.calls
  return (
    <section className="card" aria-label={text.title}>
      <h2>{text.title}</h2>
      <div className="mapping">
        {inspection.sheets.length > 1 ? (
          <Select
            label={text.sheet}
            value={inspection.sheet ?? ''}
            choices={inspection.sheets.map((sheet) => [sheet, sheet] as const)}
            onChange={(sheet) => void take(api.inspect(batch.id, { sheet }))}
          />
        ) : null}
        <Select
          label={text.name}
          value={inspection.nameColumn === null ? NONE : String(inspection.nameColumn)}
          choices={[[NONE, text.none], ...columns]}
          onChange={choose('nameColumn')}
        />
        <Select
          label={text.number}
          value={inspection.numberColumn === null ? NONE : String(inspection.numberColumn)}
          choices={[[NONE, text.none], ...columns]}
          onChange={choose('numberColumn')}
        />
      </div>
      <p className="soft">{text.rows(inspection.rows)}</p>
      {inspection.damagedRows > 0 ? <Notice tone="bad">{text.damaged(inspection.damagedRows)}</Notice> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached with the keyboard. */}
      <section className="preview" tabIndex={0} aria-label={text.table}>
        <Table
          caption={text.table}
          columns={[
            { title: text.row, cell: ({ row }) => row, isTight: true },
            ...inspection.columns.map(({ index, title }) => ({
              title: title || `#${index + 1}`,
              cell: (row: (typeof inspection.preview)[number]) => (
                <span className={row.damaged.includes(index) ? 'bad' : undefined}>{row.cells[index] ?? ''}</span>
              ),
            })),
          ]}
          rows={inspection.preview}
          keyOf={({ row }) => String(row)}
        />
      </section>
      {estimate == null ? null : (
        <>
          {estimate.duplicates > 0 ? (
            <Check label={text.dedupe(estimate.duplicates)} isChecked={dedupe} onChange={setDedupe} />
          ) : null}
          {wrong > 0 ? <p className="soft">{text.problems(wrong)}</p> : null}
          <p className="cost">
            <strong>{text.cost(calls)}</strong>
            {estimate.remaining === null ? null : <span className="soft"> · {text.remaining(estimate.remaining)}</span>}
          </p>
          {estimate.remaining !== null && estimate.remaining < calls ? (
            <Notice tone="unsure">{text.notEnough}</Notice>
          ) : null}
          {batch.masked ? <p className="soft">{text.masked}</p> : null}
        </>
      )}
      <ProblemNotice problem={problem} />
      <div className="actions">
        <Button
          tone="main"
          disabled={isBusy || estimate == null}
          onClick={() => void take(api.start(batch.id, { ...mapping, dedupe }))}
        >
          {text.start}
        </Button>
        <Button
          tone="quiet"
          onClick={() => void api.remove(batch.id).then((failed) => (failed === null ? onGone() : setProblem(failed)))}
        >
          {text.discard}
        </Button>
      </div>
    </section>
  )
}
