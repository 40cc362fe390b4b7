import type { Generated } from 'kysely'

/** Ids are text, moments are epoch ms, flags are 0 or 1: both engines then share every query and migration. */
export interface Tables {
  accounts: { id: string; name: string; status: 'active' | 'suspended'; created_at: number }
  applications: ApplicationRow
  credentials: CredentialRow
  lots: Omit<LotRow, 'leased'> & { leased: Generated<number> }
  application_counters: { account_id: string; application_id: string; day: number; shard: number; taken: number }
  calls: CallRow
  attempts: {
    account_id: string
    day: number
    call_id: string
    ordinal: number
    source: string
    outcome: string
    duration_ms: number
    cost_centifen: number
    may_be_billed: 0 | 1
    at: number
    /** What the supplier calls it. */
    reference: string | null
  }
  streams: { id: string; node: string; created_at: number }
  entries: EntryRow
  checkpoints: {
    id: string
    seq: number
    at: number
    heads: string
    lots_digest: string
    signature: Uint8Array
    key_id: string
  }
  checkpoint_lots: {
    account_id: string
    lot_id: string
    checkpoint_id: string
    granted: number
    reserved: number
    used: number
    expired: number
    refunded: number
  }
  nonces: { account_id: string; credential_id: string; nonce: string; at: number }
  idempotency: {
    account_id: string
    application_id: string
    key_digest: string
    fingerprint: string
    call_id: string
    call_day: number
    replays: Generated<number>
    at: number
  }
  usage_counters: {
    account_id: string
    application_id: string
    day: number
    outcome: string
    shard: number
    count: number
  }
  writers: WriterRow
  leases: LeaseRow
  rate_demands: { account_id: string; application_id: string; shard: number; demand: number; at: number }
  audit_log: AuditRow
  outbox: {
    id: string
    account_id: string | null
    kind: string
    payload: string
    created_at: number
    run_at: number
    attempts: number
    leased_until: number | null
    done_at: number | null
  }
  consents: { account_id: string; application_id: string; call_id: string; reference: string; at: number }
  plans: PlanRow
  sources: SourceRow
  jobs: {
    kind: string
    key: string
    lane: string
    payload: string
    run_at: number
    attempts: number
    lease: string | null
    leased_until: number | null
    created_at: number
  }
  batches: BatchRow
  settings: { key: string; value: string; updated_at: number }
  keys: { id: string; check_value: string; created_at: number; retired_at: number | null }
}

export interface ApplicationRow {
  account_id: string
  id: string
  name: string
  status: 'active' | 'suspended'
  mode: 'live' | 'sandbox' | 'elsewhere'
  fields: 'masked' | 'full'
  rate_per_second: number | null
  cap_total: number | null
  cap_daily: number | null
  /** JSON: addresses and CIDR blocks. Empty: from anywhere. */
  allow_list: string
  is_query_code_allowed: 0 | 1
  is_signature_echo_full: 0 | 1
  platform_algorithm: 'hmac-sha256' | 'hmac-sm3' | 'md5'
  created_at: number
}

export interface CredentialRow {
  account_id: string
  id: string
  application_id: string
  kind: 'app_code' | 'app_key'
  app_key: string | null
  /** Keyed digest of the AppCode, or of the AppKey. */
  lookup: string
  /** The AppCode, or the AppSecret. */
  sealed: Uint8Array
  key_id: string
  status: 'active' | 'revoked'
  created_at: number
  revoked_at: number | null
}

export interface LotRow {
  account_id: string
  id: string
  plan_id: string | null
  order_ref: string
  granted: number
  reserved: number
  used: number
  expired: number
  refunded: number
  expires_at: number | null
  is_no_record_free: 0 | 1
  created_at: number
  /** Calls that some node may use without touching the lot. */
  leased: number
}

export interface CallRow {
  account_id: string
  day: number
  id: string
  application_id: string
  lot_id: string | null
  state: 'reserved' | 'settled' | 'released'
  charged: 0 | 1
  reason: string | null
  source: string | null
  replay_of: string | null
  epoch: number
  at: number
  ended_at: number | null
}

export interface EntryRow {
  account_id: string
  day: number
  ref: string
  kind: 'grant' | 'reserve' | 'settle' | 'release' | 'charge' | 'expire' | 'refund'
  lot_id: string
  quantity: number
  at: number
  stream_id: string
  seq: number
  hash: string
}

export interface AuditRow {
  stream_id: string
  seq: number
  at: number
  actor: string
  action: string
  object: string
  account_id: string | null
  before: string | null
  after: string | null
  hash: string
}

export interface PlanRow {
  id: string
  label: string
  price_fen: number
  calls: number
  valid_days: number | null
  is_once_per_account: 0 | 1
  is_no_record_free: 0 | 1
  status: 'on_sale' | 'withdrawn'
  created_at: number
}

export interface SourceRow {
  id: string
  name: string
  kind: string
  /** JSON of its settings and secrets. */
  sealed_config: Uint8Array
  key_id: string
  /** Lower is asked first. */
  priority: number
  weight: number
  /** Hundredths of a fen. */
  cost_centifen: number
  status: 'enabled' | 'disabled'
  created_at: number
}

/** One connection of one node that adds to a stream. */
export interface WriterRow {
  /** Names it for ever: a node that comes back gets another. */
  epoch: number
  node: string
  role: string
  stream_id: string
  shard: number
  state: 'alive' | 'dead'
  /** Epoch ms by the database's clock. */
  heartbeat_at: number
  /** Epoch ms: the latest moment this writer reckoned with. */
  high_water: number
  /** The last one that was committed: after a commit whose answer was lost, this tells. */
  last_batch: number
  started_at: number
}

/** A part of a lot that one writer may use without touching the lot. */
export interface LeaseRow {
  account_id: string
  lot_id: string
  id: string
  epoch: number
  amount: number
  reserved: number
  used: number
  state: 'active' | 'closed'
  created_at: number
}

/** A sheet of people to verify; nothing here tells about one of them. */
export interface BatchRow {
  account_id: string
  id: string
  application_id: string
  /** Who started it or went on with it last: once that is revoked, it stands still. */
  credential_id: string
  status: 'uploaded' | 'queued' | 'running' | 'paused' | 'out_of_quota' | 'completed' | 'cancelled' | 'failed'
  /** Why it stands still. */
  reason: string | null
  format: 'csv' | 'xlsx' | 'json'
  purpose: string
  legal_basis: string
  is_deduplicated: 0 | 1
  /** Of the files; nothing but zeros once it is destroyed. */
  sealed_key: Uint8Array
  key_id: string
  /** Where the sheet holds what; sealed, since people write names into titles. */
  sealed_mapping: Uint8Array
  row_count: number
  match_count: number
  mismatch_count: number
  no_record_count: number
  problem_count: number
  charged_count: number
  duplicate_count: number
  correction_count: number
  /** JSON: the files of answers, and how much of each counts; what lies behind that was never told of. */
  results: string
  rows_per_second: number | null
  created_at: number
  started_at: number | null
  ended_at: number | null
  expires_at: number
  destroyed_at: number | null
}
