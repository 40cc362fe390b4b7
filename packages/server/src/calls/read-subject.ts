import { NAME_PARAMETER, NUMBER_PARAMETER } from '@heyan/contract'
import { foldNumberText, parseSubject } from '@heyan/core'
import type { Services } from '../services.js'
import type { CallRequest } from './call-request.js'
import { todayInShanghai } from './today.js'

/** Neither a name nor a number, and not missing. */
const NOT_TEXT = '\u0000'

/** From the wire's words to ours. A JSON value that is no text is a wrong one, in its place of the order. */
export function readSubject(
  { parameters, body, at }: CallRequest,
  { config }: Services,
): ReturnType<typeof parseSubject> {
  const name = body.notText.has(NAME_PARAMETER) ? NOT_TEXT : (parameters.get(NAME_PARAMETER) ?? '').trim()
  const number = body.notText.has(NUMBER_PARAMETER) ? NOT_TEXT : foldNumberText(parameters.get(NUMBER_PARAMETER) ?? '')
  return parseSubject(name, number, {
    today: todayInShanghai(at),
    isFifteenDigitAccepted: config.isFifteenDigitAccepted,
  })
}
