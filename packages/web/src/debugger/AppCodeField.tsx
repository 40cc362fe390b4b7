import { useEffect, useState } from 'react'
import { Button } from '../ui/Button.js'
import { Check, Field } from '../ui/Field.js'
import { useWords } from '../words/language.js'
import { forget, keep, readKept } from './kept-app-code.js'
import { words } from './words.js'

interface AppCodeFieldProps {
  readonly appCode: string
  /** Empty: the pages have a word for it. */
  readonly operatorName: string
  onChange(appCode: string): void
}

/** The AppCode: in memory, or for a day in this browser. Never in a cookie, which would be sent. */
export function AppCodeField({ appCode, operatorName, onChange }: AppCodeFieldProps) {
  const text = useWords(words)
  const [isKept, setKept] = useState(() => readKept(Date.now()) !== null)
  // A page may stay open for longer than a day.
  useEffect(() => {
    const kept = isKept ? readKept(Date.now()) : null
    if (kept === null) return undefined
    const timer = setTimeout(() => {
      forget()
      setKept(false)
    }, kept.until - Date.now())
    return () => clearTimeout(timer)
  }, [isKept])

  const change = (next: string) => {
    onChange(next)
    if (isKept) keep(next.trim(), Date.now())
  }
  return (
    <div className="app-code">
      <Field
        label={text.appCode}
        value={appCode}
        placeholder={text.appCodePlaceholder}
        spellCheck={false}
        autoCapitalize="off"
        onChange={change}
        hint={text.keptLine(operatorName || text.thisPlatform)}
      />
      <div className="app-code-actions">
        <Check
          label={text.keep}
          isChecked={isKept}
          onChange={(next) => {
            setKept(next)
            if (next) keep(appCode.trim(), Date.now())
            else forget()
          }}
        />
        <Button
          tone="quiet"
          isSmall
          onClick={() => {
            forget()
            setKept(false)
            onChange('')
          }}
        >
          {text.clear}
        </Button>
      </div>
    </div>
  )
}
