/** The two ways a gateway of this kind words its refusals. `classic` sends no error code. */
export type GatewayProfile = 'classic' | 'vpc'

export type GatewayErrorCode =
  | 'no_credential'
  | 'unknown_app_code'
  | 'unknown_app_key'
  | 'signature_missing'
  | 'timestamp_expired'
  | 'signature_wrong'
  | 'content_md5_wrong'
  | 'nonce_used'
  | 'suspended'
  | 'address_not_allowed'
  | 'quota_expired'
  | 'quota_exhausted'
  | 'throttled'
  | 'path_unknown'
  | 'method_wrong'
  | 'body_too_large'
  | 'url_too_large'
  | 'overloaded'
  | 'repeat_in_flight'
  | 'repeat_differs'
  | 'replay_limit'
  | 'idempotency_key_invalid'
  | 'bad_request'

/** What a refusal is about, where its text says so. Each is fit for a header already. */
export interface GatewayErrorDetails {
  /** `signature_wrong`: the StringToSign as it may be shown. */
  readonly stringToSign?: string
  /** `path_unknown`, `method_wrong`. */
  readonly method?: string
  readonly path?: string
  /** `repeat_in_flight`, `repeat_differs`, `replay_limit`: the call that is repeated. */
  readonly callId?: string
}

export interface GatewayError {
  readonly status: number
  readonly message: string
  /** Null: no such header. */
  readonly errorCode: string | null
}

type Row = readonly [
  status: number,
  errorCode: string | null,
  message: string | ((details: GatewayErrorDetails) => string),
]

const wrongSignature = ({ stringToSign = '' }: GatewayErrorDetails) =>
  `Invalid Signature, Server StringToSign:\`${stringToSign}\``

/** Ours in both profiles: what the public gateway has no words for. */
const OURS = {
  repeat_in_flight: [409, null, ({ callId = '' }: GatewayErrorDetails) => `Idempotency-Key In Flight, call ${callId}`],
  repeat_differs: [422, null, ({ callId = '' }: GatewayErrorDetails) => `Idempotency-Key Reused, call ${callId}`],
  replay_limit: [409, null, ({ callId = '' }: GatewayErrorDetails) => `Replay Limit, call ${callId}`],
  idempotency_key_invalid: [400, null, 'Invalid Idempotency-Key'],
  bad_request: [400, null, 'Bad Request'],
} as const satisfies Partial<Record<GatewayErrorCode, Row>>

const CLASSIC: Readonly<Record<GatewayErrorCode, Row>> = {
  ...OURS,
  no_credential: [403, null, 'Unauthorized'],
  unknown_app_code: [400, null, 'Invalid AppCode `not exists`'],
  unknown_app_key: [400, null, 'Invalid AppKey'],
  signature_missing: [401, null, 'Empty Signature'],
  timestamp_expired: [400, null, 'Timestamp Expired'],
  signature_wrong: [400, null, wrongSignature],
  content_md5_wrong: [400, null, 'Invalid Content-MD5'],
  nonce_used: [400, null, 'Nonce Used'],
  suspended: [403, null, 'Unauthorized'],
  address_not_allowed: [403, null, 'Unauthorized'],
  quota_expired: [403, null, 'Quota Expired'],
  quota_exhausted: [403, null, 'Quota Exhausted'],
  throttled: [403, null, 'Throttled by APP Flow Control'],
  path_unknown: [400, null, 'Invalid Url'],
  method_wrong: [400, null, 'Invalid HttpMethod'],
  body_too_large: [413, null, 'Request body too Large'],
  url_too_large: [414, null, 'Request URL too Large'],
  overloaded: [503, null, 'Service Unavailable'],
}

const VPC: Readonly<Record<GatewayErrorCode, Row>> = {
  ...OURS,
  no_credential: [400, 'A400MA', 'Need authorization'],
  unknown_app_code: [401, 'A401AC', 'Invalid AppCode `not exists`'],
  unknown_app_key: [400, 'A400IK', 'Invalid AppKey'],
  signature_missing: [401, 'A401SG', 'Empty Signature'],
  timestamp_expired: [400, 'A400TE', 'Timestamp Expired'],
  signature_wrong: [403, 'A403IS', wrongSignature],
  content_md5_wrong: [400, 'I400BD', 'Invalid Content-MD5'],
  nonce_used: [400, 'A400NU', 'Nonce Used'],
  suspended: [403, 'I403AA', 'Unauthorized'],
  address_not_allowed: [403, 'A403IP', 'Unauthorized'],
  quota_expired: [403, 'B403ME', 'Api Market Subscription quota expired'],
  quota_exhausted: [403, 'B403MQ', 'Api Market Subscription quota exhausted'],
  throttled: [429, 'T429PA', 'Throttled by APP Flow Control'],
  path_unknown: [404, 'I404NF', ({ method = '', path = '' }) => `API not found with \`${method} ${path}\``],
  method_wrong: [405, 'I405UM', ({ method = '' }) => `Unsupported Method \`${method}\``],
  body_too_large: [413, 'I413RL', 'Request body too Large'],
  url_too_large: [413, 'I413UL', 'Request URL too Large'],
  overloaded: [503, 'X503BZ', 'Service Busy'],
}

/** How a profile words a refusal. The message goes into `X-Ca-Error-Message`, the code into `X-Ca-Error-Code`; the body is empty. */
export function gatewayError(
  code: GatewayErrorCode,
  profile: GatewayProfile,
  details: GatewayErrorDetails = {},
): GatewayError {
  const [status, errorCode, message] = (profile === 'classic' ? CLASSIC : VPC)[code]
  return { status, errorCode, message: typeof message === 'string' ? message : message(details) }
}
