import { hash } from 'node:crypto'
import {
  BACKEND_SIGNATURE_HEADERS,
  CREDENTIAL_MAX_LENGTH,
  contentMd5,
  ECHO_MASKS,
  echoBackendString,
  echoStringToSign,
  type GatewayErrorCode,
  type GatewayErrorDetails,
  isBackendSigned,
  type Masks,
  type Presented,
  queryAppCode,
  readCredential,
  signatureMatches,
  signatureMethod,
  stringToSign,
} from '@heyan/contract'
import type { Caller, Directory } from '../directory.js'
import { NONCE_MAX_BYTES, TIMESTAMP_TOLERANCE_MS } from '../limits.js'
import { type CallRequest, headerOf } from './call-request.js'

/** Who calls, and the nonce that this request is to spend; or why nobody can be told. */
export type Authenticated =
  | { readonly ok: true; readonly caller: Caller; readonly nonce: string | null }
  | { readonly ok: false; readonly code: GatewayErrorCode; readonly details?: GatewayErrorDetails }

const refuse = (code: GatewayErrorCode): Authenticated => ({ ok: false, code })
const NO_CREDENTIAL = refuse('no_credential')
const UNKNOWN_APP_CODE = refuse('unknown_app_code')
const UNKNOWN_APP_KEY = refuse('unknown_app_key')
const SIGNATURE_MISSING = refuse('signature_missing')
const TIMESTAMP_EXPIRED = refuse('timestamp_expired')
const CONTENT_MD5_WRONG = refuse('content_md5_wrong')
const BAD_REQUEST = refuse('bad_request')

/** Credential present → known → signature present → timestamp → signature → Content-MD5. One that fails is never retried with the next. */
export function authenticate(request: CallRequest, directory: Directory): Promise<Authenticated> {
  return headerOf(request.raw, BACKEND_SIGNATURE_HEADERS.secretKey) === undefined
    ? byOwnCredential(request, directory)
    : byGatewayInFront(request, directory)
}

function byOwnCredential(request: CallRequest, directory: Directory): Promise<Authenticated> {
  const { raw } = request
  const presented = readCredential(raw.headers.authorization, headerOf(raw, 'x-ca-key'))
  return presented.kind === 'none' ? byQuery(request, directory) : prove(request, presented, directory)
}

/** Whether the caller is who the presented credential says. */
export async function prove(
  request: CallRequest,
  presented: Exclude<Presented, { kind: 'none' }>,
  directory: Directory,
): Promise<Authenticated> {
  const isCode = presented.kind === 'app_code'
  const found = isCode ? directory.byAppCode(presented.code, request.raw.socket) : directory.byAppKey(presented.appKey)
  const caller = found instanceof Promise ? await found : found
  // Its calls are paid for at the gateway in front; past that gateway there is no way to it.
  if (caller?.free === 'elsewhere') return NO_CREDENTIAL
  if (isCode) return caller === null ? UNKNOWN_APP_CODE : { ok: true, caller, nonce: null }
  return caller === null ? UNKNOWN_APP_KEY : checkSignature(request, caller)
}

/**
 * An application that is metered elsewhere is called by the gateway in front of it, which signs with the application's AppKey
 * and AppSecret; what its clients sent to prove themselves there is not ours to read. A gateway that is nobody's of ours
 * says nothing.
 */
async function byGatewayInFront(request: CallRequest, directory: Directory): Promise<Authenticated> {
  const { raw, signed, opaqueBody } = request
  const appKey = headerOf(raw, BACKEND_SIGNATURE_HEADERS.secretKey) ?? ''
  const found = appKey.length > CREDENTIAL_MAX_LENGTH ? null : directory.byAppKey(appKey)
  const caller = found instanceof Promise ? await found : found
  if (caller?.free !== 'elsewhere' || caller.appSecret === null) return byOwnCredential(request, directory)
  if (!isBackendSigned(signed, opaqueBody, caller.appSecret)) {
    return {
      ok: false,
      code: 'signature_wrong',
      details: { stringToSign: echoBackendString(signed, masksFor(caller)) },
    }
  }
  const md5 = headerOf(raw, 'content-md5') ?? ''
  const isWrong = opaqueBody === null ? isWrongMd5(request, md5) : md5 !== '' && md5 !== contentMd5(opaqueBody)
  return isWrong ? CONTENT_MD5_WRONG : { ok: true, caller, nonce: null }
}

/** An AppCode in the query counts only for an application that allows it there; for others there is no credential. */
async function byQuery({ query, raw }: CallRequest, directory: Directory): Promise<Authenticated> {
  const code = queryAppCode(query)
  if (code === null) return NO_CREDENTIAL
  const caller = await directory.byAppCode(code, raw.socket)
  if (caller === null || caller.free === 'elsewhere' || !caller.isQueryCodeAllowed) return NO_CREDENTIAL
  return { ok: true, caller, nonce: null }
}

function checkSignature(request: CallRequest, caller: Caller): Authenticated {
  const { raw, at, signed } = request
  if (caller.appSecret === null) return UNKNOWN_APP_KEY
  const signature = headerOf(raw, 'x-ca-signature')
  if (signature === undefined || signature === '') return SIGNATURE_MISSING
  const timestamp = headerOf(raw, 'x-ca-timestamp')
  if (timestamp !== undefined && timestamp !== '' && !isInTime(timestamp, at)) return TIMESTAMP_EXPIRED
  const method = signatureMethod(headerOf(raw, 'x-ca-signature-method'))
  if (method === null || !signatureMatches(signature, stringToSign(signed), caller.appSecret, method)) {
    return { ok: false, code: 'signature_wrong', details: { stringToSign: echoStringToSign(signed, masksFor(caller)) } }
  }
  const md5 = headerOf(raw, 'content-md5')
  if (request.opaqueBody !== null ? md5 !== contentMd5(request.opaqueBody) : isWrongMd5(request, md5))
    return CONTENT_MD5_WRONG
  const nonce = headerOf(raw, 'x-ca-nonce')
  if (nonce === undefined || nonce === '') return { ok: true, caller, nonce: null }
  if (nonce.length > NONCE_MAX_BYTES) return BAD_REQUEST
  return { ok: true, caller, nonce: hash('sha256', nonce, 'base64url') }
}

/** A form counts by its parameters; a Content-MD5 beside it is checked all the same. Without a body there is nothing to compare. */
function isWrongMd5({ raw, formBytes }: CallRequest, md5: string | undefined): boolean {
  if (md5 === undefined || md5 === '') return false
  return formBytes !== null && raw.method === 'POST' && md5 !== contentMd5(formBytes)
}

function isInTime(timestamp: string, at: number): boolean {
  return /^\d{1,16}$/.test(timestamp) && Math.abs(Number(timestamp) - at) <= TIMESTAMP_TOLERANCE_MS
}

const NO_MASKS: Masks = new Map()

function masksFor(caller: Caller): Masks {
  return caller.isSignatureEchoFull ? NO_MASKS : ECHO_MASKS
}
