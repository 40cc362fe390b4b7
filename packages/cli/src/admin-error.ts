/** What the server said when it did not do what was asked; its message is for people. */
export class AdminError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Nobody is there. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
])

/** Why there was no answer, in words for people. */
export function connectionError(base: string, { code, message }: NodeJS.ErrnoException): AdminError {
  if (UNREACHABLE.has(code ?? ''))
    return new AdminError('server_unreachable', `no server answers at ${base}: start it, or set HEYAN_URL`)
  return new AdminError('connection_broken', `the connection to ${base} broke off (${code ?? message})`)
}

export function problemOf(status: number, text: string): AdminError {
  try {
    const { code, title, detail } = JSON.parse(text) as { code: string; title: string; detail?: string }
    return new AdminError(code, detail === undefined ? title : `${title} ${detail}`)
  } catch {
    return new AdminError('answer_unknown', `the server answers ${status}: is it a Heyan server?`)
  }
}
