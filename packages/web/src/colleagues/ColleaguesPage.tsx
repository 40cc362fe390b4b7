import './colleagues.css'
import { MARKET_PATH } from '@heyan/contract/browser'
import { ADVICE } from '@heyan/core'
import { Contact } from '../site/Contact.js'
import { contactLines } from '../site/contact-lines.js'
import { useSite } from '../site/use-site.js'
import { Button } from '../ui/Button.js'
import { Page } from '../ui/Page.js'
import { Table } from '../ui/Table.js'
import { useLanguage, useWords } from '../words/language.js'
import { en } from './words.en.js'
import { zh } from './words.zh.js'

const words = { zh, en }
const RESULTS = ['match', 'mismatch', 'no_record', 'problem'] as const

/** The API in plain words, on a page to print. */
export default function ColleaguesPage() {
  const text = useWords(words)
  const { footer } = useWords()
  const { language } = useLanguage()
  const site = useSite()
  const info = site === null || site === 'unavailable' ? null : site
  const { parts } = text
  const { rows, columns } = parts.results
  const next = (result: (typeof RESULTS)[number]) =>
    ADVICE[result === 'problem' ? 'source_unavailable' : result][language][0] ?? ''
  const contacts = contactLines(info?.operator ?? null, footer)
  return (
    <Page title={text.tab}>
      <article className="sheet">
        <header className="sheet-head">
          <h1>{text.title}</h1>
          <Button isSmall onClick={() => window.print()}>
            {text.print}
          </Button>
        </header>
        <p className="soft">{text.lead}</p>
        <Part title={parts.what.title} text={parts.what.text} />
        <section>
          <h2>{parts.results.title}</h2>
          <Table
            caption={parts.results.title}
            rows={RESULTS}
            keyOf={(result) => result}
            columns={[
              { title: columns.result, cell: (result) => <strong>{rows[result][0]}</strong>, isTight: true },
              { title: columns.meaning, cell: (result) => rows[result][1] },
              { title: columns.next, cell: next },
            ]}
          />
        </section>
        <Part title={parts.before.title} text={parts.before.text} />
        <Part title={parts.masked.title} text={parts.masked.text} />
        <Part title={parts.cost.title} text={parts.cost.text} />
        <Part title={parts.rules.title} text={parts.rules.text} />
        <section>
          <h2>{parts.tell.title}</h2>
          <p>
            {parts.tell.text[0]}
            <code>{(info?.address ?? window.location.origin) + MARKET_PATH}</code>
          </p>
          {parts.tell.text.slice(1).map((line) => (
            <p key={line}>{line}</p>
          ))}
        </section>
        {contacts.length === 0 ? null : (
          <section>
            <h2>{parts.contact.title}</h2>
            {contacts.map(([title, value]) => (
              <p key={title}>
                {title}：
                <Contact text={value} />
              </p>
            ))}
          </section>
        )}
      </article>
    </Page>
  )
}

function Part({ title, text }: { readonly title: string; readonly text: readonly string[] }) {
  return (
    <section>
      <h2>{title}</h2>
      {text.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </section>
  )
}
