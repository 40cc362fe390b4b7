import { Page, Section } from '../ui/Page.js'
import { useWords } from '../words/language.js'
import Debugger from './Debugger.js'
import { words } from './words.js'

/** The debugger on a page of its own. */
export default function DebugPage() {
  const { debug } = useWords().product
  const text = useWords(words)
  return (
    <Page title={text.tab}>
      <Section id="debug" level={1} title={debug.title} lead={debug.lead} isShaded>
        <h2 className="visually-hidden">{text.oneCall}</h2>
        <Debugger />
      </Section>
    </Page>
  )
}
