import { foldNumberText, parseSubject, type Subject } from '@heyan/core'
import { todayInShanghai } from '../calls/today.js'
import type { BatchParts } from './parts.js'
import type { RowOutcome } from './row-result.js'

export type RowSubject =
  | { readonly ok: true; readonly subject: Subject }
  | { readonly ok: false; readonly problem: RowOutcome }

/** Whom a row asks about, by the rules of every door; a number whose digits were lost is told apart from one that is wrong. */
export function rowSubject(
  { name, number, isDamaged }: { readonly name: string; readonly number: string; readonly isDamaged: boolean },
  { config, now }: Pick<BatchParts, 'config' | 'now'>,
): RowSubject {
  if (isDamaged) return { ok: false, problem: name.trim() === '' ? 'name_missing' : 'number_damaged' }
  const parsed = parseSubject(name.trim(), foldNumberText(number), {
    today: todayInShanghai(now()),
    isFifteenDigitAccepted: config.isFifteenDigitAccepted,
  })
  return parsed.ok ? { ok: true, subject: parsed.value } : { ok: false, problem: parsed.reason }
}

/** The same for every row that asks about the same. */
export function subjectKey({ name, number }: Subject): string {
  return `${number.text} ${name.key}`
}
