import {
  type Advice,
  explainName,
  explainNumber,
  foldNumberText,
  NAME_ADVICE,
  type NameWarning,
  NUMBER_ADVICE,
  type NumberKind,
  type NumberWarning,
  shanghaiDate,
} from '@heyan/core'

/** What a number says by itself. Loaded when somebody begins to write one: the table of divisions comes with it. */
export type NumberHint =
  | {
      readonly kind: 'good'
      readonly of: NumberKind
      readonly birthday: string
      readonly sex: 'male' | 'female'
      readonly region: string
      readonly age: number
      readonly warnings: readonly NumberWarning[]
    }
  | { readonly kind: 'advice'; readonly advice: Advice }

const FULL_LENGTH = 18

/** Null while it is being written. `now`: epoch ms. */
export function hintOfNumber(written: string, now: number): NumberHint | null {
  const text = foldNumberText(written.trim())
  if (text === '') return null
  const today = shanghaiDate(now)
  const { valid, kind, birthday, sex, region, reason, warnings } = explainNumber(text, today)
  if (valid && kind !== null && birthday !== null && sex !== null) {
    if (warnings.includes('first_generation')) return { kind: 'advice', advice: NUMBER_ADVICE.first_generation }
    return { kind: 'good', of: kind, birthday, sex, region: region ?? '', age: ageOf(birthday, today), warnings }
  }
  const isUnfinished = reason === 'length' && /^\d+$/.test(text) && text.length < FULL_LENGTH
  return isUnfinished || reason === null ? null : { kind: 'advice', advice: NUMBER_ADVICE[reason] }
}

export type NameHint =
  | { readonly kind: 'good'; readonly warnings: readonly NameWarning[] }
  | { readonly kind: 'advice'; readonly advice: Advice }

/** Null while there is nothing to say. */
export function hintOfName(written: string, number: string): NameHint | null {
  const text = written.trim()
  if (text === '') return null
  const { valid, reason, warnings } = explainName(text, { allowLatin: number.trim().startsWith('9') })
  if (valid) return warnings.length === 0 ? null : { kind: 'good', warnings }
  return reason === null ? null : { kind: 'advice', advice: NAME_ADVICE[reason] }
}

/** In full years. */
function ageOf(
  birthday: string,
  today: { readonly year: number; readonly month: number; readonly day: number },
): number {
  const [year = 0, month = 0, day = 0] = birthday.split('-').map(Number)
  const isBefore = today.month < month || (today.month === month && today.day < day)
  return today.year - year - (isBefore ? 1 : 0)
}
