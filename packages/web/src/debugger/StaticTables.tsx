import { ADVICE_TEXTS, ANSWER_FIELDS, PROBLEM_STATUS, PROBLEM_TEXTS, VERDICT_TEXTS } from '@heyan/contract/browser'
import { ADVICE } from '@heyan/core'
import { Table } from '../ui/Table.js'
import { useLanguage, useWords } from '../words/language.js'
import { words } from './words.js'

const { caller_blocked: blocked, source_unavailable: unavailable, ...input } = PROBLEM_TEXTS
const { match: _, ...verdicts } = VERDICT_TEXTS
/** In the contract's order. */
const FAILURES = [
  ...Object.entries(input).map(([code, message]) => ({ code, message, status: PROBLEM_STATUS })),
  ...Object.entries(verdicts).map(([code, message]) => ({ code, message, status: 200 })),
  { code: 'caller_blocked', message: blocked, status: PROBLEM_STATUS },
  { code: 'source_unavailable', message: unavailable, status: PROBLEM_STATUS },
] as readonly { readonly code: keyof typeof ADVICE; readonly message: string; readonly status: number }[]

/** What an answer may hold, whatever the last one held. */
export function StaticTables() {
  const text = useWords(words)
  const { language } = useLanguage()
  const { columns } = text.fields
  const failure = text.tables.columns
  const adviceOf = (code: keyof typeof ADVICE) =>
    (language === 'zh' ? ADVICE_TEXTS[code] : undefined) ?? ADVICE[code][language][0] ?? ''
  return (
    <div className="debugger-wide debugger-tables">
      <Table
        caption={text.tables.success}
        isCaptionShown
        rows={ANSWER_FIELDS}
        keyOf={({ name }) => name}
        columns={[
          { title: columns.name, cell: ({ name }) => <code>{name}</code>, isTight: true },
          { title: columns.type, cell: ({ type }) => type, isTight: true },
          { title: columns.description, cell: ({ description }) => description },
          { title: columns.example, cell: ({ example }) => <span className="soft">{String(example)}</span> },
        ]}
      />
      <Table
        caption={text.tables.failure}
        isCaptionShown
        rows={FAILURES}
        keyOf={({ code }) => code}
        columns={[
          { title: failure.message, cell: ({ message }) => message },
          { title: failure.status, cell: ({ status }) => <code>{status}</code>, isTight: true },
          { title: failure.advice, cell: ({ code }) => adviceOf(code) },
        ]}
      />
    </div>
  )
}
