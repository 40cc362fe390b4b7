import { CONSENT_POLICIES, INCLUDABLE, type Includable } from '@heyan/contract'
import { type Static, Type } from 'typebox'

/** Longer than any name or number, so that the domain says which of the two is too long. */
const TEXT_MAX = 1_000
const REFERENCE_MAX = 64
const CONSENT_MAX = 200
const Strict = { additionalProperties: false } as const
const literals = <const T extends readonly string[]>(values: T) => Type.Enum(values)

export const VerificationRequest = Type.Object(
  {
    name: Type.String({ maxLength: TEXT_MAX, description: 'The real name.', examples: ['李三'] }),
    number: Type.String({
      maxLength: TEXT_MAX,
      description: 'The identity number, 18 characters.',
      examples: ['11010519491231002X'],
    }),
    include: Type.Optional(
      Type.Array(literals(INCLUDABLE), {
        uniqueItems: true,
        description: 'What the answer shall hold beside the verdict. All of it where absent; it never shows more.',
      }),
    ),
    consent: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: CONSENT_MAX,
        description: "Names the caller's record of the person's consent. Nothing of the person belongs here.",
      }),
    ),
    reference: Type.Optional(
      Type.String({ minLength: 1, maxLength: REFERENCE_MAX, description: "The caller's own; it comes back as it is." }),
    ),
  },
  { $id: 'VerificationRequest', ...Strict },
)
export type VerificationRequest = Omit<Static<typeof VerificationRequest>, 'include'> & {
  readonly include?: readonly Includable[]
}

const Region = Type.Object(
  {
    province: Type.String(),
    prefecture: Type.Union([Type.String(), Type.Null()]),
    county: Type.Union([Type.String(), Type.Null()]),
    exact: Type.Boolean({ description: 'Whether the code was in force in the year of birth.' }),
  },
  Strict,
)

export const Verification = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'The call; also X-Ca-Request-Id.' }),
    verdict: literals(['match', 'mismatch', 'no_record']),
    charged: Type.Boolean(),
    subject: Type.Optional(
      Type.Object(
        {
          name: Type.Optional(Type.String()),
          number: Type.Optional(Type.String()),
          birthday: Type.Optional(Type.String({ description: 'yyyy-MM-dd; masked 19**-**-31.' })),
          sex: Type.Optional(literals(['male', 'female'])),
          region: Type.Optional(Region),
        },
        { ...Strict, description: 'Masked or in full, as the application has it.' },
      ),
    ),
    warnings: Type.Optional(Type.Array(Type.String(), { description: 'Codes; what is odd, and no reason to refuse.' })),
    advice: Type.Optional(
      Type.Array(Type.String(), { description: 'For people; Chinese, or English by Accept-Language.' }),
    ),
    reference: Type.Optional(Type.String()),
    elapsedMs: Type.Number({ minimum: 0 }),
    createdAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Verification', ...Strict },
)
export type Verification = Static<typeof Verification>

const Count = Type.Integer({ minimum: 0 })
const DateText = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2026-01-15'] })

export const UsageQuery = Type.Object(
  {
    from: Type.Optional(
      Type.String({
        pattern: '^\\d{4}-\\d{2}-\\d{2}$',
        description: 'The first day; 29 days before the last by default.',
      }),
    ),
    to: Type.Optional(
      Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'The last day; today by default.' }),
    ),
  },
  Strict,
)

export const UsageReport = Type.Object(
  {
    applicationId: Type.String(),
    from: DateText,
    to: DateText,
    charged: Count,
    free: Count,
    days: Type.Array(
      Type.Object({ date: DateText, charged: Count, free: Count, problems: Type.Record(Type.String(), Count) }, Strict),
      { description: 'Days of Asia/Shanghai with any call; free verdicts and problems, the latter by code too.' },
    ),
  },
  { $id: 'UsageReport', ...Strict },
)

const Moment = Type.String({ format: 'date-time' })
const MaybeMoment = Type.Union([Moment, Type.Null()])
const MaybeCount = Type.Union([Count, Type.Null()])

export const QuotaReport = Type.Object(
  {
    applicationId: Type.String(),
    granted: Count,
    reserved: Count,
    used: Count,
    expired: Count,
    remaining: Count,
    subscriptions: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          granted: Count,
          remaining: Count,
          expiresAt: MaybeMoment,
          freeNoRecord: Type.Boolean(),
        },
        Strict,
      ),
      { description: 'Running ones, in the order in which they are used.' },
    ),
    application: Type.Object(
      { capTotal: MaybeCount, capDaily: MaybeCount, remaining: MaybeCount, ratePerSecond: MaybeCount },
      {
        ...Strict,
        description: 'Limits of the application within the quota of its account; null where there is none.',
      },
    ),
    consent: literals(CONSENT_POLICIES),
  },
  { $id: 'QuotaReport', ...Strict },
)
export type QuotaReport = Static<typeof QuotaReport>
