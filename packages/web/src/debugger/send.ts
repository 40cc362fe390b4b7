import type { Request } from './request.js'

/** Longer than the server takes for anything. */
const CALL_TIMEOUT_MS = 20_000

export interface Timing {
  /** Until the headers were there, and until all was. */
  readonly headersMs: number
  readonly totalMs: number
}

/** What came back. */
export interface Answer extends Timing {
  readonly kind: 'answer'
  readonly status: number
  /** By lower-case name, as text. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** `network`: nobody answered, and so nobody charged that could be told. */
export type Sent = Answer | { readonly kind: 'network' | 'timeout' | 'unsendable' }

/** Sends it to the server that this page came from; to nobody else, and without cookies. */
export async function send({ method, target, headers, body }: Request): Promise<Sent> {
  const begun = performance.now()
  let fields: Headers
  try {
    fields = new Headers(headers.map(([name, value]): [string, string] => [name, value]))
  } catch {
    return { kind: 'unsendable' }
  }
  try {
    const answer = await fetch(target, {
      method,
      headers: fields,
      body,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    })
    const headersMs = performance.now() - begun
    const text = await answer.text()
    return {
      kind: 'answer',
      status: answer.status,
      headers: new Map([...answer.headers].map(([name, value]) => [name, fromBytes(value)])),
      body: text,
      headersMs,
      totalMs: performance.now() - begun,
    }
  } catch (error) {
    return { kind: error instanceof DOMException && error.name === 'TimeoutError' ? 'timeout' : 'network' }
  }
}

/** Header values are UTF-8 carried one byte a character; what is no UTF-8 stays as it is. */
export function fromBytes(value: string): string {
  try {
    const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return value
  }
}
