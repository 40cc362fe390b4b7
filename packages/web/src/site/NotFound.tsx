import { Link } from 'react-router'
import { Page, Section } from '../ui/Page.js'
import { useWords } from '../words/language.js'

export function NotFound() {
  const { notFound, shell } = useWords()
  return (
    <Page title={`${notFound.title} · ${shell.product}`}>
      <Section id="not-found" level={1} title={notFound.title}>
        <p>
          <Link to="/">{notFound.back}</Link>
        </p>
      </Section>
    </Page>
  )
}
