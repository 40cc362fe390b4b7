import type { Answer, TestServer } from './server.js'

const BOUNDARY = 'a-boundary-of-tests'

export interface Upload {
  readonly file?: string | Buffer
  readonly [field: string]: string | Buffer | undefined
}

/** The API of batches as one application uses it. */
export class BatchClient {
  readonly #server: TestServer
  readonly #appCode: string

  constructor(server: TestServer, appCode = server.application.appCode) {
    this.#server = server
    this.#appCode = appCode
  }

  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#server.ask(`/v1/batches${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#appCode}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  upload({ file, ...fields }: Upload, headers: Record<string, string> = {}): Promise<Answer> {
    const told = { purpose: '新生入学', legalBasis: 'consent', ...fields }
    const parts = Object.entries(told).map(([name, value]) =>
      Buffer.from(`--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
    )
    if (file !== undefined) {
      const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n`
      parts.push(Buffer.from(head), Buffer.from(file), Buffer.from('\r\n'))
    }
    return this.#server.ask('/v1/batches', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#appCode}`,
        'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
        ...headers,
      },
      body: Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]),
    })
  }

  /** Watches until it stands still; gives every event. */
  async watch(id: string): Promise<{ readonly event: string; readonly batch: Record<string, unknown> }[]> {
    const { text } = await this.ask('GET', `/${id}/events`)
    return text
      .split('\n\n')
      .filter((block) => block.startsWith('event: '))
      .map((block) => {
        const [event = '', data = ''] = block.split('\n')
        return { event: event.slice('event: '.length), batch: JSON.parse(data.slice('data: '.length)) }
      })
  }

  /** The batch once it stands still. */
  async settled(id: string): Promise<Record<string, unknown>> {
    const events = await this.watch(id)
    return events.at(-1)?.batch ?? {}
  }
}

/** Rows of a CSV file; a cell with a comma is not among them. */
export function csv(...rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.join(',')}\n`).join('')
}
