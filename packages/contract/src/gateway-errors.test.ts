import { describe, expect, test } from 'vitest'
import { type GatewayErrorCode, gatewayError } from './gateway-errors.js'

type Line = readonly [status: number, message: string]
type CodedLine = readonly [status: number, errorCode: string | null, message: string]

const DETAILS = { stringToSign: 'GET#####/idcard', method: 'HEAD', path: '/x', callId: 'ID' }

/** The classic profile: no error code. */
const CLASSIC: Readonly<Record<GatewayErrorCode, Line>> = {
  no_credential: [403, 'Unauthorized'],
  unknown_app_code: [400, 'Invalid AppCode `not exists`'],
  unknown_app_key: [400, 'Invalid AppKey'],
  signature_missing: [401, 'Empty Signature'],
  timestamp_expired: [400, 'Timestamp Expired'],
  signature_wrong: [400, 'Invalid Signature, Server StringToSign:`GET#####/idcard`'],
  content_md5_wrong: [400, 'Invalid Content-MD5'],
  nonce_used: [400, 'Nonce Used'],
  suspended: [403, 'Unauthorized'],
  address_not_allowed: [403, 'Unauthorized'],
  quota_expired: [403, 'Quota Expired'],
  quota_exhausted: [403, 'Quota Exhausted'],
  throttled: [403, 'Throttled by APP Flow Control'],
  path_unknown: [400, 'Invalid Url'],
  method_wrong: [400, 'Invalid HttpMethod'],
  body_too_large: [413, 'Request body too Large'],
  url_too_large: [414, 'Request URL too Large'],
  overloaded: [503, 'Service Unavailable'],
  repeat_in_flight: [409, 'Idempotency-Key In Flight, call ID'],
  repeat_differs: [422, 'Idempotency-Key Reused, call ID'],
  replay_limit: [409, 'Replay Limit, call ID'],
  idempotency_key_invalid: [400, 'Invalid Idempotency-Key'],
  bad_request: [400, 'Bad Request'],
}

const VPC: Readonly<Record<GatewayErrorCode, CodedLine>> = {
  no_credential: [400, 'A400MA', 'Need authorization'],
  unknown_app_code: [401, 'A401AC', 'Invalid AppCode `not exists`'],
  unknown_app_key: [400, 'A400IK', 'Invalid AppKey'],
  signature_missing: [401, 'A401SG', 'Empty Signature'],
  timestamp_expired: [400, 'A400TE', 'Timestamp Expired'],
  signature_wrong: [403, 'A403IS', 'Invalid Signature, Server StringToSign:`GET#####/idcard`'],
  content_md5_wrong: [400, 'I400BD', 'Invalid Content-MD5'],
  nonce_used: [400, 'A400NU', 'Nonce Used'],
  suspended: [403, 'I403AA', 'Unauthorized'],
  address_not_allowed: [403, 'A403IP', 'Unauthorized'],
  quota_expired: [403, 'B403ME', 'Api Market Subscription quota expired'],
  quota_exhausted: [403, 'B403MQ', 'Api Market Subscription quota exhausted'],
  throttled: [429, 'T429PA', 'Throttled by APP Flow Control'],
  path_unknown: [404, 'I404NF', 'API not found with `HEAD /x`'],
  method_wrong: [405, 'I405UM', 'Unsupported Method `HEAD`'],
  body_too_large: [413, 'I413RL', 'Request body too Large'],
  url_too_large: [413, 'I413UL', 'Request URL too Large'],
  overloaded: [503, 'X503BZ', 'Service Busy'],
  repeat_in_flight: [409, null, 'Idempotency-Key In Flight, call ID'],
  repeat_differs: [422, null, 'Idempotency-Key Reused, call ID'],
  replay_limit: [409, null, 'Replay Limit, call ID'],
  idempotency_key_invalid: [400, null, 'Invalid Idempotency-Key'],
  bad_request: [400, null, 'Bad Request'],
}

const CODES = Object.keys(CLASSIC) as GatewayErrorCode[]

describe('what the gateway refuses', () => {
  test.each(CODES)('%s, in the classic words', (code) => {
    const [status, message] = CLASSIC[code]
    expect(gatewayError(code, 'classic', DETAILS)).toEqual({ status, message, errorCode: null })
  })

  test.each(CODES)('%s, in the words of vpc', (code) => {
    const [status, errorCode, message] = VPC[code]
    expect(gatewayError(code, 'vpc', DETAILS)).toEqual({ status, message, errorCode })
  })

  test('is fit for a header, also where nothing more is known', () => {
    for (const code of CODES) {
      for (const profile of ['classic', 'vpc'] as const) {
        expect(gatewayError(code, profile).message).toMatch(/^[\u0020-\u007e]+$/)
      }
    }
  })
})
