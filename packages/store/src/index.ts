export type { Account } from './accounts.js'
export type { ApplicationChange, CallerRecord, CreatedApplication, NewApplication } from './applications.js'
export type { AttemptPlace, KeptAttempt } from './attempts.js'
export { audit, auditShared } from './audit.js'
export type { AuditLine } from './audit-lines.js'
export {
  BATCH_JOB,
  BATCH_KEPT_MAX_MS,
  BATCHES_KEPT_MAX,
  type Batch,
  type BatchCounts,
  type BatchPlace,
  type BatchSecrets,
  type BatchStatus,
  type NewBatch,
  type ResultsPart,
} from './batches.js'
export type { CommandInput, CommandName, CommandOutput } from './commands.js'
export type { CredentialView, NewCredential } from './credentials.js'
export type { AuditReport } from './engine/audit-fold.js'
export type { AccountQuota, RateDemand, RateShare, StoreBatch } from './engine/engine.js'
export { momentOfCallId, newCallId, newId } from './ids.js'
export type { LeasedJob } from './jobs.js'
export { type Keys, keysOf, readMasterKey, writePrivateFile } from './keys.js'
export { type GrantedLot, LOT_CALLS_MAX, LOT_DAYS_MAX } from './lots.js'
export type { Delivery, OutboxEvent } from './outbox.js'
export type { Plan, SubscriptionRefusal } from './plans.js'
export type { Policies, PolicyChange, Standing } from './policies.js'
export { BATCH_KEY_PREFIX } from './repeats.js'
export type { LotReport } from './reports.js'
export type { RosterEdition } from './roster-editions.js'
export type { SignerRecord, SigningSecret } from './signers.js'
export type { SiteSettings } from './site.js'
export type { DescribedSource, NewSource, SourceTerms, SourceView } from './sources.js'
export { type SharedStoreOptions, Store, type StoreOptions } from './store.js'
export type { ApplicationRow } from './tables.js'
export type { StoreTotals } from './totals.js'
export type { FreeCount, Usage } from './usage.js'
