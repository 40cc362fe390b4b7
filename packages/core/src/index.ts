export { ADVICE, type Advice, NAME_ADVICE, NUMBER_ADVICE } from './advice.js'
export { billingDay, startOfBillingDay } from './ledger/day.js'
export { hasLapsed, isOpen, type Lot, remaining } from './ledger/lot.js'
export { type Caps, type QuotaView, viewCaps, viewQuota } from './ledger/quota.js'
export {
  apply,
  assertSound,
  type Balances,
  charge,
  type Entry,
  type EntryKind,
  expire,
  FOLD,
  grant,
  lotToTakeFrom,
  NO_BALANCES,
  refusal,
  release,
  reserve,
  settle,
} from './ledger/transitions.js'
export type { Parsed } from './parsed.js'
export { type Concern, PROBLEMS, type ProblemCode } from './problem.js'
export { fullAddress, maskedAddress } from './region/address.js'
export type { Region, Regions, RegionTiming } from './region/division.js'
export { warningsOf } from './region/number-warnings.js'
export {
  builtInRegions,
  createRegions,
  lookupRegion,
  regionOf,
} from './region/region.js'
export {
  type ParsedRegionTable,
  parseRegionTable,
  type RegionTable,
  type RegionTableReason,
} from './region/region-table.js'
export { REGION_EDITION } from './region/table.gen.js'
export { checkDigit } from './subject/check-digit.js'
export { checkIdNumber, type NumberReason } from './subject/check-number.js'
export { type CivilDate, daysInMonth, isAfter, shanghaiDate } from './subject/civil-date.js'
export { explainName, explainNumber, type NameExplanation, type NumberExplanation } from './subject/explain.js'
export { foldNumberText } from './subject/fold-number.js'
export {
  type ForeignLegacyNumber,
  type ForeignLegacyReason,
  parseForeignLegacyNumber,
} from './subject/foreign-legacy.js'
export {
  type IdentityNumber,
  type NumberKind,
  type NumberOptions,
  type NumberWarning,
  parseIdNumber,
} from './subject/id-number.js'
export { formatBirthday, maskBirthday, maskName, maskNumber } from './subject/mask.js'
export { nameVariants } from './subject/name-variants.js'
export {
  type NameOptions,
  type NameReason,
  type NameWarning,
  nameWarningsOf,
  type PersonName,
  parseName,
} from './subject/person-name.js'
export type {
  Call,
  Charged,
  ChargeTerms,
  Fenced,
  FreeReason,
  Ledger,
  Refused,
  Repeat,
  Reserved,
} from './verification/ledger.js'
export {
  type AskContext,
  type Attempt,
  type CancelSignal,
  type Source,
  type SourceAnswer,
  type SubjectQuestion,
  type UnavailableReason,
  unavailable,
  type Verdict,
  verdictAnswer,
} from './verification/source.js'
export {
  NAME_MAX_LENGTH,
  NUMBER_MAX_LENGTH,
  type Outcome,
  parseSubject,
  type Subject,
  type SubjectRules,
  UNAVAILABLE,
  type VerifyPorts,
  verify,
} from './verification/verify.js'
