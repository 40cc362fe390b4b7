import { MARKET_PATH, NAME_PARAMETER, NUMBER_PARAMETER, type SiteInfo } from '@heyan/contract/browser'
import { Button } from '../ui/Button.js'
import { CopyButton } from '../ui/CopyButton.js'
import { Field, Switch } from '../ui/Field.js'
import { useWords } from '../words/language.js'
import { AppCodeField } from './AppCodeField.js'
import { DeveloperChoices } from './DeveloperChoices.js'
import type { Draft } from './draft.js'
import { NameHintLine, NumberHintLine } from './HintLines.js'
import { Samples } from './Samples.js'
import { words } from './words.js'

interface CallFormProps {
  readonly draft: Draft
  /** Null while it is not known. */
  readonly site: SiteInfo | null
  readonly isSending: boolean
  onChange(draft: Draft): void
  onReset(): void
  onSubmit(): void
}

export function CallForm({ draft, site, isSending, onChange, onReset, onSubmit }: CallFormProps) {
  const text = useWords(words)
  const change = (part: Partial<Draft>) => onChange({ ...draft, ...part })
  const address = (site?.address ?? window.location.origin) + MARKET_PATH
  const isSigned = draft.isDeveloper && draft.credential === 'signature'
  return (
    <form
      className="card call-form"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      <div className="call-address">
        <span className="call-address-label">{text.address}</span>
        <code>{address}</code>
        <CopyButton text={address} what={text.address} />
      </div>
      <Switch
        label={text.developer.mode}
        isOn={draft.isDeveloper}
        states={text.developer.states}
        onChange={(isDeveloper) => change({ isDeveloper })}
      />
      {draft.isDeveloper ? <DeveloperChoices draft={draft} onChange={change} /> : null}
      {isSigned ? null : (
        <AppCodeField
          appCode={draft.appCode}
          operatorName={site?.operator.operatorName ?? ''}
          onChange={(appCode) => change({ appCode })}
        />
      )}
      <Field
        label={text.name}
        aside={<code className="wire-name">{NAME_PARAMETER}</code>}
        value={draft.name}
        placeholder={text.namePlaceholder}
        hint={<NameHintLine name={draft.name} number={draft.number} />}
        onChange={(name) => change({ name })}
      />
      <Field
        label={text.number}
        aside={<code className="wire-name">{NUMBER_PARAMETER}</code>}
        value={draft.number}
        placeholder={text.numberPlaceholder}
        inputMode="text"
        spellCheck={false}
        hint={<NumberHintLine number={draft.number} />}
        onChange={(number) => change({ number })}
      />
      <Samples site={site} onChoose={(name, number) => change({ name, number })} />
      <div className="call-actions">
        <Button onClick={onReset}>{text.reset}</Button>
        <Button tone="main" type="submit" disabled={isSending}>
          {isSending ? text.sending : text.submit}
        </Button>
      </div>
    </form>
  )
}
