import { Page, Section } from '../ui/Page.js'
import { useWords } from '../words/language.js'
import Debugger from './Debugger.js'
import { words } from './words.js'

/** The debugger on a page of its own. */
export default function DebugPage() {
  const { debug } = useWords().product
  return (
    <Page title={useWords(words).tab}>
      <Section id="debug" level={1} title={debug.title} lead={debug.lead} isShaded>
        <Debugger />
      </Section>
    </Page>
  )
}
