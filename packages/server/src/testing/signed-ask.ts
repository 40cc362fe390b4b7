import { sign } from '@heyan/contract'
import type { CreatedApplication } from '@heyan/store'
import type { Ask } from './server.js'

export interface Signing {
  readonly method?: 'GET' | 'POST'
  readonly path?: string
  /** As it stands in the URL. */
  readonly query?: string
  readonly nonce?: string
  /** Epoch ms. */
  readonly at?: number
  readonly body?: string
  /** Among those that are signed in a line of their own. */
  readonly headers?: Readonly<Record<string, string>>
  /** Spoils or replaces headers after the signing; undefined takes one away. */
  readonly change?: Readonly<Record<string, string | undefined>>
}

/** A request for `path` and `query`, signed as the published clients do. */
export function signedAsk(
  { appKey, appSecret }: CreatedApplication,
  { method = 'GET', path = '/idcard', query = '', nonce = 'n', at = 0, body, headers = {}, change = {} }: Signing,
): Ask {
  const listed: Record<string, string> = { 'x-ca-key': appKey, 'x-ca-nonce': nonce, 'x-ca-timestamp': String(at) }
  const names = Object.keys(listed).sort()
  const parameters = [...new URLSearchParams(query)].sort(([one], [other]) => (one < other ? -1 : 1))
  const shown = parameters.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&')
  const own = ['accept', 'content-md5', 'content-type', 'date'].map((name) => `${headers[name] ?? ''}\n`).join('')
  const lines = names.map((name) => `${name}:${listed[name]}\n`).join('')
  const text = `${method}\n${own}${lines}${path}${shown === '' ? '' : '?'}${shown}`
  const all: Record<string, string | undefined> = {
    ...headers,
    ...listed,
    'x-ca-signature-headers': names.join(','),
    'x-ca-signature': sign(text, appSecret, 'HmacSHA256'),
    ...change,
  }
  const sent = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return { method, headers: Object.fromEntries(sent), ...(body === undefined ? {} : { body }) }
}
