import type { OperatorFacts } from '@heyan/contract/browser'

interface Titles {
  readonly hotline: string
  readonly hours: string
  readonly enquiry: string
  readonly zeroCode: string
}

/** Whom to ask, as title and value. What the operator left empty is not there. */
export function contactLines(operator: OperatorFacts | null, titles: Titles): readonly (readonly [string, string])[] {
  if (operator === null) return []
  const lines = [
    [titles.hotline, operator.hotline],
    [titles.hours, operator.serviceHours],
    [titles.enquiry, operator.enquiryContact],
    [titles.zeroCode, operator.zeroCodeContact],
  ] as const
  return lines.filter(([, value]) => value !== '')
}
