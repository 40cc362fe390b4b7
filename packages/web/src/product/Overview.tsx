import './overview.css'
import { MARKET_PATH, PARAMETER_FIELDS } from '@heyan/contract/browser'
import { useSite } from '../site/use-site.js'
import { CopyButton } from '../ui/CopyButton.js'
import { Section } from '../ui/Page.js'
import { Table } from '../ui/Table.js'
import { useWords } from '../words/language.js'

export function Overview() {
  const { product } = useWords()
  const { overview, columns, yes, no } = product
  const site = useSite()
  const address = (site === null || site === 'unavailable' ? window.location.origin : site.address) + MARKET_PATH
  return (
    <Section id="overview" title={overview.title} lead={overview.lead}>
      <dl className="facts">
        <div>
          <dt>{overview.rows.address}</dt>
          <dd>
            <code>{address}</code> <CopyButton text={address} what={overview.rows.address} />
          </dd>
        </div>
        {(['method', 'answer', 'credential', 'charge'] as const).map((row) => (
          <div key={row}>
            <dt>{overview.rows[row]}</dt>
            <dd>{overview[row]}</dd>
          </div>
        ))}
      </dl>
      <Table
        caption={overview.parametersTitle}
        isCaptionShown
        rows={PARAMETER_FIELDS}
        keyOf={({ name }) => name}
        columns={[
          { title: columns.label, cell: ({ label }) => label, isTight: true },
          { title: columns.name, cell: ({ name }) => <code>{name}</code>, isTight: true },
          { title: columns.required, cell: ({ isRequired }) => (isRequired ? yes : no), isTight: true },
          { title: columns.type, cell: ({ type }) => <code>{type}</code>, isTight: true },
          { title: columns.example, cell: ({ example }) => <code>{example}</code>, isTight: true },
          { title: columns.description, cell: ({ description }) => description },
        ]}
      />
    </Section>
  )
}
