import type { IdentityNumber, NumberWarning } from '../subject/id-number.js'
import { isNationality } from '../subject/nationality.js'
import type { Regions } from './division.js'
import { builtInRegions } from './region.js'
import { FIRST_YEAR } from './table-text.js'

/**
 * What is odd about a number that is good: its own warnings, and what a table of divisions or of nationalities adds.
 * Births before 1981 are judged as of 1981, where the tables begin.
 */
export function warningsOf(number: IdentityNumber, regions: Regions = builtInRegions()): readonly NumberWarning[] {
  const warning = number.kind === 'foreign' ? ofNationality(number) : ofDivision(number, regions)
  return warning === null ? number.warnings : [...number.warnings, warning]
}

function ofNationality(number: IdentityNumber): NumberWarning | null {
  return isNationality(number.divisionCode.slice(3)) ? null : 'nationality_unknown'
}

function ofDivision(number: IdentityNumber, regions: Regions): NumberWarning | null {
  const region = regions.lookup(number.divisionCode, Math.max(number.birthday.year, FIRST_YEAR))
  switch (region?.timing) {
    case 'in_force':
      return null
    case 'not_yet':
      return 'division_began_later'
    case 'no_longer':
    case 'undated':
      return 'division_not_in_force'
    default:
      return 'county_unknown'
  }
}
