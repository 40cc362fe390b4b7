import { Type } from 'typebox'

const NAME_MAX = 100
const SECRET_MAX = 4_096
const COST_MAX_CENTIFEN = 1_000_000_000
const TIMEOUT_MIN_MS = 50
const TIMEOUT_MAX_MS = 3_000
/** The longest name or number taken from an operator, before it is looked at. */
const TEXT_MAX = 1_000
export const ATTEMPTS_PAGE_MAX = 1_000

const Strict = { additionalProperties: false } as const
const Count = Type.Integer({ minimum: 0 })
const Priority = Type.Integer({ minimum: 0, maximum: 1_000, description: 'Lower is asked first.' })
const Cost = Type.Integer({ minimum: 0, maximum: COST_MAX_CENTIFEN, description: 'Hundredths of a fen a verdict.' })
const orNull = <S extends Parameters<typeof Type.Optional>[0]>(schema: S) => Type.Union([schema, Type.Null()])
const Settings = Type.Record(Type.String(), Type.Unknown(), { description: 'By kind; they may be shown.' })
const Secrets = Type.Record(Type.String(), Type.String({ maxLength: SECRET_MAX }), {
  description: 'Never shown again.',
})
const Status = Type.Enum(['enabled', 'disabled'])

const terms = {
  priority: Priority,
  weight: Type.Integer({ minimum: 1, maximum: 1_000, description: 'Share among sources of the same priority.' }),
  costCentifen: Cost,
  noRecordCostCentifen: orNull(Cost),
  secondQuestion: Type.Enum(['never', 'on_mismatch'], {
    description: 'Whether another spelling of the name is asked where the first does not match.',
  }),
  timeoutMs: orNull(Type.Integer({ minimum: TIMEOUT_MIN_MS, maximum: TIMEOUT_MAX_MS })),
}

const counts = {
  attempts: Count,
  classes: Type.Record(Type.String(), Count, { description: '`verdict`, or why there was none.' }),
  costCentifen: Count,
  durationMs: Type.Number({ description: 'Of all attempts together.' }),
  lateAnswers: Count,
  alert: orNull(
    Type.Object(
      { reason: Type.String(), code: Type.String(), at: Type.Integer() },
      { ...Strict, description: 'The last.' },
    ),
  ),
}
const SinceStart = Type.Object(counts, { ...Strict, description: 'Since this process began.' })

export const Source = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    kind: Type.String(),
    settings: Settings,
    secretNames: Type.Array(Type.String()),
    ...terms,
    status: Status,
    createdAt: Type.Integer(),
    state: Type.Enum(['closed', 'resting', 'due', 'probing', 'disabled', 'invalid'], {
      description: 'Of its breaker; `closed` is well. `invalid`: it cannot work as it is described, and is left out.',
    }),
    problem: orNull(Type.String()),
    active: Count,
    sinceStart: SinceStart,
  },
  { $id: 'Source', ...Strict },
)
export const Sources = Type.Object(
  {
    sources: Type.Array(Type.Ref('Source')),
    roster: Type.Object(
      {
        priority: orNull(Priority),
        isAsked: Type.Boolean({ description: 'It is on the route, alone or among the sources.' }),
        ready: Type.Boolean(),
        sinceStart: SinceStart,
      },
      {
        ...Strict,
        description: "The organisation's own list. Without a priority it is asked where no source is enabled.",
      },
    ),
    ready: Type.Boolean({ description: 'Whether asking now can lead to a verdict.' }),
  },
  { $id: 'Sources', ...Strict },
)

export const SourceParams = Type.Object({ sourceId: Type.String({ maxLength: 64 }) })
export const NewSource = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' }),
    kind: Type.String({ maxLength: NAME_MAX }),
    settings: Settings,
    secrets: Type.Optional(Secrets),
    ...Type.Partial(Type.Object(terms)).properties,
  },
  Strict,
)
export const SourceChange = Type.Partial(
  Type.Object({ ...terms, status: Status, settings: Settings, secrets: Secrets }),
  { ...Strict, description: '`settings` and `secrets` take the place of all there were.' },
)
export const RosterPlace = Type.Object({ priority: orNull(Priority) }, Strict)

export const SourceQuestion = Type.Partial(
  Type.Object({ name: Type.String({ maxLength: TEXT_MAX }), number: Type.String({ maxLength: TEXT_MAX }) }),
  { ...Strict, description: 'Without a subject: an invented one of the sandbox.' },
)
export const SourceTest = Type.Object(
  {
    callId: Type.String(),
    verdict: orNull(Type.Enum(['match', 'mismatch', 'no_record'])),
    reason: orNull(Type.String({ description: 'Why there is no verdict.' })),
    reference: orNull(Type.String({ description: 'What the supplier calls it; its bill may name it.' })),
    elapsedMs: Type.Number(),
  },
  { $id: 'SourceTest', ...Strict },
)

const Day = Type.String({ pattern: '^20\\d{2}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$', description: 'Asia/Shanghai' })
export const AttemptsQuery = Type.Object(
  {
    source: Type.String({ maxLength: NAME_MAX }),
    from: Day,
    to: Day,
    after: Type.Optional(Type.String({ maxLength: 200, description: 'The `next` of the page before.' })),
    limit: Type.Optional(Type.String({ pattern: '^([1-9]\\d{0,2}|1000)$' })),
  },
  Strict,
)
export const Attempts = Type.Object(
  {
    attempts: Type.Array(
      Type.Object(
        {
          callId: Type.String(),
          ordinal: Type.Integer(),
          at: Type.Integer(),
          outcome: Type.String(),
          durationMs: Count,
          costCentifen: Count,
          mayBeBilled: Type.Boolean(),
          reference: orNull(Type.String()),
        },
        Strict,
      ),
    ),
    next: orNull(Type.String()),
  },
  { $id: 'Attempts', ...Strict, description: 'Those of one call follow each other.' },
)

export const SOURCE_NAMED = [Source, Sources, SourceTest, Attempts] as const
