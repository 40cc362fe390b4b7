import { fullAddress } from '../region/address.js'
import type { Regions } from '../region/division.js'
import { warningsOf } from '../region/number-warnings.js'
import { builtInRegions } from '../region/region.js'
import type { NumberReason } from './check-number.js'
import type { CivilDate } from './civil-date.js'
import { type NumberKind, type NumberWarning, parseIdNumber } from './id-number.js'
import { type NameReason, type NameWarning, nameWarningsOf, parseName } from './person-name.js'

/** What a number says by itself; the fields of one that is not valid are null, but for the reason. */
export interface NumberExplanation {
  readonly valid: boolean
  readonly kind: NumberKind | null
  /** `yyyy-mm-dd`. */
  readonly birthday: string | null
  readonly sex: 'male' | 'female' | null
  /** In full, as called in the year of birth. */
  readonly region: string | null
  readonly reason: NumberReason | null
  readonly warnings: readonly NumberWarning[]
}

/** What a name says by itself; the key of one that is not valid is null. */
export interface NameExplanation {
  readonly valid: boolean
  readonly key: string | null
  readonly reason: NameReason | null
  readonly warnings: readonly NameWarning[]
}

/** Explains any value as an identity number, read strictly; 15 digits are upgraded, with a warning. Never throws. */
export function explainNumber(
  value: unknown,
  today: CivilDate,
  regions: Regions = builtInRegions(),
): NumberExplanation {
  const parsed = parseIdNumber(value, { today, accept15: true })
  if (!parsed.ok) {
    return { valid: false, kind: null, birthday: null, sex: null, region: null, reason: parsed.reason, warnings: [] }
  }
  const number = parsed.value
  return {
    valid: true,
    kind: number.kind,
    birthday: isoDate(number.birthday),
    sex: number.sex,
    region: fullAddress(regions.of(number)),
    reason: null,
    warnings: warningsOf(number, regions),
  }
}

/** Explains any value as a name. Never throws. */
export function explainName(value: unknown, options = { allowLatin: false }): NameExplanation {
  const parsed = parseName(value, options)
  if (!parsed.ok) return { valid: false, key: null, reason: parsed.reason, warnings: [] }
  const warnings = typeof value === 'string' ? nameWarningsOf(value, options) : []
  return { valid: true, key: parsed.value.key, reason: null, warnings }
}

function isoDate({ year, month, day }: CivilDate): string {
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}
