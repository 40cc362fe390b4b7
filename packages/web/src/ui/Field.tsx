import './field.css'
import { type InputHTMLAttributes, type ReactNode, useId } from 'react'

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value'> {
  readonly label: string
  readonly value: string
  /** Beside the label: a wire name, a button. */
  readonly aside?: ReactNode
  /** Below: told to screen readers as it changes. */
  readonly hint?: ReactNode
  onChange(value: string): void
}

export function Field({ label, value, aside, hint, onChange, ...rest }: FieldProps) {
  const id = useId()
  return (
    <div className="field">
      <div className="field-head">
        <label htmlFor={id}>{label}</label>
        {aside}
      </div>
      <input
        {...rest}
        id={id}
        value={value}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      />
      <div id={`${id}-hint`} className="field-hint" aria-live="polite">
        {hint}
      </div>
    </div>
  )
}

interface CheckProps {
  readonly label: ReactNode
  readonly isChecked: boolean
  onChange(isChecked: boolean): void
}

export function Check({ label, isChecked, onChange }: CheckProps) {
  return (
    <label className="check">
      <input type="checkbox" checked={isChecked} onChange={(event) => onChange(event.target.checked)} />
      <span>{label}</span>
    </label>
  )
}

interface ChoiceProps<Value extends string> {
  readonly legend: string
  readonly value: Value
  readonly choices: readonly (readonly [value: Value, label: string])[]
  onChange(value: Value): void
}

/** One of a few. */
export function Choice<Value extends string>({ legend, value, choices, onChange }: ChoiceProps<Value>) {
  const name = useId()
  return (
    <fieldset className="choice">
      <legend>{legend}</legend>
      {choices.map(([each, label]) => (
        <label key={each} className="choice-one">
          <input type="radio" name={name} checked={each === value} onChange={() => onChange(each)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  )
}

interface SwitchProps {
  readonly label: string
  readonly isOn: boolean
  readonly states: { readonly off: string; readonly on: string }
  onChange(isOn: boolean): void
}

export function Switch({ label, isOn, states, onChange }: SwitchProps) {
  return (
    <button type="button" className="switch" role="switch" aria-checked={isOn} onClick={() => onChange(!isOn)}>
      <span>{label}</span>
      <span className="switch-track" aria-hidden="true" />
      <span className="switch-state">{isOn ? states.on : states.off}</span>
    </button>
  )
}
