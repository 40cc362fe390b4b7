import { type Includable, isIncluded, isoBirthday, maskCounty, maskedIsoBirthday } from '@heyan/contract'
import {
  ADVICE,
  maskName,
  maskNumber,
  nameWarningsOf,
  type Outcome,
  type Regions,
  type Subject,
  type Verdict,
  warningsOf,
} from '@heyan/core'
import type { Verification } from './schemas.js'

type VerdictOutcome = Extract<Outcome, { kind: 'verdict' }>

export interface Rendering {
  readonly id: string
  readonly at: number
  readonly isFull: boolean
  readonly include: readonly Includable[] | undefined
  readonly reference: string | undefined
  /** By the policy of consent. */
  readonly isConsentMissing: boolean
  readonly language: 'zh' | 'en'
  readonly elapsedMs: number
  readonly regions: Regions
}

/** A verdict in this door's words. */
export function renderVerification({ verdict, subject, charge }: VerdictOutcome, how: Rendering): Verification {
  const has = (part: Includable) => isIncluded(how.include, part)
  const shown = subjectOf(subject, how)
  return {
    id: how.id,
    verdict,
    charged: charge.kind === 'charged',
    ...(Object.keys(shown).length === 0 ? {} : { subject: shown }),
    ...(has('warnings') ? { warnings: warningCodes(subject, how) } : {}),
    ...(has('advice') ? { advice: adviceOn(verdict, how.language) } : {}),
    ...(how.reference === undefined ? {} : { reference: how.reference }),
    elapsedMs: how.elapsedMs,
    createdAt: new Date(how.at).toISOString(),
  }
}

function subjectOf({ name, number }: Subject, { isFull, include, regions }: Rendering): object {
  const has = (part: Includable) => isIncluded(include, part)
  const { province, prefecture, county, exact } = regions.of(number)
  const shownCounty = county === null || isFull ? county : maskCounty(county)
  return {
    ...(has('subject.name') ? { name: isFull ? name.text : maskName(name.text) } : {}),
    ...(has('subject.number') ? { number: isFull ? number.text : maskNumber(number.text) } : {}),
    ...(has('subject.birthday')
      ? { birthday: isFull ? isoBirthday(number.birthday) : maskedIsoBirthday(number.birthday) }
      : {}),
    ...(has('subject.sex') ? { sex: number.sex } : {}),
    ...(has('subject.region') ? { region: { province, prefecture, county: shownCounty, exact } } : {}),
  }
}

function warningCodes({ name, number }: Subject, { regions, isConsentMissing }: Rendering): string[] {
  const ofName = nameWarningsOf(name.text, { allowLatin: number.text.startsWith('9') })
  return [...warningsOf(number, regions), ...ofName, ...(isConsentMissing ? ['consent_missing'] : [])]
}

function adviceOn(verdict: Verdict, language: 'zh' | 'en'): string[] {
  return [...ADVICE[verdict][language]]
}
