import pg, { type ClientBase, type Pool, type PoolClient, type PoolConfig } from 'pg'

const { DatabaseError, types } = pg

/** How long one statement may take, and wait for somebody else's row. */
const STATEMENT_TIMEOUT_MS = 10_000
const LOCK_TIMEOUT_MS = 5_000
/** A node that falls silent inside a transaction holds rows that others wait for: not longer than this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 500
const CONNECT_TIMEOUT_MS = 2_000
/** After so long without an answer the connection is given up, whatever the network says. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 2_000
const KEEP_ALIVE_DELAY_MS = 5_000

const INT8 = 20
const NUMERIC = 1700

/** PostgreSQL 12 is the oldest whose statements all of ours are. */
const OLDEST_VERSION = 120_000

/** Connections to one database. They are made when they are wanted, and made again when they are lost. */
export function openPool(url: string, { max, isBulk = false }: { max: number; isBulk?: boolean }): Pool {
  const config: PoolConfig = {
    connectionString: url,
    max,
    application_name: 'heyan',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: isBulk ? 0 : IDLE_IN_TRANSACTION_TIMEOUT_MS,
    ...(isBulk
      ? {}
      : { statement_timeout: STATEMENT_TIMEOUT_MS, lock_timeout: LOCK_TIMEOUT_MS, query_timeout: ANSWER_TIMEOUT_MS }),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    types: { getTypeParser: parserOf } as NonNullable<PoolConfig['types']>,
  }
  const pool = new pg.Pool(config)
  // Without a listener the first restart of the server ends the process. The next statement meets a new connection.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return pool
}

/** Our counts and moments fit in a double. Everything else reads as it comes. */
function parserOf(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  return oid === INT8 || oid === NUMERIC ? Number : types.getTypeParser(oid, format as 'text')
}

/** Runs `work` in a transaction of its own; its commit is not known to have failed only because its answer was lost. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    client.release()
    return result
  } catch (error) {
    await rollBack(client, error)
    throw error
  }
}

/** Gives a connection back after a failure: closed, where it may be the connection that failed. */
export async function rollBack(client: PoolClient, error: unknown): Promise<void> {
  if (isTransient(error)) return client.release(true)
  try {
    await client.query('ROLLBACK')
    client.release()
  } catch {
    client.release(true)
  }
}

const SQLSTATE = { deadlock: '40P01', serialization: '40001', lockTimeout: '55P03' } as const

/** Two transactions met: one of them has to begin again. */
export function isConflict(error: unknown): boolean {
  const code = codeOf(error)
  return code === SQLSTATE.deadlock || code === SQLSTATE.serialization || code === SQLSTATE.lockTimeout
}

/** What has nothing to do with what was asked: the server, the way to it, or the time it took. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return error instanceof Error && isLostConnection(error)
  const code = error.code ?? ''
  // Connection, resources, operator's intervention, system error (the manual's appendix A), and a read-only standby.
  return /^(08|53|57|58)/.test(code) || code === '25006' || code === '25P03'
}

function isLostConnection(error: Error): boolean {
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/.test(codeOf(error)) ||
    /connection terminated|timeout|client has encountered a connection error|not queryable|socket/i.test(error.message)
  )
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** Refuses a server on which what it says is durable may not be. */
export async function checkServer(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings WHERE name IN ('server_version_num', 'synchronous_commit', 'fsync', 'full_page_writes',
      'server_encoding')`,
  )
  const settings = new Map(rows.map(({ name, setting }) => [name, setting]))
  if (Number(settings.get('server_version_num')) < OLDEST_VERSION)
    throw new Error(`PostgreSQL ${settings.get('server_version_num')} is too old: ${OLDEST_VERSION} or newer is needed`)
  for (const name of ['synchronous_commit', 'fsync', 'full_page_writes']) {
    if (settings.get(name) === 'off') throw new Error(`the store would not be durable: ${name}=off`)
  }
  if (settings.get('server_encoding') !== 'UTF8') throw new Error('the database is not encoded in UTF-8')
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
