import type { Spelling } from './spelling.js'

/**
 * The whole schema. Every table of an account's begins its key with `account_id` (the distribution key beyond one server);
 * calls and entries carry `day`, the billing day in their call's id, so that a retry meets one partition.
 */
export function statements(spelling: Spelling): string[] {
  const { integer, bytes, clustered } = spelling
  return [
    `CREATE TABLE keys (
      id TEXT PRIMARY KEY, check_value TEXT NOT NULL, created_at ${integer} NOT NULL, retired_at ${integer}) ${clustered}`,

    `CREATE TABLE accounts (
      id TEXT PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
      created_at ${integer} NOT NULL) ${clustered}`,

    `CREATE TABLE applications (
      account_id TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
      mode TEXT NOT NULL CHECK (mode IN ('live', 'sandbox', 'elsewhere')),
      fields TEXT NOT NULL CHECK (fields IN ('masked', 'full')),
      rate_per_second ${integer} CHECK (rate_per_second > 0),
      cap_total ${integer} CHECK (cap_total >= 0), cap_daily ${integer} CHECK (cap_daily >= 0),
      allow_list TEXT NOT NULL, is_query_code_allowed ${integer} NOT NULL, is_signature_echo_full ${integer} NOT NULL,
      platform_algorithm TEXT NOT NULL CHECK (platform_algorithm IN ('hmac-sha256', 'hmac-sm3', 'md5')),
      created_at ${integer} NOT NULL, PRIMARY KEY (account_id, id)) ${clustered}`,

    `CREATE TABLE credentials (
      account_id TEXT NOT NULL, id TEXT NOT NULL UNIQUE, application_id TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('app_code', 'app_key')),
      app_key TEXT UNIQUE, lookup TEXT NOT NULL UNIQUE, sealed ${bytes} NOT NULL, key_id TEXT NOT NULL REFERENCES keys (id),
      status TEXT NOT NULL CHECK (status IN ('active', 'revoked')), created_at ${integer} NOT NULL, revoked_at ${integer},
      PRIMARY KEY (account_id, id)) ${clustered}`,

    `CREATE INDEX credentials_of_application ON credentials (account_id, application_id)`,

    `CREATE TABLE plans (
      id TEXT PRIMARY KEY, label TEXT NOT NULL, price_fen ${integer} NOT NULL CHECK (price_fen >= 0),
      calls ${integer} NOT NULL CHECK (calls > 0), valid_days ${integer} CHECK (valid_days > 0),
      is_once_per_account ${integer} NOT NULL, is_no_record_free ${integer} NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('on_sale', 'withdrawn')), created_at ${integer} NOT NULL) ${clustered}`,

    `CREATE TABLE lots (
      account_id TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL, plan_id TEXT REFERENCES plans (id), order_ref TEXT NOT NULL,
      granted ${integer} NOT NULL CHECK (granted >= 0), reserved ${integer} NOT NULL CHECK (reserved >= 0),
      used ${integer} NOT NULL CHECK (used >= 0), expired ${integer} NOT NULL CHECK (expired >= 0),
      refunded ${integer} NOT NULL CHECK (refunded >= 0),
      expires_at ${integer}, is_no_record_free ${integer} NOT NULL, created_at ${integer} NOT NULL,
      PRIMARY KEY (account_id, id), UNIQUE (account_id, order_ref),
      CHECK (granted - reserved - used - expired - refunded >= 0)) ${clustered}`,

    `CREATE INDEX lots_by_expiry ON lots (expires_at) WHERE expires_at IS NOT NULL`,

    `CREATE TABLE application_counters (
      account_id TEXT NOT NULL, application_id TEXT NOT NULL, day ${integer} NOT NULL, taken ${integer} NOT NULL CHECK (taken >= 0),
      PRIMARY KEY (account_id, application_id, day)) ${clustered}`,

    `CREATE TABLE calls (
      account_id TEXT NOT NULL, day ${integer} NOT NULL, id TEXT NOT NULL, application_id TEXT NOT NULL, lot_id TEXT,
      state TEXT NOT NULL CHECK (state IN ('reserved', 'settled', 'released')),
      charged ${integer} NOT NULL CHECK (charged IN (0, 1)), reason TEXT, source TEXT, replay_of TEXT,
      epoch ${integer} NOT NULL, at ${integer} NOT NULL, ended_at ${integer},
      PRIMARY KEY (account_id, day, id),
      CHECK (charged = 0 OR (state = 'settled' AND lot_id IS NOT NULL)),
      CHECK ((state = 'reserved') = (ended_at IS NULL))) ${clustered}`,

    `CREATE INDEX calls_reserved ON calls (epoch) WHERE state = 'reserved'`,

    `CREATE TABLE attempts (
      account_id TEXT NOT NULL, day ${integer} NOT NULL, call_id TEXT NOT NULL, ordinal ${integer} NOT NULL, source TEXT NOT NULL,
      outcome TEXT NOT NULL, duration_ms ${integer} NOT NULL, cost_centifen ${integer} NOT NULL CHECK (cost_centifen >= 0),
      may_be_billed ${integer} NOT NULL, at ${integer} NOT NULL,
      PRIMARY KEY (account_id, day, call_id, ordinal)) ${clustered}`,

    `CREATE TABLE streams (
      id TEXT PRIMARY KEY, node TEXT NOT NULL, created_at ${integer} NOT NULL) ${clustered}`,

    `CREATE TABLE entries (
      account_id TEXT NOT NULL, day ${integer} NOT NULL, ref TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('grant', 'reserve', 'settle', 'release', 'charge', 'expire', 'refund')),
      lot_id TEXT NOT NULL, quantity ${integer} NOT NULL CHECK (quantity > 0), at ${integer} NOT NULL,
      stream_id TEXT NOT NULL, seq ${integer} NOT NULL, hash TEXT NOT NULL,
      PRIMARY KEY (account_id, day, ref, kind)) ${clustered}`,

    `CREATE UNIQUE INDEX entries_in_stream ON entries (stream_id, seq)`,

    `CREATE TABLE checkpoints (
      id TEXT PRIMARY KEY, seq ${integer} NOT NULL UNIQUE, at ${integer} NOT NULL, heads TEXT NOT NULL, lots_digest TEXT NOT NULL, signature ${bytes} NOT NULL,
      key_id TEXT NOT NULL REFERENCES keys (id)) ${clustered}`,

    `CREATE TABLE checkpoint_lots (
      account_id TEXT NOT NULL, lot_id TEXT NOT NULL, checkpoint_id TEXT NOT NULL, granted ${integer} NOT NULL,
      reserved ${integer} NOT NULL, used ${integer} NOT NULL, expired ${integer} NOT NULL, refunded ${integer} NOT NULL,
      PRIMARY KEY (account_id, lot_id)) ${clustered}`,

    `CREATE TABLE nonces (
      account_id TEXT NOT NULL, credential_id TEXT NOT NULL, nonce TEXT NOT NULL, at ${integer} NOT NULL,
      PRIMARY KEY (account_id, credential_id, nonce)) ${clustered}`,

    `CREATE INDEX nonces_by_age ON nonces (at)`,

    `CREATE TABLE idempotency (
      account_id TEXT NOT NULL, application_id TEXT NOT NULL, key_digest TEXT NOT NULL, fingerprint TEXT NOT NULL,
      call_id TEXT NOT NULL, call_day ${integer} NOT NULL, replays ${integer} NOT NULL CHECK (replays >= 0), at ${integer} NOT NULL,
      PRIMARY KEY (account_id, application_id, key_digest)) ${clustered}`,

    `CREATE INDEX idempotency_by_age ON idempotency (at)`,

    `CREATE TABLE usage_counters (
      account_id TEXT NOT NULL, application_id TEXT NOT NULL, day ${integer} NOT NULL, outcome TEXT NOT NULL,
      count ${integer} NOT NULL CHECK (count >= 0), PRIMARY KEY (account_id, application_id, day, outcome)) ${clustered}`,

    `CREATE TABLE outbox (
      id TEXT PRIMARY KEY, account_id TEXT, kind TEXT NOT NULL, payload TEXT NOT NULL, created_at ${integer} NOT NULL,
      run_at ${integer} NOT NULL, attempts ${integer} NOT NULL, leased_until ${integer}, done_at ${integer}) ${clustered}`,

    `CREATE INDEX outbox_due ON outbox (run_at) WHERE done_at IS NULL`,

    `CREATE TABLE audit_log (
      stream_id TEXT NOT NULL, seq ${integer} NOT NULL, at ${integer} NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
      object TEXT NOT NULL, account_id TEXT, before TEXT, after TEXT, hash TEXT NOT NULL,
      PRIMARY KEY (stream_id, seq)) ${clustered}`,

    `CREATE TABLE settings (
      key TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at ${integer} NOT NULL) ${clustered}`,

    `CREATE TABLE sources (
      id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, sealed_config ${bytes} NOT NULL,
      key_id TEXT NOT NULL REFERENCES keys (id), priority ${integer} NOT NULL, weight ${integer} NOT NULL CHECK (weight > 0),
      cost_centifen ${integer} NOT NULL CHECK (cost_centifen >= 0), status TEXT NOT NULL CHECK (status IN ('enabled', 'disabled')),
      created_at ${integer} NOT NULL) ${clustered}`,

    ...spelling.appendOnly('entries'),
    ...spelling.appendOnly('audit_log'),
  ]
}
