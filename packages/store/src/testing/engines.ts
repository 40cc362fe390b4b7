import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import pg from 'pg'
import { audit, auditShared } from '../audit.js'
import type { AuditReport } from '../engine/audit-fold.js'
import type { SharedStoreOptions, StoreOptions } from '../store.js'

/** An empty place for one store, and ways to look into it that are not the store's own. */
export interface TestPlace {
  options(now: () => number): StoreOptions | SharedStoreOptions
  audit(): Promise<AuditReport>
  /** Rows of one statement, `$1`-style. */
  query<Row = Record<string, unknown>>(text: string, values?: readonly (string | number)[]): Promise<Row[]>
  /** Lets append-only tables be changed: what an intruder with the database in hand could do. */
  disarm(): Promise<void>
  remove(): Promise<void>
}

export interface TestEngine {
  readonly name: string
  place(): Promise<TestPlace>
}

export const TEST_MASTER = Buffer.alloc(32, 7)

export const SQLITE_ENGINE: TestEngine = {
  name: 'SQLite',
  async place() {
    const directory = mkdtempSync(join(tmpdir(), 'heyan-store-'))
    const file = join(directory, 'heyan.sqlite')
    const within = <T>(work: (db: Database.Database) => T): T => {
      const db = new Database(file)
      try {
        return work(db)
      } finally {
        db.close()
      }
    }
    return {
      options: (now) => ({ file, lockFile: join(directory, 'heyan.lock'), master: TEST_MASTER, now }),
      audit: async () => audit(file, TEST_MASTER),
      query: async <Row>(text: string, values: readonly (string | number)[] = []) =>
        within((db) => {
          const statement = db.prepare<unknown[], Row>(text)
          const named = Object.fromEntries(values.map((value, place) => [place + 1, value]))
          const bound = values.length === 0 ? [] : [named]
          if (statement.reader) return statement.all(...bound)
          statement.run(...bound)
          return []
        }),
      disarm: async () =>
        within((db) => {
          for (const table of ['entries', 'audit_log'])
            db.exec(`DROP TRIGGER IF EXISTS ${table}_no_update; DROP TRIGGER IF EXISTS ${table}_no_delete`)
        }),
      remove: async () => rmSync(directory, { recursive: true, force: true }),
    }
  },
}

/** Each place is a database of its own on a server that is there for tests. */
export function postgresEngine(serverUrl: string): TestEngine {
  return {
    name: 'PostgreSQL',
    async place() {
      const name = `heyan_${process.pid}_${Math.random().toString(36).slice(2, 12)}`
      await on(serverUrl, (client) => client.query(`CREATE DATABASE ${name}`))
      const url = new URL(serverUrl)
      url.pathname = `/${name}`
      return {
        options: (now) => ({ url: url.href, master: TEST_MASTER, now }),
        audit: () => auditShared(url.href, TEST_MASTER),
        query: async <Row>(text: string, values: readonly (string | number)[] = []) =>
          on(url.href, async (client) => (await client.query(text, [...values])).rows as Row[]),
        disarm: async () =>
          on(url.href, async (client) => {
            for (const table of ['entries', 'audit_log'])
              await client.query(`DROP TRIGGER IF EXISTS ${table}_no_change ON ${table}`)
          }),
        remove: async () => {
          await on(serverUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`))
        },
      }
    },
  }
}

async function on<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, types: { getTypeParser } })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const INT8 = 20
const getTypeParser = ((oid: number, format: 'text') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser
