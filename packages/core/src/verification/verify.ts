import type { Parsed } from '../parsed.js'
import type { ProblemCode } from '../problem.js'
import type { CivilDate } from '../subject/civil-date.js'
import { type IdentityNumber, parseIdNumber } from '../subject/id-number.js'
import { type PersonName, parseName } from '../subject/person-name.js'
import type { Call, Charged, ChargeTerms, Ledger } from './ledger.js'
import type { AskContext, Attempt, Source, SourceAnswer, Verdict } from './source.js'

/** The person asked about. A union, so that a token of the national network identity (网号) finds room beside it. */
export interface Subject {
  readonly kind: 'name_and_number'
  readonly name: PersonName
  readonly number: IdentityNumber
}

/** A verification ends in a verdict, which is charged, or in a problem, which is free. */
export type Outcome =
  | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly subject: Subject; readonly charge: Charged }
  | { readonly kind: 'problem'; readonly problem: ProblemCode; readonly callId: string | null }

export interface SubjectRules {
  readonly today: CivilDate
  readonly isFifteenDigitAccepted: boolean
}

/** The longest a name and a number may be, in code points of the trimmed text. */
export const NAME_MAX_LENGTH = 50
export const NUMBER_MAX_LENGTH = 18

/**
 * Reads a trimmed name and a trimmed, folded number. The order of refusals is the wire's: missing, missing, length, length,
 * name, number. A Latin name is possible only beside a foreign resident's number, which begins with 9.
 */
export function parseSubject(name: string, number: string, rules: SubjectRules): Parsed<Subject, ProblemCode> {
  if (name === '') return { ok: false, reason: 'name_missing' }
  if (number === '') return { ok: false, reason: 'number_missing' }
  if (isLongerThan(name, NAME_MAX_LENGTH)) return { ok: false, reason: 'name_too_long' }
  if (isLongerThan(number, NUMBER_MAX_LENGTH)) return { ok: false, reason: 'number_too_long' }
  const personName = parseName(name, { allowLatin: number.startsWith('9') })
  if (!personName.ok) return { ok: false, reason: 'name_invalid' }
  const idNumber = parseIdNumber(number, { today: rules.today, accept15: rules.isFifteenDigitAccepted })
  if (!idNumber.ok) return { ok: false, reason: 'number_invalid' }
  return { ok: true, value: { kind: 'name_and_number', name: personName.value, number: idNumber.value } }
}

function isLongerThan(text: string, codePoints: number): boolean {
  if (text.length <= codePoints) return false
  if (text.length > codePoints * 2) return true
  let count = 0
  for (const _ of text) count++
  return count > codePoints
}

export interface VerifyPorts {
  readonly ledger: Ledger
  readonly source: Source
}

/**
 * One verification of a subject, start to end: reserve → ask → settle or release; with a local source: ask → charge. Should
 * the process die while a source is asked, recovery gives the held call back; before a charge is durable, nobody is charged.
 */
export async function verify(
  subject: Subject,
  call: Call,
  free: ChargeTerms['free'],
  context: AskContext,
  { ledger, source }: VerifyPorts,
): Promise<Outcome> {
  if (source.isLocal) {
    const answered = source.ask(subject, context)
    const answer = answered instanceof Promise ? await answered : answered
    if (answer.kind === 'unavailable') return UNAVAILABLE
    const charged = await ledger.charge(call, terms(source, answer.verdict, free))
    return charged.kind === 'refused'
      ? { kind: 'problem', problem: charged.problem, callId: charged.callId }
      : { kind: 'verdict', verdict: answer.verdict, subject, charge: charged }
  }

  const reserved = await ledger.reserve(call, free)
  if (reserved.kind === 'refused') return { kind: 'problem', problem: reserved.problem, callId: reserved.callId }
  const attempts: Attempt[] = []
  const reported: AskContext = { ...context, report: (attempt) => attempts.push(attempt) }
  const answer = await askOrRelease(subject, call, reported, attempts, { ledger, source })
  if (answer.kind === 'unavailable') {
    await ledger.release(call, 'source_unavailable', attempts)
    return UNAVAILABLE
  }
  const answered = attempts.findLast((attempt) => attempt.class === 'verdict')?.source ?? source.name
  const settled = await ledger.settle(call, { ...terms(source, answer.verdict, free), source: answered }, attempts)
  if (settled.kind === 'fenced') return UNAVAILABLE
  return { kind: 'verdict', verdict: answer.verdict, subject, charge: settled }
}

export const UNAVAILABLE: Outcome = Object.freeze({ kind: 'problem', problem: 'source_unavailable', callId: null })

function terms(source: Source, verdict: Verdict, free: ChargeTerms['free']): ChargeTerms {
  return { source: source.name, isNoRecord: verdict === 'no_record', free }
}

/** A source that breaks its promise never to throw is a bug; the call it held is given back all the same. */
async function askOrRelease(
  subject: Subject,
  call: Call,
  context: AskContext,
  attempts: readonly Attempt[],
  ports: VerifyPorts,
): Promise<SourceAnswer> {
  try {
    return await ports.source.ask(subject, context)
  } catch (fault) {
    await ports.ledger.release(call, 'source_unavailable', attempts)
    throw fault
  }
}
