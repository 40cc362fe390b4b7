import type { SignatureMethod } from '@heyan/contract/browser'
import type { Method, Question } from './request.js'

/** What is written in the form. */
export interface Draft {
  readonly appCode: string
  readonly name: string
  readonly number: string
  readonly isDeveloper: boolean
  readonly credential: 'appCode' | 'signature'
  readonly appKey: string
  readonly appSecret: string
  readonly algorithm: SignatureMethod
  readonly method: Method
}

export const EMPTY_DRAFT: Draft = {
  appCode: '',
  name: '',
  number: '',
  isDeveloper: false,
  credential: 'appCode',
  appKey: '',
  appSecret: '',
  algorithm: 'HmacSHA256',
  method: 'GET',
}

/** What is asked: choices of the developer mode count while it is on. */
export function questionOf({ isDeveloper, name, number, ...draft }: Draft): Question {
  if (isDeveloper && draft.credential === 'signature') {
    const { method, appKey, appSecret, algorithm } = draft
    const credential = { kind: 'signature', appKey: appKey.trim(), appSecret: appSecret.trim(), algorithm } as const
    return { method, name, number, credential }
  }
  return {
    method: isDeveloper ? draft.method : 'GET',
    name,
    number,
    credential: { kind: 'appCode', appCode: draft.appCode.trim() },
  }
}
