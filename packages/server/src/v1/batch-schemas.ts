import { LEGAL_BASES, RESULT_COLUMNS, ROW_FILTERS } from '@heyan/contract'
import { type Static, Type } from 'typebox'
import { ROWS_MAX } from '../batches/limits.js'

const TEXT_MAX = 1_000
const PURPOSE_MAX = 100
const REFERENCE_MAX = 64
const TITLE_MAX = 200
export const ROWS_PAGE_MAX = 500
export const BATCHES_PAGE_MAX = 100
const Strict = { additionalProperties: false } as const
const Nullable = <T extends ReturnType<typeof Type.Object>>(schema: T) => Type.Union([schema, Type.Null()])
const NullableNumber = Type.Union([Type.Number(), Type.Null()])
const NullableMoment = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])
const Count = Type.Integer({ minimum: 0 })

const purpose = Type.String({
  minLength: 1,
  maxLength: PURPOSE_MAX,
  description: 'What the people are asked about for. It is kept; nothing of a person belongs here.',
})
const legalBasis = Type.Enum([...LEGAL_BASES], {
  description: 'On what they are asked about: article 13 of the Personal Information Protection Law.',
})

/** A form's fields are texts. */
export const BatchUpload = Type.Object(
  {
    file: Type.String({ format: 'binary', description: 'CSV or XLSX, at most 20 MB.' }),
    purpose,
    legalBasis,
    start: Type.Optional(
      Type.Enum(['true', 'false'], { description: 'Begin at once; by default a preview comes first.' }),
    ),
    dedupe: Type.Optional(Type.Enum(['true', 'false'], { description: 'Ask about the same name and number once.' })),
    sheet: Type.Optional(Type.String({ maxLength: TITLE_MAX })),
    headerRow: Type.Optional(Type.String({ pattern: '^\\d{1,7}$', description: 'From 1; 0: there is none.' })),
    nameColumn: Type.Optional(Type.String({ maxLength: TITLE_MAX, description: 'Its place from 0, or its title.' })),
    numberColumn: Type.Optional(Type.String({ maxLength: TITLE_MAX })),
  },
  { $id: 'BatchUpload', ...Strict },
)
export type BatchUpload = Static<typeof BatchUpload>

export const BatchRows = Type.Object(
  {
    rows: Type.Array(
      Type.Object(
        {
          name: Type.String({ maxLength: TEXT_MAX }),
          number: Type.String({ maxLength: TEXT_MAX }),
          reference: Type.Optional(
            Type.String({ maxLength: REFERENCE_MAX, description: "The caller's own; it comes back as it is." }),
          ),
        },
        Strict,
      ),
      { minItems: 1, maxItems: ROWS_MAX },
    ),
    purpose,
    legalBasis,
    start: Type.Optional(Type.Boolean()),
    dedupe: Type.Optional(Type.Boolean()),
  },
  { $id: 'BatchRows', ...Strict },
)
export type BatchRows = Static<typeof BatchRows>

const Column = Type.Union([Type.Integer({ minimum: 0 }), Type.String({ maxLength: TITLE_MAX })])
const wishes = {
  sheet: Type.Optional(Type.String({ maxLength: TITLE_MAX })),
  headerRow: Type.Optional(Type.Integer({ minimum: 0, description: 'From 1; 0: there is none.' })),
  nameColumn: Type.Optional(Column),
  numberColumn: Type.Optional(Column),
}
export const BatchMapping = Type.Object(wishes, { $id: 'BatchMapping', ...Strict })
export type BatchMapping = Static<typeof BatchMapping>
export const BatchStart = Type.Object(
  { ...wishes, dedupe: Type.Optional(Type.Boolean()) },
  { $id: 'BatchStart', ...Strict },
)
export type BatchStart = Static<typeof BatchStart>

const Inspection = Type.Object(
  {
    format: Type.Enum(['csv', 'xlsx']),
    encoding: Type.String(),
    delimiter: Type.Union([Type.String(), Type.Null()]),
    sheets: Type.Array(Type.String()),
    sheet: Type.String(),
    headerRow: NullableNumber,
    columns: Type.Array(
      Type.Object(
        {
          index: Count,
          title: Type.String(),
          role: Type.Union([Type.Literal('name'), Type.Literal('number'), Type.Null()]),
          confidence: Type.Number(),
        },
        Strict,
      ),
    ),
    preview: Type.Array(
      Type.Object({ row: Count, cells: Type.Array(Type.String()), damaged: Type.Array(Count) }, Strict),
    ),
    rows: Count,
    damagedRows: Count,
    nameColumn: NullableNumber,
    numberColumn: NullableNumber,
  },
  { ...Strict, description: 'What was found in the sheet, before anybody is asked about.' },
)

const Estimate = Type.Object(
  {
    rows: Count,
    problems: Type.Record(Type.String(), Count, { description: 'Rows that cost nothing, by why.' }),
    duplicates: Count,
    calls: Type.Integer({ minimum: 0, description: 'Charged at most.' }),
    callsDeduplicated: Count,
    remaining: Type.Union([Count, Type.Null()], { description: 'Null where nothing is charged.' }),
    enough: Type.Boolean(),
  },
  Strict,
)

export const Batch = Type.Object(
  {
    id: Type.String(),
    status: Type.Enum(['uploaded', 'queued', 'running', 'paused', 'out_of_quota', 'completed', 'cancelled', 'failed']),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it stands still or waits.' }),
    format: Type.Enum(['csv', 'xlsx', 'json']),
    masked: Type.Boolean({ description: 'Birthdays and regions in its results are masked.' }),
    purpose: Type.String(),
    legalBasis: Type.String(),
    dedupe: Type.Boolean(),
    rows: Count,
    done: Count,
    counts: Type.Object({ match: Count, mismatch: Count, no_record: Count, problem: Count, unverified: Count }, Strict),
    charged: Count,
    duplicates: Count,
    corrections: Count,
    rowsPerSecond: NullableNumber,
    secondsLeft: NullableNumber,
    createdAt: Type.String({ format: 'date-time' }),
    startedAt: NullableMoment,
    endedAt: NullableMoment,
    expiresAt: Type.String({ format: 'date-time', description: 'Its files are destroyed then.' }),
    deletedAt: NullableMoment,
    inspection: Type.Optional(Inspection),
    estimate: Type.Optional(Nullable(Estimate)),
  },
  { $id: 'Batch', ...Strict },
)
export type Batch = Static<typeof Batch>

export const BatchList = Type.Object({ batches: Type.Array(Type.Ref('Batch')) }, { $id: 'BatchList', ...Strict })

export const BatchRow = Type.Object(
  {
    row: Type.Integer({ minimum: 1, description: 'As a spreadsheet program counts.' }),
    name: Type.String(),
    number: Type.String(),
    outcome: Type.Union([Type.String(), Type.Null()], {
      description: 'A verdict, or the code of a problem; null: nobody was asked yet.',
    }),
    charged: Type.Boolean(),
    callId: Type.Union([Type.String(), Type.Null()]),
    duplicateOf: NullableNumber,
    corrected: Type.Boolean(),
    message: Type.String(),
    advice: Type.Array(Type.String()),
    subject: Nullable(
      Type.Object({ sex: Type.Enum(['male', 'female']), birthday: Type.String(), region: Type.String() }, Strict),
    ),
  },
  { $id: 'BatchRow', ...Strict },
)
export const BatchRowPage = Type.Object(
  { rows: Type.Array(Type.Ref('BatchRow')), next: NullableNumber },
  { $id: 'BatchRowPage', ...Strict },
)

export const Correction = Type.Object(
  { name: Type.String({ maxLength: TEXT_MAX }), number: Type.String({ maxLength: TEXT_MAX }) },
  { $id: 'BatchCorrection', ...Strict },
)
export type Correction = Static<typeof Correction>

const digits = (most: number) => Type.Optional(Type.String({ pattern: `^\\d{1,${most}}$` }))
export const BatchParams = Type.Object({ id: Type.String({ pattern: '^bat_[0-9a-z]{26}$' }) })
export const RowParams = Type.Object({
  id: Type.String({ pattern: '^bat_[0-9a-z]{26}$' }),
  row: Type.String({ pattern: '^[1-9]\\d{0,6}$' }),
})
export const ListQuery = Type.Object(
  { limit: digits(3), before: Type.Optional(Type.String({ pattern: '^bat_[0-9a-z]{26}$' })) },
  Strict,
)
export const RowsQuery = Type.Object(
  { outcome: Type.Optional(Type.Enum([...ROW_FILTERS])), limit: digits(3), after: digits(7) },
  Strict,
)
export const ResultsQuery = Type.Object(
  {
    format: Type.Optional(Type.Enum(['csv', 'xlsx'])),
    columns: Type.Optional(
      Type.String({
        pattern: `^(${RESULT_COLUMNS.join('|')})(,(${RESULT_COLUMNS.join('|')}))*$`,
        description: `With commas, of ${RESULT_COLUMNS.join(', ')}; all where absent.`,
      }),
    ),
  },
  Strict,
)

export const BATCH_SCHEMAS = [
  BatchUpload,
  BatchRows,
  BatchMapping,
  BatchStart,
  Batch,
  BatchList,
  BatchRow,
  BatchRowPage,
  Correction,
]
