import { ANSWER_FIELDS } from '@heyan/contract/browser'
import { Button } from '../ui/Button.js'
import { CopyButton } from '../ui/CopyButton.js'
import { Table } from '../ui/Table.js'
import { useWords } from '../words/language.js'
import type { Fields } from './read-answer.js'
import { words } from './words.js'

interface FieldRow {
  readonly name: string
  readonly type: string
  readonly content: string
  readonly description: string
  readonly example: string
}

/** 报文解析: every field of this answer, as the contract describes it. */
export function FieldTable({ fields, onClose }: { readonly fields: Fields; onClose(): void }) {
  const { fields: text } = useWords(words)
  const rows = rowsOf(fields, text.unknown)
  const { columns } = text
  const copied = [
    [columns.name, columns.type, columns.content, columns.description, columns.example],
    ...rows.map(({ name, type, content, description, example }) => [name, type, content, description, example]),
  ]
  return (
    <div className="field-table">
      <Table
        caption={text.title}
        isCaptionShown
        rows={rows}
        keyOf={({ name }) => name}
        columns={[
          { title: columns.name, cell: ({ name }) => <code>{name}</code>, isTight: true },
          { title: columns.type, cell: ({ type }) => type, isTight: true },
          { title: columns.content, cell: ({ content }) => <strong>{content}</strong> },
          { title: columns.description, cell: ({ description }) => description },
          { title: columns.example, cell: ({ example }) => <span className="soft">{example}</span> },
        ]}
      />
      <p className="answer-actions">
        <CopyButton text={copied.map((cells) => cells.join('\t')).join('\n')} what={text.title} />
        <Button isSmall onClick={onClose}>
          {text.close}
        </Button>
      </p>
    </div>
  )
}

function rowsOf(fields: Fields, unknown: string): readonly FieldRow[] {
  return Object.entries(fields).map(([name, value]) => {
    const known = ANSWER_FIELDS.find((field) => field.name === name)
    return {
      name,
      type: known?.type ?? typeof value,
      content: typeof value === 'string' ? value : JSON.stringify(value),
      description: known?.description ?? unknown,
      example: known === undefined ? '' : String(known.example),
    }
  })
}
