import { maskName, maskNumber } from '@heyan/core'
import { NAME_PARAMETER, NUMBER_PARAMETER } from './market.js'
import { type SignedParts, stringToSign } from './string-to-sign.js'

/** How the values of some parameters are shown. */
export type Masks = ReadonlyMap<string, (value: string) => string>

/** Of a shorter number the usual mask would show nearly all. */
const MASKED_NUMBER_MIN = 12

/** What an echo of a StringToSign hides, unless the application asked for all of it. */
export const ECHO_MASKS: Masks = new Map([
  [NAME_PARAMETER, maskName],
  [NUMBER_PARAMETER, (value) => (value.length >= MASKED_NUMBER_MIN ? maskNumber(value) : '*****')],
])

/** The StringToSign in one line: LF as `#`, the given values masked wherever they stand. */
export function maskedStringToSign(parts: SignedParts, masks: Masks): string {
  const parameters = new Map(parts.parameters)
  const secrets: [string, string][] = []
  for (const [name, mask] of masks) {
    const value = parameters.get(name)
    if (value === undefined || value === '') continue
    parameters.set(name, mask(value))
    secrets.push([value, mask(value)])
  }
  let text = stringToSign({ ...parts, parameters })
  for (const [value, masked] of secrets) if ([...value].length > 1) text = text.replaceAll(value, () => masked)
  return text.replaceAll('\n', '#')
}
