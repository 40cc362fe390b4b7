import { foldNumberText, type ProblemCode, parseSubject, type Subject } from '@heyan/core'
import { todayInShanghai } from '../calls/today.js'
import type { Services } from '../services.js'

/** Whom an operator asks about, read as every door reads it. */
export function subjectOf(
  { name, number }: { readonly name: string; readonly number: string },
  { config, now }: Services,
): Subject | ProblemCode {
  const subject = parseSubject(name.trim(), foldNumberText(number), {
    today: todayInShanghai(now()),
    isFifteenDigitAccepted: config.isFifteenDigitAccepted,
  })
  return subject.ok ? subject.value : subject.reason
}
