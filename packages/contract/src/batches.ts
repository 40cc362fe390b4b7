/** On what a batch of people is asked about: the cases of article 13 of the Personal Information Protection Law. */
export const LEGAL_BASES = [
  'consent',
  'contract',
  'legal_duty',
  'emergency',
  'public_report',
  'already_public',
  'other_law',
] as const
export type LegalBasis = (typeof LEGAL_BASES)[number]

/** What may stand behind a sheet's own columns, in this order. */
export const RESULT_COLUMNS = ['result', 'note', 'advice', 'sex', 'birthday', 'region', 'charged', 'callId'] as const
export type ResultColumn = (typeof RESULT_COLUMNS)[number]

/** Which rows are asked for: `problem` have no verdict, `attention` are all that somebody should look at. */
export const ROW_FILTERS = ['problem', 'attention', 'match', 'mismatch', 'no_record', 'all'] as const
export type RowFilter = (typeof ROW_FILTERS)[number]
