import { CONSENT_POLICIES, PLATFORM_ALGORITHMS } from '@heyan/contract'
import { LOT_CALLS_MAX, LOT_DAYS_MAX } from '@heyan/store'
import { Type } from 'typebox'
import { ALLOW_LIST_MAX } from '../limits.js'

export const NAME_MAX = 100
export const ID_MAX = 64
const RATE_MAX = 1_000_000
const PRICE_MAX_FEN = 1_000_000_000
const ORDER_MAX = 64
export const LIST_MAX = 1_000

export const Strict = { additionalProperties: false } as const
const Id = Type.String({ maxLength: ID_MAX })
const Name = Type.String({ minLength: 1, maxLength: NAME_MAX })
const Calls = Type.Integer({ minimum: 1, maximum: LOT_CALLS_MAX })
const Days = Type.Integer({ minimum: 1, maximum: LOT_DAYS_MAX })
const Count = Type.Integer({ minimum: 0 })
/** Epoch ms. */
const Moment = Type.Integer()
const orNull = <S extends Parameters<typeof Type.Optional>[0]>(schema: S) => Type.Union([schema, Type.Null()])

export const AccountParams = Type.Object({ accountId: Id })
export const AppParams = Type.Object({ appId: Id })
export const CredentialParams = Type.Object({ appId: Id, credentialId: Id })
export const PlanParams = Type.Object({ planId: Id })

const AccountStatus = Type.Enum(['active', 'suspended'])
export const Account = Type.Object(
  { id: Type.String(), name: Type.String(), status: AccountStatus, createdAt: Moment },
  { $id: 'Account', ...Strict },
)
export const NewAccount = Type.Object({ name: Name }, Strict)
export const AccountChange = Type.Object({ name: Type.Optional(Name), status: Type.Optional(AccountStatus) }, Strict)
export const ListQuery = Type.Object(
  {
    limit: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,2}$', description: 'At most 999; 100 by default.' })),
    after: Type.Optional(Id),
  },
  Strict,
)

const Mode = Type.Enum(['live', 'sandbox', 'elsewhere'])
const Fields = Type.Enum(['masked', 'full'])
export const NewApplication = Type.Object(
  {
    name: Name,
    accountId: Type.Optional(Id),
    calls: Type.Optional(Calls),
    days: Type.Optional(Days),
    fields: Type.Optional(Fields),
    mode: Type.Optional(Mode),
    freeNoRecord: Type.Optional(Type.Boolean()),
  },
  Strict,
)
export const CreatedApplication = Type.Object(
  {
    accountId: Type.String(),
    appId: Type.String(),
    appKey: Type.String(),
    appSecret: Type.String(),
    appCode: Type.String(),
  },
  { $id: 'CreatedApplication', ...Strict, description: 'The secrets are shown here, once.' },
)

const Rate = orNull(Type.Integer({ minimum: 1, maximum: RATE_MAX }))
const Cap = orNull(Type.Integer({ minimum: 0, maximum: LOT_CALLS_MAX }))
const changeable = {
  name: Name,
  status: AccountStatus,
  mode: Mode,
  fields: Fields,
  ratePerSecond: Rate,
  capTotal: Cap,
  capDaily: Cap,
  allowList: Type.Array(Type.String({ maxLength: ID_MAX }), { maxItems: ALLOW_LIST_MAX }),
  queryCodeAllowed: Type.Boolean(),
  signatureEchoFull: Type.Boolean(),
  platformAlgorithm: Type.Enum([...PLATFORM_ALGORITHMS]),
}
export const ApplicationChange = Type.Partial(Type.Object(changeable), Strict)
export const Application = Type.Object(
  { accountId: Type.String(), appId: Type.String(), ...changeable, createdAt: Moment },
  { $id: 'Application', ...Strict },
)

export const Policies = Type.Object(
  { consent: Type.Optional(Type.Enum([...CONSENT_POLICIES])), freeNoRecord: Type.Optional(Type.Boolean()) },
  { $id: 'Policies', ...Strict, description: 'What is set at this place; what is absent is as it is for all, or off.' },
)
export const PolicyChange = Type.Object(
  {
    consent: Type.Optional(orNull(Type.Enum([...CONSENT_POLICIES]))),
    freeNoRecord: Type.Optional(orNull(Type.Boolean())),
  },
  { ...Strict, description: 'Null takes a policy back.' },
)

export const Consent = Type.Object(
  { callId: Type.String(), reference: Type.String(), at: Moment },
  { $id: 'Consent', ...Strict },
)
export const ConsentQuery = Type.Object(
  {
    limit: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,2}$' })),
    before: Type.Optional(Type.String({ maxLength: ID_MAX, description: 'Only those before this call.' })),
  },
  Strict,
)

const CredentialKind = Type.Enum(['app_code', 'app_key'])
const credential = {
  id: Type.String(),
  kind: CredentialKind,
  appKey: orNull(Type.String()),
  status: Type.Enum(['active', 'revoked']),
  createdAt: Moment,
  revokedAt: orNull(Moment),
}
export const Credential = Type.Object(credential, { $id: 'Credential', ...Strict })
export const IssuedCredential = Type.Object(
  { ...credential, secret: Type.String({ description: 'The AppCode, or the AppSecret; shown once.' }) },
  { $id: 'IssuedCredential', ...Strict },
)
export const NewCredential = Type.Object({ kind: CredentialKind }, Strict)
export const Rotation = Type.Object({ keepOld: Type.Optional(Type.Boolean()) }, Strict)
export const Reveal = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 200 }) }, Strict)
export const RevealedSecrets = Type.Object(
  { appKey: Type.String(), appSecret: Type.String(), appCode: Type.String() },
  { $id: 'RevealedSecrets', ...Strict },
)

export const Grant = Type.Object(
  { calls: Calls, days: Type.Optional(Days), freeNoRecord: Type.Optional(Type.Boolean()) },
  Strict,
)
export const GrantedLot = Type.Object(
  { lotId: Type.String(), calls: Count, expiresAt: orNull(Moment) },
  { $id: 'GrantedLot', ...Strict },
)
export const Lot = Type.Object(
  {
    id: Type.String(),
    planId: orNull(Type.String()),
    orderRef: Type.String(),
    granted: Count,
    reserved: Count,
    used: Count,
    expired: Count,
    refunded: Count,
    remaining: Count,
    expiresAt: orNull(Moment),
    freeNoRecord: Type.Boolean(),
    createdAt: Moment,
  },
  { $id: 'Lot', ...Strict },
)
export const Usage = Type.Object(
  {
    granted: Count,
    reserved: Count,
    used: Count,
    expired: Count,
    remaining: Count,
    charged: Count,
    free: Count,
  },
  { $id: 'Usage', ...Strict },
)

const plan = {
  label: Name,
  priceFen: Type.Integer({ minimum: 0, maximum: PRICE_MAX_FEN }),
  calls: Calls,
  validDays: orNull(Days),
  oncePerAccount: Type.Boolean(),
  freeNoRecord: Type.Boolean(),
}
const PlanStatus = Type.Enum(['on_sale', 'withdrawn'])
export const Plan = Type.Object(
  { id: Type.String(), ...plan, status: PlanStatus, createdAt: Moment },
  { $id: 'Plan', ...Strict },
)
export const NewPlan = Type.Object(
  {
    ...plan,
    validDays: Type.Optional(plan.validDays),
    oncePerAccount: Type.Optional(plan.oncePerAccount),
    freeNoRecord: Type.Optional(plan.freeNoRecord),
  },
  Strict,
)
export const PlanChange = Type.Partial(Type.Object({ ...plan, status: PlanStatus }), Strict)
export const Subscription = Type.Object(
  { planId: Id, orderRef: Type.Optional(Type.String({ minLength: 1, maxLength: ORDER_MAX })) },
  Strict,
)

/** The longest name or number taken from an operator, before it is looked at. */
const TEXT_MAX = 1_000
export const Question = Type.Object(
  { name: Type.String({ maxLength: TEXT_MAX }), number: Type.String({ maxLength: TEXT_MAX }) },
  Strict,
)
const Verdict = Type.Enum(['match', 'mismatch', 'no_record'])
export const OperatorVerification = Type.Object(
  { id: Type.String(), verdict: Verdict, charged: Type.Literal(false) },
  { $id: 'OperatorVerification', ...Strict },
)

export const AuditLine = Type.Object(
  {
    streamId: Type.String(),
    seq: Count,
    at: Moment,
    actor: Type.String(),
    action: Type.String(),
    object: Type.String(),
    accountId: orNull(Type.String()),
    before: Type.Unknown(),
    after: Type.Unknown(),
  },
  { $id: 'AuditLine', ...Strict },
)
export const AuditQuery = Type.Object(
  {
    limit: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,2}$' })),
    before: Type.Optional(Type.String({ pattern: '^\\d{1,15}$', description: 'Only lines before this `seq`.' })),
    accountId: Type.Optional(Id),
    object: Type.Optional(Id),
  },
  Strict,
)

/** `orderUrls`: by the id of their plan. A change to null goes back to the default; an empty text is shown nowhere. */
const FACT_MAX = 500
const WebAddress = Type.String({ maxLength: FACT_MAX, pattern: '^(https?://[^\\s]+)?$' })
const Fact = Type.String({ maxLength: FACT_MAX })
const facts = {
  operatorName: Type.String({ maxLength: NAME_MAX }),
  buyerCentreUrl: WebAddress,
  hotline: Fact,
  serviceHours: Fact,
  enquiryContact: Fact,
  zeroCodeContact: Fact,
  registrationNotice: Fact,
}
const PLAN_ID = '^[A-Za-z0-9_]{1,64}$'
export const Site = Type.Object(
  { ...facts, orderUrls: Type.Record(Type.String({ pattern: PLAN_ID }), WebAddress) },
  { $id: 'Site', ...Strict },
)
export const SiteChange = Type.Partial(
  Type.Object({
    operatorName: orNull(facts.operatorName),
    buyerCentreUrl: orNull(WebAddress),
    hotline: orNull(Fact),
    serviceHours: orNull(Fact),
    enquiryContact: orNull(Fact),
    zeroCodeContact: orNull(Fact),
    registrationNotice: orNull(Fact),
    orderUrls: Type.Record(Type.String({ pattern: PLAN_ID }), orNull(WebAddress), Strict),
  }),
  Strict,
)

export const RosterQuery = Type.Object(
  {
    nameColumn: Type.Optional(Type.String({ maxLength: NAME_MAX })),
    numberColumn: Type.Optional(Type.String({ maxLength: NAME_MAX })),
    id: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description:
          'What the list is called: the same for the same bytes and the same columns. Such an import can be gone on with.',
      }),
    ),
    from: Type.Optional(
      Type.String({
        pattern: '^[0-9]{1,12}$',
        description: 'Bytes of the list before the first that is sent: those of `unfinished`, or none.',
      }),
    ),
  },
  Strict,
)
export const EditionParams = Type.Object({ generation: Type.String({ pattern: '^[0-9a-f]{16}$' }) }, Strict)
export const RosterCount = Type.Object(
  {
    count: Count,
    generation: orNull(Type.String({ description: 'Of the list that serves.' })),
    unfinished: orNull(
      Type.Object(
        { id: Type.String(), bytes: Count, rows: Count },
        {
          ...Strict,
          description: 'An import that was interrupted, and how many bytes of its list need not be sent again.',
        },
      ),
    ),
  },
  { $id: 'RosterCount', ...Strict },
)

export const RegionCount = Type.Object({ records: Count }, { $id: 'RegionCount', ...Strict })

/** What answers refer to by name. */
export const NAMED = [
  Account,
  CreatedApplication,
  Application,
  Policies,
  Consent,
  Credential,
  IssuedCredential,
  RevealedSecrets,
  GrantedLot,
  Lot,
  Usage,
  Plan,
  OperatorVerification,
  AuditLine,
  RosterCount,
  RegionCount,
  Site,
] as const
