/** The longest AppCode or AppKey that is looked up. */
export const CREDENTIAL_MAX_LENGTH = 256

/** How a request says who calls. `none`: not at all. */
export type Presented =
  | { readonly kind: 'app_code'; readonly code: string }
  | { readonly kind: 'signed'; readonly appKey: string }
  | { readonly kind: 'none' }

const NOBODY: Presented = { kind: 'none' }
/** The word in any case, one or more spaces; the code follows. */
const APP_CODE = /^appcode +/i
/** Where an application allows its AppCode in the query, it may be spelled so. */
export const QUERY_CODE_NAMES = ['AppCode', 'appcode', 'appCode', 'APPCODE', 'APPCode'] as const

/**
 * An `APPCODE` header goes before `X-Ca-Key`; another scheme in `Authorization` counts as no credential. What is longer than any
 * credential is cut: it is one that nobody has.
 */
export function readCredential(authorization: string | undefined, caKey: string | undefined): Presented {
  if (authorization !== undefined) {
    const word = APP_CODE.exec(authorization)?.[0]
    const code =
      word === undefined ? '' : authorization.slice(word.length, word.length + CREDENTIAL_MAX_LENGTH).trimEnd()
    if (code !== '') return { kind: 'app_code', code }
  }
  if (caKey !== undefined && caKey !== '') return { kind: 'signed', appKey: caKey.slice(0, CREDENTIAL_MAX_LENGTH) }
  return NOBODY
}

/** An AppCode among the parameters of the query, where there is one. */
export function queryAppCode(query: ReadonlyMap<string, string>): string | null {
  for (const name of QUERY_CODE_NAMES) {
    const code = query.get(name)
    if (code !== undefined && code !== '') return code.slice(0, CREDENTIAL_MAX_LENGTH)
  }
  return null
}
