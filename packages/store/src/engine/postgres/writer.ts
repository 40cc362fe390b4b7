import type { Pool, PoolClient } from 'pg'
import { newId } from '../../ids.js'
import { EntryChain } from '../entry-chain.js'
import { isConflict, isTransient, pause, rollBack, transaction } from './connection.js'
import { DATABASE_CLOCK, Fenced } from './write.js'

/** One node at a time takes a place: what it reads there must still hold when it writes. */
const REGISTER_LOCK = 7_301_001
const RECONNECT_PAUSE_MS = 100

export type Role = 'hot' | 'commands'

interface Place {
  readonly epoch: number
  readonly shard: number
  readonly chain: EntryChain
}

/**
 * One connection's right to add to the ledger: an epoch that no other ever has, a stream of entries and a place among the counters
 * that nobody else writes to meanwhile. A node that falls silent is taken for dead and its epoch ended; what it had under way then
 * fails as a whole. Transactions of one writer follow each other.
 */
export class Writer {
  readonly pool: Pool
  readonly #role: Role
  readonly #node: string
  readonly #highWater: () => number
  #place: Place | null = null
  #batches = 0

  constructor(pool: Pool, role: Role, node: string, highWater: () => number) {
    this.pool = pool
    this.#role = role
    this.#node = node
    this.#highWater = highWater
  }

  get place(): Place {
    if (this.#place === null) throw new Error('this writer has no place yet')
    return this.#place
  }

  /** Begins a new epoch, in a stream that no living writer adds to. */
  async register(): Promise<void> {
    const place = await transaction(this.pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [REGISTER_LOCK])
      const { rows } = await client.query<{ epoch: number; shard: number; stream: string | null; now: number }>(
        `SELECT 1 + greatest(coalesce((SELECT max(epoch) FROM writers), 0),
            coalesce((SELECT value::bigint FROM settings WHERE key = 'epoch'), 0)) AS epoch,
          (SELECT min(s) FROM generate_series(0, (SELECT count(*) FROM writers WHERE state = 'alive')) s
            WHERE s NOT IN (SELECT shard FROM writers WHERE state = 'alive')) AS shard,
          (SELECT min(id) FROM streams WHERE id NOT IN (SELECT stream_id FROM writers WHERE state = 'alive')) AS stream,
          ${DATABASE_CLOCK} AS now`,
      )
      const found = rows[0]
      if (found === undefined) throw new Error('the database gave no place')
      const streamId = found.stream ?? newId('str', found.now)
      if (found.stream === null)
        await client.query('INSERT INTO streams VALUES ($1, $2, $3)', [streamId, this.#node, found.now])
      await client.query(`INSERT INTO writers VALUES ($1, $2, $3, $4, $5, 'alive', $6, $7, 0, $6)`, [
        found.epoch,
        this.#node,
        this.#role,
        streamId,
        found.shard,
        found.now,
        this.#highWater(),
      ])
      const head = await client.query<{ seq: number; hash: string }>(
        'SELECT seq, hash FROM entries WHERE stream_id = $1 ORDER BY seq DESC LIMIT 1',
        [streamId],
      )
      return { epoch: found.epoch, shard: found.shard, chain: new EntryChain(streamId, head.rows[0]) }
    })
    this.#place = place
    this.#batches = 0
  }

  /** Begins a new epoch, however long the database takes to come back, or until `isOver`. */
  async registerAgain(isOver: () => boolean): Promise<void> {
    for (;;) {
      try {
        return await this.register()
      } catch (error) {
        if (isOver() || !(isTransient(error) || isConflict(error))) throw error
        await pause(RECONNECT_PAUSE_MS)
      }
    }
  }

  /**
   * Runs one transaction under this epoch. `work` gets the number that the transaction must leave in `last_batch`. Where the answer
   * to COMMIT is lost, the database is asked what became of it, for as long as it takes: nothing is done twice, and nothing that
   * was done is denied. Throws whatever kept it from being committed; then nothing of it happened.
   */
  async commit<T>(work: (client: PoolClient, place: Place, number: number) => Promise<T>): Promise<T> {
    const { place } = this
    const client = await this.pool.connect()
    const number = ++this.#batches
    const rewind = place.chain.mark()
    let result: T
    try {
      await client.query('BEGIN')
      result = await work(client, place, number)
    } catch (error) {
      rewind()
      await rollBack(client, error)
      throw error
    }
    try {
      await client.query('COMMIT')
      client.release()
      return result
    } catch (error) {
      client.release(true)
      if (isTransient(error) && (await this.#wasCommitted(place.epoch, number))) return result
      rewind()
      throw error
    }
  }

  /** Asks until there is an answer. The row is locked by the transaction in question for as long as it is not decided. */
  async #wasCommitted(epoch: number, number: number): Promise<boolean> {
    for (;;) {
      try {
        return await transaction(this.pool, async (client) => {
          const { rows } = await client.query<{ last_batch: number }>(
            'SELECT last_batch FROM writers WHERE epoch = $1 FOR UPDATE',
            [epoch],
          )
          return rows[0]?.last_batch === number
        })
      } catch (error) {
        if (!isTransient(error) && !isConflict(error)) throw error
        await pause(RECONNECT_PAUSE_MS)
      }
    }
  }

  /** Keeps the others from taking this writer for dead while it has nothing to do. Throws `Fenced` where they have. */
  async beat(pool: Pool): Promise<void> {
    const { rowCount } = await pool.query(
      `UPDATE writers SET heartbeat_at = ${DATABASE_CLOCK}, high_water = $1 WHERE epoch = $2 AND state = 'alive'`,
      [this.#highWater(), this.place.epoch],
    )
    if (rowCount !== 1) throw new Fenced('this writer was taken for dead')
  }
}
