import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Source } from '@heyan/core'
import { sandbox } from '@heyan/sources'
import type { CreatedApplication, NewApplication } from '@heyan/store'
import { readConfig } from '../config.js'
import { quietLog } from '../log.js'
import { type RunningServer, startServer } from '../serve.js'

/** Of invented people; the sandbox says this of them. */
export const MATCH = { name: '李三', number: '440524188001010014' } as const
export const NO_RECORD = { name: '李三', number: '11010519491231002X' } as const
export const MISMATCH = { name: '沙不一致', number: '11010518850707101X' } as const
export const FAULT = { name: '沙故障', number: '110105188507074018' } as const

export const NOON = Date.UTC(2026, 0, 15, 4)

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  json(): Record<string, unknown>
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** A whole server on a store of its own, with one application of five calls, asking the sandbox; its clock stands still. */
export class TestServer {
  readonly application: CreatedApplication
  readonly clock: { now: number }
  /** What was logged, one JSON line each. */
  readonly lines: readonly string[]
  readonly #running: RunningServer
  readonly #directory: string
  readonly #removeStore: () => Promise<void>

  private constructor(parts: {
    running: RunningServer
    application: CreatedApplication
    clock: { now: number }
    lines: readonly string[]
    directory: string
    removeStore: () => Promise<void>
  }) {
    this.#running = parts.running
    this.application = parts.application
    this.clock = parts.clock
    this.lines = parts.lines
    this.#directory = parts.directory
    this.#removeStore = parts.removeStore
  }

  static async start({
    source = { ...sandbox(), name: 'record' },
    environment = {},
    arePrivateSourcesAllowed = false,
    keepsLine = () => true,
    ...application
  }: Partial<NewApplication> & {
    /** Null: what is on the route of sources. */
    source?: Source | null
    environment?: Record<string, string>
    arePrivateSourcesAllowed?: boolean
    /** Which of the logged lines are kept: all of a long run do not fit. */
    keepsLine?: (line: string) => boolean
  } = {}): Promise<TestServer> {
    const directory = mkdtempSync(join(tmpdir(), 'heyan-server-'))
    const clock = { now: NOON }
    const lines: string[] = []
    const store = await storeSettings(directory)
    const config = readConfig({ DATA_DIR: directory, PORT: '0', DEMO: 'off', ...store.environment, ...environment })
    const running = await startServer(config, {
      log: quietLog((line) => keepsLine(line) && lines.push(line)),
      ...(source === null ? {} : { source }),
      sourcePolicy: { allowPrivate: arePrivateSourcesAllowed },
      now: () => clock.now,
      // Its callers are the test's own: they have had their answers.
      drainNoticeMs: 0,
    })
    const created = await newApplication(running, application)
    return new TestServer({ running, application: created, clock, lines, directory, removeStore: store.remove })
  }

  get services() {
    return this.#running.services
  }

  get app() {
    return this.#running.app
  }

  get metricsPort(): number | null {
    return this.#running.metricsPort
  }

  get url(): string {
    return this.#running.url
  }

  newApplication(more: Partial<NewApplication> = {}): Promise<CreatedApplication> {
    return newApplication(this.#running, more)
  }

  /** Calls left, and calls charged to the application. */
  async usage(appId = this.application.appId) {
    await this.services.usage.flush()
    const read = await this.services.store.run('readUsage', appId)
    if (read === null) throw new Error('no such application')
    return read
  }

  /** The operator's API. */
  operate(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.ask(`/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.services.operatorToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  /** Over the wire, with Node's own client: it knows a status of 666. */
  ask(path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(`${this.url}${path}`, { method, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const { statusCode: status = 0, headers } = response
          resolve({ status, headers, text, json: () => JSON.parse(text) as Record<string, unknown> })
        })
      })
      request.on('error', reject)
      request.end(body)
    })
  }

  async close(): Promise<void> {
    await this.#running.close()
    rmSync(this.#directory, { recursive: true, force: true })
    await this.#removeStore()
  }
}

async function newApplication({ services }: RunningServer, more: Partial<NewApplication>): Promise<CreatedApplication> {
  const created = await services.store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'A hospital',
    mode: 'live',
    fields: 'masked',
    calls: 5,
    validDays: 30,
    isNoRecordFree: false,
    ...more,
  })
  if (typeof created === 'string') throw new Error(created)
  return created
}

/**
 * Where the store of one server is: in its directory, or, where the run has a PostgreSQL server for it (`HEYAN_TEST_DATABASE_URL`),
 * in a database of its own there.
 */
async function storeSettings(
  directory: string,
): Promise<{ environment: Record<string, string>; remove: () => Promise<void> }> {
  const serverUrl = process.env.HEYAN_TEST_DATABASE_URL
  if (serverUrl === undefined) return { environment: {}, remove: async () => undefined }
  const { default: pg } = await import('pg')
  const administer = async (statement: string) => {
    const client = new pg.Client({ connectionString: serverUrl })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  const name = `server_${randomBytes(8).toString('hex')}`
  await administer(`CREATE DATABASE ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const masterKeyFile = join(directory, 'master.key')
  writeFileSync(masterKeyFile, `${'07'.repeat(32)}\n`, { mode: 0o600 })
  return {
    environment: { DATABASE_URL: url.href, MASTER_KEY_FILE: masterKeyFile },
    remove: () => administer(`DROP DATABASE ${name} WITH (FORCE)`),
  }
}
