/** `/v1` as the workbench uses it: the caller's AppCode, and nothing that any other client could not do. */
export interface Problem {
  readonly kind: 'problem'
  readonly status: number
  /** Stable; the pages have words for the frequent ones. */
  readonly code: string
  /** The server's own line, for the rest. */
  readonly title: string
}

export type BatchStatus =
  | 'uploaded'
  | 'queued'
  | 'running'
  | 'paused'
  | 'out_of_quota'
  | 'completed'
  | 'cancelled'
  | 'failed'

export type Outcome = 'match' | 'mismatch' | 'no_record' | 'problem' | 'unverified'

export interface Inspection {
  readonly sheets: readonly string[]
  readonly sheet: string | null
  readonly headerRow: number
  readonly columns: readonly { readonly index: number; readonly title: string; readonly role: string | null }[]
  readonly preview: readonly {
    readonly row: number
    readonly cells: readonly string[]
    readonly damaged: readonly number[]
  }[]
  readonly rows: number
  readonly damagedRows: number
  readonly nameColumn: number | null
  readonly numberColumn: number | null
}

export interface Estimate {
  readonly rows: number
  readonly problems: Readonly<Record<string, number>>
  readonly duplicates: number
  readonly calls: number
  readonly callsDeduplicated: number
  readonly remaining: number | null
  readonly enough: boolean
}

export interface Batch {
  readonly id: string
  readonly status: BatchStatus
  readonly reason: string | null
  readonly masked: boolean
  readonly purpose: string
  readonly rows: number
  readonly done: number
  readonly counts: Readonly<Record<Outcome, number>>
  readonly charged: number
  readonly rowsPerSecond: number | null
  readonly secondsLeft: number | null
  readonly createdAt: string
  readonly expiresAt: string
  readonly deletedAt: string | null
  readonly inspection?: Inspection
  readonly estimate?: Estimate | null
}

export interface BatchRow {
  readonly row: number
  readonly name: string
  readonly number: string
  readonly outcome: string
  readonly charged: boolean
  readonly message: string
  readonly advice: readonly string[]
}

export interface RowPage {
  readonly rows: readonly BatchRow[]
  /** Behind which row the next page begins; null on the last one. */
  readonly next: number | null
}

export interface Mapping {
  readonly sheet?: string
  readonly headerRow?: number
  readonly nameColumn?: number
  readonly numberColumn?: number
  readonly dedupe?: boolean
}

export interface Verification {
  readonly id: string
  readonly verdict: 'match' | 'mismatch' | 'no_record'
  readonly charged: boolean
  readonly subject?: {
    readonly name?: string
    readonly number?: string
    readonly birthday?: string
    readonly sex?: 'male' | 'female'
    readonly region?: { readonly province: string; readonly prefecture: string | null; readonly county: string | null }
  }
  readonly advice?: readonly string[]
  readonly createdAt: string
}

const BATCHES = '/v1/batches'
export const HISTORY_SHOWN = 10
/** Rows on one page. */
export const ROWS_SHOWN = 20

export class WorkbenchApi {
  readonly #appCode: string
  readonly #language: string

  constructor(appCode: string, language: string) {
    this.#appCode = appCode
    this.#language = language
  }

  verify(name: string, number: string): Promise<Verification | Problem> {
    return this.#json('POST', '/v1/verifications', { name, number })
  }

  upload(file: File, purpose: string, legalBasis: string): Promise<Batch | Problem> {
    const form = new FormData()
    form.set('purpose', purpose)
    form.set('legalBasis', legalBasis)
    form.set('file', file)
    return this.#ask('POST', BATCHES, form)
  }

  inspect(id: string, mapping: Mapping): Promise<Batch | Problem> {
    return this.#json('POST', `${BATCHES}/${id}/inspect`, mapping)
  }

  start(id: string, mapping: Mapping): Promise<Batch | Problem> {
    return this.#json('POST', `${BATCHES}/${id}/start`, mapping)
  }

  act(id: string, action: 'pause' | 'resume' | 'cancel'): Promise<Batch | Problem> {
    return this.#ask('POST', `${BATCHES}/${id}/${action}`)
  }

  read(id: string): Promise<Batch | Problem> {
    return this.#ask('GET', `${BATCHES}/${id}`)
  }

  /** The latest `HISTORY_SHOWN`; or those before one. */
  async history(before?: string): Promise<readonly Batch[] | Problem> {
    const query = `limit=${HISTORY_SHOWN}${before === undefined ? '' : `&before=${before}`}`
    const answer = await this.#ask<{ batches: readonly Batch[] }>('GET', `${BATCHES}?${query}`)
    return 'batches' in answer ? answer.batches : answer
  }

  /** A page of rows: those behind the row `after`. */
  rows(id: string, outcome: 'attention' | 'all', after: number): Promise<RowPage | Problem> {
    return this.#ask('GET', `${BATCHES}/${id}/rows?outcome=${outcome}&limit=${ROWS_SHOWN}&after=${after}`)
  }

  correct(id: string, row: number, subject: { name: string; number: string }): Promise<BatchRow | Problem> {
    return this.#json('POST', `${BATCHES}/${id}/rows/${row}`, subject)
  }

  async remove(id: string): Promise<Problem | null> {
    const answer = await this.#ask<object>('DELETE', `${BATCHES}/${id}`)
    return isProblem(answer) ? answer : null
  }

  /** The sheet with its answers, handed to the browser as a file of this name. */
  async download(
    id: string,
    format: 'xlsx' | 'csv',
    columns: readonly string[],
    fileName: string,
  ): Promise<Problem | null> {
    const query = new URLSearchParams({ format, ...(columns.length > 0 ? { columns: columns.join(',') } : {}) })
    const response = await this.#fetch('GET', `${BATCHES}/${id}/results?${query}`)
    if (response === null) return OFFLINE
    if (!response.ok) return problemOf(response)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await response.blob())
    link.download = fileName
    link.click()
    URL.revokeObjectURL(link.href)
    return null
  }

  /**
   * The batch as it changes, until it stands still; server-sent events over fetch, which may bear a credential. Resolves when the
   * stream ends, however it does: whoever still wants to know asks again.
   */
  async watch(id: string, onBatch: (batch: Batch) => void, signal: AbortSignal): Promise<void> {
    const response = await this.#fetch('GET', `${BATCHES}/${id}/events`, undefined, signal)
    const reader = response?.ok ? response.body?.pipeThrough(new TextDecoderStream()).getReader() : undefined
    if (reader === undefined) return
    let text = ''
    try {
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        text += chunk.value
        const events = text.split('\n\n')
        text = events.pop() ?? ''
        for (const event of events) {
          const data = event.split('\n').find((line) => line.startsWith('data:'))
          if (data !== undefined) onBatch(JSON.parse(data.slice('data:'.length)) as Batch)
        }
      }
    } catch {
      // Cut off, or no longer wanted.
    }
  }

  #json<T>(method: string, path: string, body: unknown): Promise<T | Problem> {
    return this.#ask(method, path, JSON.stringify(body))
  }

  async #ask<T>(method: string, path: string, body?: BodyInit): Promise<T | Problem> {
    const response = await this.#fetch(method, path, body)
    if (response === null) return OFFLINE
    if (!response.ok) return problemOf(response)
    return (response.status === 204 ? {} : await response.json()) as T
  }

  async #fetch(method: string, path: string, body?: BodyInit, signal?: AbortSignal): Promise<Response | null> {
    const headers: Record<string, string> = {
      authorization: `Bearer ${this.#appCode}`,
      'accept-language': this.#language,
      ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
    }
    try {
      return await fetch(path, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        ...(signal ? { signal } : {}),
      })
    } catch {
      return null
    }
  }
}

const OFFLINE: Problem = Object.freeze({ kind: 'problem', status: 0, code: 'offline', title: '' })

async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null)
  const {
    code = 'unknown',
    title = '',
    detail = '',
  } = (body ?? {}) as { code?: string; title?: string; detail?: string }
  return { kind: 'problem', status: response.status, code, title: detail || title || String(response.status) }
}

export function isProblem(answer: object | readonly unknown[]): answer is Problem {
  return 'kind' in answer && answer.kind === 'problem'
}

/** Nothing happens to it by itself any more. */
export function isStill({ status }: Pick<Batch, 'status'>): boolean {
  return status !== 'queued' && status !== 'running'
}
