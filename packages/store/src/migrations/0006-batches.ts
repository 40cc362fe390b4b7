import type { Spelling } from './spelling.js'

/**
 * Work that goes on by itself, and sheets of people to verify. A job's lease names who does it; its lane, whatever must not be done
 * twice at a time. Of a batch nothing here tells about a person: the sheet and its answers lie in files, sealed with a key of their
 * own, and that key is overwritten when the batch is destroyed.
 */
export function statements({ integer, bytes, clustered }: Spelling): string[] {
  return [
    `CREATE TABLE jobs (
      kind TEXT NOT NULL, key TEXT NOT NULL, lane TEXT NOT NULL, payload TEXT NOT NULL, run_at ${integer} NOT NULL,
      attempts ${integer} NOT NULL CHECK (attempts >= 0), lease TEXT, leased_until ${integer}, created_at ${integer} NOT NULL,
      PRIMARY KEY (kind, key)) ${clustered}`,

    `CREATE INDEX jobs_due ON jobs (kind, run_at)`,

    `CREATE TABLE batches (
      account_id TEXT NOT NULL REFERENCES accounts (id), id TEXT NOT NULL, application_id TEXT NOT NULL, credential_id TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN
        ('uploaded', 'queued', 'running', 'paused', 'out_of_quota', 'completed', 'cancelled', 'failed')),
      reason TEXT, format TEXT NOT NULL CHECK (format IN ('csv', 'xlsx', 'json')),
      purpose TEXT NOT NULL, legal_basis TEXT NOT NULL, is_deduplicated ${integer} NOT NULL CHECK (is_deduplicated IN (0, 1)),
      sealed_key ${bytes} NOT NULL, key_id TEXT NOT NULL REFERENCES keys (id), sealed_mapping ${bytes} NOT NULL,
      row_count ${integer} NOT NULL CHECK (row_count >= 0),
      match_count ${integer} NOT NULL CHECK (match_count >= 0), mismatch_count ${integer} NOT NULL CHECK (mismatch_count >= 0),
      no_record_count ${integer} NOT NULL CHECK (no_record_count >= 0), problem_count ${integer} NOT NULL CHECK (problem_count >= 0),
      charged_count ${integer} NOT NULL CHECK (charged_count >= 0), duplicate_count ${integer} NOT NULL CHECK (duplicate_count >= 0),
      correction_count ${integer} NOT NULL CHECK (correction_count >= 0), results TEXT NOT NULL,
      rows_per_second ${integer}, created_at ${integer} NOT NULL, started_at ${integer}, ended_at ${integer},
      expires_at ${integer} NOT NULL, destroyed_at ${integer},
      PRIMARY KEY (account_id, id),
      CHECK (match_count + mismatch_count + no_record_count + problem_count <= row_count)) ${clustered}`,

    `CREATE INDEX batches_to_destroy ON batches (expires_at) WHERE destroyed_at IS NULL`,
  ]
}
