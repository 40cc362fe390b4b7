import { foldNumberText, parseIdNumber, parseName, shanghaiDate } from '@heyan/core'
import type { PersonRules } from './list-rows.js'

/**
 * The domain's rules for the rows of a list. Numbers are folded as the doors fold them, and those of 15 digits, which
 * old lists hold, are upgraded. `nowMs` (epoch) tells which birth dates are still to come.
 */
export function personRules(nowMs: number): PersonRules {
  const numberOptions = { today: shanghaiDate(nowMs), accept15: true }
  const readNumber = (text: string): string | null => {
    const parsed = parseIdNumber(foldNumberText(text), numberOptions)
    return parsed.ok ? parsed.value.text : null
  }
  return {
    isName: (text) => parseName(text, { allowLatin: false }).ok,
    isNumber: (text) => readNumber(text) !== null,
    read(nameText, numberText) {
      const number = readNumber(numberText)
      if (number === null) return 'number_invalid'
      const name = parseName(nameText, { allowLatin: number.startsWith('9') })
      return name.ok ? { number, nameKey: name.value.key } : 'name_invalid'
    },
  }
}
