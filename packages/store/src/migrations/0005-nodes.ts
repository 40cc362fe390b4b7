import type { Spelling } from './spelling.js'

/**
 * Many nodes on one store. A writer is one connection of a node that adds to a stream of entries; it is alive for as long as its
 * heartbeat, by the database's clock, is fresh. A lease is a part of a lot that one writer may use without touching the lot.
 * Counters have a row for each shard (a writer's place), so that no two nodes wait for each other; their sum is what counts.
 */
export function statements({ integer, clustered }: Spelling): string[] {
  return [
    `CREATE TABLE writers (
      epoch ${integer} PRIMARY KEY, node TEXT NOT NULL, role TEXT NOT NULL, stream_id TEXT NOT NULL REFERENCES streams (id),
      shard ${integer} NOT NULL, state TEXT NOT NULL CHECK (state IN ('alive', 'dead')),
      heartbeat_at ${integer} NOT NULL, high_water ${integer} NOT NULL, last_batch ${integer} NOT NULL,
      started_at ${integer} NOT NULL) ${clustered}`,

    // A stream has one writer at a time, and so has a shard.
    `CREATE UNIQUE INDEX writers_of_stream ON writers (stream_id) WHERE state = 'alive'`,
    `CREATE UNIQUE INDEX writers_of_shard ON writers (shard) WHERE state = 'alive'`,

    `CREATE TABLE leases (
      account_id TEXT NOT NULL, lot_id TEXT NOT NULL, id TEXT NOT NULL, epoch ${integer} NOT NULL REFERENCES writers (epoch),
      amount ${integer} NOT NULL CHECK (amount > 0), reserved ${integer} NOT NULL CHECK (reserved >= 0),
      used ${integer} NOT NULL CHECK (used >= 0), state TEXT NOT NULL CHECK (state IN ('active', 'closed')),
      created_at ${integer} NOT NULL,
      PRIMARY KEY (account_id, lot_id, id), CHECK (reserved + used <= amount)) ${clustered}`,

    `CREATE INDEX leases_active ON leases (epoch) WHERE state = 'active'`,

    // How fast an application is asked for on each node, so that they can share its rate limit.
    `CREATE TABLE rate_demands (
      account_id TEXT NOT NULL, application_id TEXT NOT NULL, shard ${integer} NOT NULL, demand ${integer} NOT NULL,
      at ${integer} NOT NULL, PRIMARY KEY (account_id, application_id, shard)) ${clustered}`,

    `ALTER TABLE lots ADD COLUMN leased ${integer} NOT NULL DEFAULT 0 CHECK (leased >= 0)`,

    ...withShard(
      'application_counters',
      `account_id TEXT NOT NULL, application_id TEXT NOT NULL, day ${integer} NOT NULL, shard ${integer} NOT NULL,
      taken ${integer} NOT NULL, PRIMARY KEY (account_id, application_id, day, shard)`,
      { before: 'account_id, application_id, day', counted: 'taken' },
      clustered,
    ),
    ...withShard(
      'usage_counters',
      `account_id TEXT NOT NULL, application_id TEXT NOT NULL, day ${integer} NOT NULL, outcome TEXT NOT NULL,
      shard ${integer} NOT NULL, count ${integer} NOT NULL CHECK (count >= 0),
      PRIMARY KEY (account_id, application_id, day, outcome, shard)`,
      { before: 'account_id, application_id, day, outcome', counted: 'count' },
      clustered,
    ),
  ]
}

/** A table's rows under a key with one column more: neither engine changes a key that is the order on disk. */
function withShard(
  table: string,
  columns: string,
  { before, counted }: { before: string; counted: string },
  clustered: string,
): string[] {
  return [
    `CREATE TABLE ${table}_sharded (${columns}) ${clustered}`,
    `INSERT INTO ${table}_sharded SELECT ${before}, 0, ${counted} FROM ${table}`,
    `DROP TABLE ${table}`,
    `ALTER TABLE ${table}_sharded RENAME TO ${table}`,
  ]
}
