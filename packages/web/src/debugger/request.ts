import {
  MARKET_PATH,
  NAME_PARAMETER,
  NUMBER_PARAMETER,
  type SignatureMethod,
  type SignedParts,
} from '@heyan/contract/browser'

export type Method = 'GET' | 'POST'

/** What is asked, and by whom. */
export interface Question {
  readonly method: Method
  readonly name: string
  readonly number: string
  readonly credential:
    | { readonly kind: 'appCode'; readonly appCode: string }
    | {
        readonly kind: 'signature'
        readonly appKey: string
        readonly appSecret: string
        readonly algorithm: SignatureMethod
      }
}

/** Of one request only. */
export interface Moment {
  /** Epoch ms. */
  readonly timestamp: number
  readonly nonce: string
}

/** A request as it is sent; a signature is added by `sign`. */
export interface Request {
  readonly method: Method
  /** Path and query. */
  readonly target: string
  /** In this order, in this letter case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | null
  /** What of it a signature covers. */
  readonly parts: SignedParts
}

const ACCEPT = 'application/json'
const FORM = 'application/x-www-form-urlencoded; charset=UTF-8'

export function requestOf({ method, name, number, credential }: Question, { timestamp, nonce }: Moment): Request {
  const parameters = new Map([
    [NAME_PARAMETER, name],
    [NUMBER_PARAMETER, number],
  ])
  const query = [...parameters].map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')
  const signed: [string, string][] =
    credential.kind === 'appCode'
      ? []
      : [
          ['X-Ca-Key', credential.appKey],
          ['X-Ca-Nonce', nonce],
          ['X-Ca-Timestamp', String(timestamp)],
        ]
  const headers: [string, string][] = [
    ['Accept', ACCEPT],
    ...(method === 'POST' ? ([['Content-Type', FORM]] satisfies [string, string][]) : []),
    ...(credential.kind === 'appCode'
      ? ([['Authorization', `APPCODE ${credential.appCode}`]] satisfies [string, string][])
      : [
          ...signed,
          ['X-Ca-Signature-Method', credential.algorithm] as [string, string],
          ['X-Ca-Signature-Headers', signed.map(([header]) => header).join(',')] as [string, string],
        ]),
  ]
  const byName = new Map(headers.map(([header, value]) => [header.toLowerCase(), value]))
  return {
    method,
    target: method === 'GET' ? `${MARKET_PATH}?${query}` : MARKET_PATH,
    headers,
    body: method === 'POST' ? query : null,
    parts: { method, header: (header) => byName.get(header), path: MARKET_PATH, parameters },
  }
}
