import { fillSample, type SampleValues } from '@heyan/contract/browser'
import { useEffect, useState } from 'react'
import { CopyButton } from '../ui/CopyButton.js'
import { Check } from '../ui/Field.js'
import { useWords } from '../words/language.js'
import type { Draft } from './draft.js'
import { languages, loadSample, placeholders, sampleOf } from './sample-files.js'
import { words } from './words.js'

/** Ready code: the files that the documents show, with what is written in the form filled in. */
export function CodeSamples({ draft, address }: { readonly draft: Draft; readonly address: string }) {
  const text = useWords(words).developer
  const [language, setLanguage] = useState(languages[0]?.language ?? '')
  const [isFilled, setFilled] = useState(false)
  const [code, setCode] = useState('')
  const sample = sampleOf(language, draft.credential)
  useEffect(() => {
    if (sample === undefined) return undefined
    let isWanted = true
    loadSample(sample.file).then(
      (file) => isWanted && setCode(file),
      () => isWanted && setCode(''),
    )
    return () => {
      isWanted = false
    }
  }, [sample])
  if (sample === undefined) return null
  const filled = fillSample(code, sample.quote, placeholders, valuesOf(draft, address, isFilled))
  return (
    <section className="code-samples">
      <h4>
        {text.code} <CopyButton text={filled} what={`${text.code} ${sample.label}`} />
      </h4>
      <fieldset className="code-languages">
        <legend className="visually-hidden">{text.language}</legend>
        {languages.map(({ language: each, label }) => (
          <button
            key={each}
            type="button"
            className="chip"
            aria-pressed={each === language}
            onClick={() => setLanguage(each)}
          >
            {label}
          </button>
        ))}
      </fieldset>
      <div className="code-note">
        <span className="small soft">{text.codeNote}</span>
        <Check label={text.fillSecrets} isChecked={isFilled} onChange={setFilled} />
      </div>
      <pre>
        <code>{filled}</code>
      </pre>
    </section>
  )
}

/** What is not written yet stays as the sample has it; secrets stay placeholders until they are asked for. */
function valuesOf(draft: Draft, address: string, isFilled: boolean): SampleValues {
  const { name, number, appCode, appKey, appSecret } = draft
  const secrets = isFilled ? { appCode, appKey, appSecret } : {}
  const values = { address, name, number, ...secrets }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''))
}
