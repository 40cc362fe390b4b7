import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { type Environment, readConfig, readOperatorToken } from '@heyan/server/operator'
import { AdminError, connectionError, problemOf } from './admin-error.js'
import { serverUrl } from './server-url.js'

export { AdminError } from './admin-error.js'

const ANSWER_MAX_BYTES = 64 * 1024 * 1024

/** The operator's API of a running server, with the token found in the data directory or in `HEYAN_TOKEN`. */
export class AdminClient {
  readonly #base: string
  readonly #token: string

  constructor(environment: Environment) {
    this.#base = serverUrl(environment)
    const { dataDir } = readConfig(environment)
    const token = environment.HEYAN_TOKEN || readOperatorToken(dataDir)
    if (token === null) {
      throw new AdminError(
        'token_missing',
        `no operator's token in ${dataDir}: start the server there, or set HEYAN_TOKEN`,
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
    return jsonOf(lines.join('\n') || 'null')
  }

  /** Uploads a file and gives the lines of JSON that come back meanwhile. */
  async *upload(path: string, file: Readable): AsyncGenerator<unknown> {
    for await (const line of this.#send('PUT', path, file, 'text/csv')) if (line !== '') yield jsonOf(line)
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
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve)
      // More than one may come: of an upload that the server did not want to its end.
      request.on('error', (error: NodeJS.ErrnoException) => reject(this.#connectionError(error)))
    })
    if (body === null || typeof body === 'string') request.end(body ?? undefined)
    else body.on('error', (error) => request.destroy(error)).pipe(request)
    try {
      const response = await answered
      let rest = ''
      let length = 0
      const isFine = (response.statusCode ?? 500) < 400
      for await (const chunk of this.#textOf(response)) {
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
    } finally {
      // An upload that was refused is not sent to its end, and nothing waits for it.
      request.destroy()
      if (body !== null && typeof body !== 'string') body.destroy()
    }
  }

  async *#textOf(response: IncomingMessage): AsyncGenerator<string> {
    try {
      yield* response.setEncoding('utf8') as AsyncIterable<string>
    } catch (error) {
      throw this.#connectionError(error as NodeJS.ErrnoException)
    }
  }

  #connectionError(error: NodeJS.ErrnoException): Error {
    // Of the file that is sent.
    if (error.path !== undefined) return error
    return connectionError(this.#base, error)
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new AdminError('answer_unknown', 'the answer is no JSON: is it a Heyan server?')
  }
}
