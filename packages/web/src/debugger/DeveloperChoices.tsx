import type { SignatureMethod } from '@heyan/contract/browser'
import { Choice, Field } from '../ui/Field.js'
import { useWords } from '../words/language.js'
import type { Draft } from './draft.js'
import type { Method } from './request.js'
import { words } from './words.js'

interface DeveloperChoicesProps {
  readonly draft: Draft
  onChange(part: Partial<Draft>): void
}

/** How the call is made, for those who want to know. */
export function DeveloperChoices({ draft, onChange }: DeveloperChoicesProps) {
  const text = useWords(words).developer
  return (
    <div className="developer-choices">
      <Choice<Method>
        legend={text.method}
        value={draft.method}
        choices={[
          ['GET', 'GET'],
          ['POST', `POST${text.form}`],
        ]}
        onChange={(method) => onChange({ method })}
      />
      <Choice<Draft['credential']>
        legend={text.credential}
        value={draft.credential}
        choices={[
          ['appCode', text.byAppCode],
          ['signature', text.bySignature],
        ]}
        onChange={(credential) => onChange({ credential })}
      />
      {draft.credential === 'signature' ? (
        <>
          <Choice<SignatureMethod>
            legend={text.algorithm}
            value={draft.algorithm}
            choices={[
              ['HmacSHA256', 'HmacSHA256'],
              ['HmacSHA1', 'HmacSHA1'],
            ]}
            onChange={(algorithm) => onChange({ algorithm })}
          />
          <Field
            label={text.appKey}
            value={draft.appKey}
            spellCheck={false}
            onChange={(appKey) => onChange({ appKey })}
          />
          <Field
            label={text.appSecret}
            value={draft.appSecret}
            type="password"
            autoComplete="off"
            hint={text.secretNote}
            onChange={(appSecret) => onChange({ appSecret })}
          />
        </>
      ) : null}
    </div>
  )
}
