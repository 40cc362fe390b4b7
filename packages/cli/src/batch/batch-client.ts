import { Readable } from 'node:stream'
import { AdminError, connectionError, problemOf } from '../admin-error.js'

/** What `/v1/batches` tells of a batch, as far as the command reads it. */
export interface Batch {
  readonly id: string
  readonly status: 'uploaded' | 'queued' | 'running' | 'paused' | 'out_of_quota' | 'completed' | 'cancelled' | 'failed'
  readonly reason: string | null
  readonly rows: number
  readonly done: number
  readonly counts: Readonly<Record<string, number>>
  readonly charged: number
  readonly duplicates: number
  readonly rowsPerSecond: number | null
  readonly secondsLeft: number | null
  readonly expiresAt: string
  readonly deletedAt: string | null
  readonly inspection?: { readonly nameColumn: number | null; readonly numberColumn: number | null }
  readonly estimate?: {
    readonly calls: number
    readonly callsDeduplicated: number
    readonly remaining: number | null
    readonly enough: boolean
  } | null
}

export interface SheetToSend {
  readonly bytes: Buffer
  readonly fields: Readonly<Record<string, string>>
}

const ANSWER_MAX_MS = 60_000
/** The server sends a line at least every 15 s: a stream that is silent for longer is dead. */
const SILENCE_MAX_MS = 45_000

/** `/v1/batches` of a running server, for one application. */
export class BatchClient {
  readonly #base: string
  readonly #appCode: string

  constructor(base: string, appCode: string) {
    this.#base = base
    this.#appCode = appCode
  }

  /** Sends a sheet; nothing of it is asked yet. Its own file name may name people, and stays here. */
  upload({ bytes, fields }: SheetToSend): Promise<Batch> {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', new Blob([new Uint8Array(bytes)]), 'sheet')
    return this.#batch('POST', '', form)
  }

  read(id: string): Promise<Batch> {
    return this.#batch('GET', `/${id}`)
  }

  act(id: string, action: 'start' | 'resume', body?: object): Promise<Batch> {
    return this.#batch('POST', `/${id}/${action}`, body)
  }

  async delete(id: string): Promise<void> {
    const answer = await this.#ask('DELETE', `/${id}`, undefined, AbortSignal.timeout(ANSWER_MAX_MS))
    await answer.body?.cancel()
  }

  /** How it goes on, until it stops or the connection breaks. */
  async *events(id: string): AsyncGenerator<Batch> {
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(), SILENCE_MAX_MS)
    try {
      const answer = await this.#ask('GET', `/${id}/events`, undefined, silence.signal)
      let rest = ''
      const decoder = new TextDecoder()
      for await (const chunk of this.#chunks(answer)) {
        timer.refresh()
        rest += decoder.decode(chunk, { stream: true })
        const events = rest.split('\n\n')
        rest = events.pop() ?? ''
        for (const event of events) {
          const data = /^data: ?(.*)$/m.exec(event)?.[1]
          if (data !== undefined) yield jsonOf(data) as Batch
        }
      }
    } finally {
      clearTimeout(timer)
      silence.abort()
    }
  }

  /** The sheet with its answers. */
  async results(id: string, query: URLSearchParams): Promise<Readable> {
    const answer = await this.#ask('GET', `/${id}/results?${query}`)
    return Readable.from(this.#chunks(answer))
  }

  async #batch(method: string, path: string, body?: FormData | object): Promise<Batch> {
    const answer = await this.#ask(method, path, body, AbortSignal.timeout(ANSWER_MAX_MS))
    const chunks: Uint8Array[] = []
    for await (const chunk of this.#chunks(answer)) chunks.push(chunk)
    return jsonOf(Buffer.concat(chunks).toString()) as Batch
  }

  async #ask(method: string, path: string, body?: FormData | object, signal?: AbortSignal): Promise<Response> {
    const isForm = body instanceof FormData
    const answer = await fetch(`${this.#base}/v1/batches${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#appCode}`,
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      redirect: 'error',
    }).catch((error: unknown) => {
      throw this.#broken(error)
    })
    if (answer.ok) return answer
    throw problemOf(answer.status, await answer.text().catch(() => ''))
  }

  async *#chunks(answer: Response): AsyncGenerator<Uint8Array> {
    if (answer.body === null) return
    try {
      yield* answer.body
    } catch (error) {
      throw this.#broken(error)
    }
  }

  #broken(error: unknown): AdminError {
    const { cause } = error as { cause?: NodeJS.ErrnoException }
    return connectionError(this.#base, cause ?? (error as NodeJS.ErrnoException))
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new AdminError('answer_unknown', 'the answer is no JSON: is it a Heyan server?')
  }
}
