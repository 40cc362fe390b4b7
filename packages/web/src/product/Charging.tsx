import './charging.css'
import { gatewayError, PROBLEM_STATUS, VERDICT_TEXTS } from '@heyan/contract/browser'
import { Notice, Tag } from '../ui/Notice.js'
import { Section } from '../ui/Page.js'
import { Table } from '../ui/Table.js'
import { useWords } from '../words/language.js'

type Charge = 'charged' | 'byDefault' | 'free'
interface Ending {
  readonly id: 'match' | 'mismatch' | 'no_record' | 'problem' | 'exhausted' | 'refused'
  readonly status: string
  readonly answer: string
  readonly charge: Charge
}

const ENDINGS: readonly Ending[] = [
  { id: 'match', status: '200', answer: VERDICT_TEXTS.match, charge: 'charged' },
  { id: 'mismatch', status: '200', answer: VERDICT_TEXTS.mismatch, charge: 'charged' },
  { id: 'no_record', status: '200', answer: VERDICT_TEXTS.no_record, charge: 'byDefault' },
  { id: 'problem', status: String(PROBLEM_STATUS), answer: 'ok: 0', charge: 'free' },
  { id: 'exhausted', status: '403', answer: gatewayError('quota_exhausted', 'classic').message, charge: 'free' },
  { id: 'refused', status: '4xx, 503', answer: 'X-Ca-Error-Message', charge: 'free' },
]

export function Charging() {
  const { charging } = useWords().product
  const { columns, meanings } = charging
  return (
    <Section id="charging" title={charging.title} lead={charging.lead}>
      <Table
        caption={charging.title}
        rows={ENDINGS}
        keyOf={({ id }) => id}
        columns={[
          { title: columns.status, cell: ({ status }) => <code>{status}</code>, isTight: true },
          { title: columns.answer, cell: ({ answer }) => answer },
          { title: columns.meaning, cell: ({ id }) => meanings[id] },
          {
            title: columns.charged,
            cell: ({ charge }) => <Tag tone={charge === 'free' ? 'good' : 'plain'}>{charging[charge]}</Tag>,
            isTight: true,
          },
        ]}
      />
      <div className="charging-notes">
        <Notice>
          {charging.notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </Notice>
      </div>
    </Section>
  )
}
