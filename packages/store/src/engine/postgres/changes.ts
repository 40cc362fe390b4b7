import type { Pool, PoolClient } from 'pg'

/** What nodes remember of each other's commands. */
export type Changed = 'callers' | 'sources'

const CHANNEL = 'heyan_changes'
const KINDS: readonly Changed[] = ['callers', 'sources']
/** A notification may be lost with its connection: this often the counters are looked at, too. */
const POLL_MS = 500

const settingOf = (what: Changed): string => `changes.${what}`

/** In the transaction that changes it: a counter that stays, and a notification that wakes the nodes at once. */
export async function announceChange(client: PoolClient, what: Changed): Promise<void> {
  await client.query(
    `INSERT INTO settings AS s VALUES ($1, '1', 0) ON CONFLICT (key) DO UPDATE SET value = (s.value::bigint + 1)::text`,
    [settingOf(what)],
  )
  await client.query(`SELECT pg_notify('${CHANNEL}', $1)`, [what])
}

/** Tells what other nodes have changed: at once by notification, and within `POLL_MS` where one was lost. */
export class Changes {
  readonly #pool: Pool
  readonly #onChange: (what: Changed) => void
  readonly #seen = new Map<Changed, string>()
  #listener: PoolClient | null = null
  #timer: NodeJS.Timeout | undefined
  #isClosed = false
  #polling: Promise<void> = Promise.resolve()

  constructor(pool: Pool, onChange: (what: Changed) => void) {
    this.#pool = pool
    this.#onChange = onChange
  }

  async start(): Promise<void> {
    await this.#poll(true)
    this.#timer = setInterval(() => {
      this.#polling = this.#polling.then(() => this.#poll(false)).catch(() => undefined)
    }, POLL_MS).unref()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#polling
    this.#listener?.release(true)
    this.#listener = null
  }

  async #poll(isFirst: boolean): Promise<void> {
    if (this.#isClosed) return
    if (this.#listener === null) await this.#listen()
    const { rows } = await this.#pool.query<{ key: string; value: string }>(
      'SELECT key, value FROM settings WHERE key = ANY($1)',
      [KINDS.map(settingOf)],
    )
    const values = new Map(rows.map(({ key, value }) => [key, value]))
    for (const what of KINDS) {
      const value = values.get(settingOf(what)) ?? '0'
      const before = this.#seen.get(what)
      this.#seen.set(what, value)
      if (!isFirst && before !== value) this.#onChange(what)
    }
  }

  async #listen(): Promise<void> {
    const client = await this.#pool.connect()
    const drop = () => {
      if (this.#listener !== client) return
      this.#listener = null
      client.release(true)
    }
    client.on('error', drop)
    client.on('end', drop)
    client.on('notification', ({ payload }) => {
      const what = KINDS.find((kind) => kind === payload)
      // The counter follows with the next poll, and is told once more: a change told twice costs a look, one not told is wrong.
      if (what !== undefined) this.#onChange(what)
    })
    try {
      await client.query(`LISTEN ${CHANNEL}`)
      this.#listener = client
    } catch (error) {
      client.release(true)
      throw error
    }
  }
}
