import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { type Environment, readConfig, readOperatorToken } from '@heyan/server'

/** What the server said when it did not do what was asked; its message is for people. */
export class AdminError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const ANSWER_MAX_BYTES = 64 * 1024 * 1024

/** The operator's API of a running server, with the token found in the data directory or in `HEYAN_TOKEN`. */
export class AdminClient {
  readonly #base: string
  readonly #token: string

  constructor(environment: Environment) {
    const config = readConfig(environment)
    const scheme = config.tls === null ? 'http' : 'https'
    const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host
    this.#base = (
      environment.HEYAN_URL || `${scheme}://${host.includes(':') ? `[${host}]` : host}:${config.port}`
    ).replace(/\/+$/, '')
    const token = environment.HEYAN_TOKEN || readOperatorToken(config.dataDir)
    if (token === null) {
      throw new AdminError(
        'token_missing',
        `no operator's token in ${config.dataDir}: start the server there, or set HEYAN_TOKEN`,
      )
    }
    this.#token = token
  }

  get(path: string): Promise<unknown> {
    return this.#json('GET', path)
  }

  post(path: string, body: unknown): Promise<unknown> {
    return this.#json('POST', path, body)
  }

  patch(path: string, body: unknown): Promise<unknown> {
    return this.#json('PATCH', path, body)
  }

  delete(path: string): Promise<unknown> {
    return this.#json('DELETE', path)
  }

  async #json(method: string, path: string, body?: unknown): Promise<unknown> {
    const text = body === undefined ? null : JSON.stringify(body)
    const lines: string[] = []
    for await (const line of this.#send(method, path, text, 'application/json')) lines.push(line)
    return JSON.parse(lines.join('\n') || 'null')
  }

  /** Uploads a file and gives the lines of JSON that come back meanwhile. */
  async *upload(path: string, file: Readable): AsyncGenerator<unknown> {
    for await (const line of this.#send('PUT', path, file, 'text/csv')) if (line !== '') yield JSON.parse(line)
  }

  async *#send(method: string, path: string, body: string | Readable | null, type: string): AsyncGenerator<string> {
    const url = `${this.#base}/admin/v1${path}`
    const open = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = open(url, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === null ? {} : { 'content-type': type }),
        ...(typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {}),
      },
    })
    const answered = new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request.once('response', resolve)
      request.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'ECONNREFUSED'
            ? new AdminError('server_unreachable', `no server answers at ${this.#base}: start it, or set HEYAN_URL`)
            : error,
        ),
      )
    })
    if (body === null || typeof body === 'string') request.end(body ?? undefined)
    else body.pipe(request)
    const response = await answered
    response.setEncoding('utf8')
    let rest = ''
    let length = 0
    const isFine = (response.statusCode ?? 500) < 400
    for await (const chunk of response as AsyncIterable<string>) {
      length += chunk.length
      if (length > ANSWER_MAX_BYTES)
        throw new AdminError('answer_too_large', 'the server answers more than can be meant')
      rest += chunk
      if (!isFine) continue
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
    if (!isFine) throw problemOf(response.statusCode ?? 500, rest)
    if (rest !== '') yield rest
  }
}

function problemOf(status: number, text: string): AdminError {
  try {
    const { code, title, detail } = JSON.parse(text) as { code: string; title: string; detail?: string }
    return new AdminError(code, detail === undefined ? title : `${title} ${detail}`)
  } catch {
    return new AdminError('answer_unknown', `the server answers ${status}: is it a Heyan server?`)
  }
}
