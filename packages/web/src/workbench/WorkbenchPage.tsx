import './workbench.css'
import { useMemo, useState } from 'react'
import { AppCodeField } from '../debugger/AppCodeField.js'
import { readKept } from '../debugger/kept-app-code.js'
import { useSite } from '../site/use-site.js'
import { Choice } from '../ui/Field.js'
import { Notice } from '../ui/Notice.js'
import { Page, Section } from '../ui/Page.js'
import { useLanguage, useWords } from '../words/language.js'
import { WorkbenchApi } from './api.js'
import { BatchArea } from './BatchArea.js'
import { SingleCheck } from './SingleCheck.js'
import { words } from './words.js'

type Area = 'single' | 'batch'

/** Verification without code, one by one and by spreadsheet, with the AppCode of whoever pays. */
export default function WorkbenchPage() {
  const text = useWords(words)
  const { language } = useLanguage()
  const site = useSite()
  const [appCode, setAppCode] = useState(() => readKept(Date.now())?.appCode ?? '')
  const [area, setArea] = useState<Area>('single')
  const code = appCode.trim()
  const api = useMemo(() => (code === '' ? null : new WorkbenchApi(code, language)), [code, language])
  return (
    <Page title={text.tab}>
      <Section id="workbench" level={1} title={text.title} lead={text.lead} isShaded>
        <div className="card no-print">
          <AppCodeField
            appCode={appCode}
            operatorName={typeof site === 'object' ? (site?.operator.operatorName ?? '') : ''}
            onChange={setAppCode}
          />
          <Choice
            legend={text.areas.legend}
            value={area}
            choices={[
              ['single', text.areas.single],
              ['batch', text.areas.batch],
            ]}
            onChange={(chosen) => setArea(chosen)}
          />
        </div>
        {api === null ? (
          <Notice>{text.needsCode}</Notice>
        ) : area === 'single' ? (
          <SingleCheck key={code} api={api} />
        ) : (
          <BatchArea key={code} api={api} />
        )}
      </Section>
    </Page>
  )
}
