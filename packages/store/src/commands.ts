import { changeAccount, createAccount, findAccount, listAccounts } from './accounts.js'
import {
  changeApplication,
  createApplication,
  findApplication,
  findCaller,
  isEmpty,
  listApplications,
  revealCredentials,
} from './applications.js'
import { listAttempts } from './attempts.js'
import { listAudit } from './audit-lines.js'
import {
  beginBatch,
  changeBatch,
  createBatch,
  destroyBatch,
  destroyExpiredBatches,
  endBatch,
  findBatch,
  hasRoomForBatch,
  holdBatch,
  leaveBatch,
  listBatches,
  livingBatches,
  openBatch,
  returnBatch,
  saveBatchProgress,
  startBatch,
} from './batches.js'
import { keepConsent, listConsents } from './consents.js'
import type { Reading, Work } from './context.js'
import { findLookup, issueCredential, listCredentials, revokeCredential, rotateCredential } from './credentials.js'
import { freeJobs, isJobDue, leaseJob } from './jobs.js'
import { grantToApplication } from './lots.js'
import {
  abandonDelivery,
  announceExpiring,
  enqueue,
  fanOut,
  finishDelivery,
  isOutboxDue,
  leaseOutbox,
  purgeOutbox,
  retryDelivery,
} from './outbox.js'
import { changePlan, createPlan, ensureDefaultPlans, listPlans, subscribe } from './plans.js'
import { changePolicies, readOwnPolicies, readStanding } from './policies.js'
import { findRepeated } from './repeats.js'
import { listLots, readUsageDays } from './reports.js'
import { purge } from './retention.js'
import { publishRosterEdition, readRosterEdition } from './roster-editions.js'
import { readSetting, writeSetting } from './settings.js'
import { findSigner } from './signers.js'
import { changeSite, readSite } from './site.js'
import {
  addSource,
  changeSource,
  describedSources,
  listSources,
  placeRoster,
  readRosterPriority,
  removeSource,
} from './sources.js'
import { readTotals } from './totals.js'
import { addFreeCounts, readUsage } from './usage.js'

/** Each is one transaction, and durable when it resolves. */
export const WRITES = {
  createApplication,
  changeApplication,
  grantToApplication,
  revealCredentials,
  addFreeCounts,
  purge,
  writeSetting,
  changeSite,
  publishRosterEdition,
  changePolicies,
  keepConsent,
  createAccount,
  changeAccount,
  issueCredential,
  revokeCredential,
  rotateCredential,
  createPlan,
  changePlan,
  ensureDefaultPlans: (work: Work) => ensureDefaultPlans(work),
  subscribe,
  addSource,
  changeSource,
  removeSource,
  placeRoster,
  enqueue,
  leaseOutbox,
  fanOut,
  finishDelivery,
  retryDelivery,
  abandonDelivery,
  purgeOutbox,
  createBatch,
  startBatch,
  changeBatch,
  beginBatch,
  saveBatchProgress,
  endBatch,
  leaveBatch,
  returnBatch,
  holdBatch,
  destroyBatch,
  destroyExpiredBatches,
  leaseJob,
  freeJobs,
  announceExpiring: (work: Work) => announceExpiring(work),
  /** For what is done outside the store's tables and belongs into the audit log all the same. */
  record: (work: Work, change: Parameters<Work['record']>[0]) => work.record(change),
} as const

export const READS = {
  findCaller,
  findSigner,
  findApplication,
  listApplications,
  readUsage,
  readSetting,
  readSite: (reading: Reading) => readSite(reading),
  readRosterEdition: (reading: Reading) => readRosterEdition(reading),
  readOwnPolicies,
  readStanding,
  readUsageDays,
  listLots,
  listConsents,
  listAccounts,
  findAccount,
  listCredentials,
  listPlans: (reading: Reading) => listPlans(reading),
  listSources: (reading: Reading) => listSources(reading),
  describedSources: (reading: Reading) => describedSources(reading),
  readRosterPriority: (reading: Reading) => readRosterPriority(reading),
  listAttempts,
  listAudit,
  findBatch,
  openBatch,
  hasRoomForBatch,
  listBatches,
  livingBatches,
  isJobDue,
  findRepeated,
  findLookup,
  isOutboxDue: (reading: Reading) => isOutboxDue(reading),
  isEmpty: (reading: Reading) => isEmpty(reading),
  readTotals: (reading: Reading) => readTotals(reading),
} as const

/** After these, what is known of a caller may no longer hold. */
export const CHANGES_CALLERS: ReadonlySet<string> = new Set([
  'createApplication',
  'changeApplication',
  'grantToApplication',
  'changePolicies',
  'changeAccount',
  'issueCredential',
  'revokeCredential',
  'rotateCredential',
  'subscribe',
])

/** After these, the sources that are asked may be others. */
export const CHANGES_SOURCES: ReadonlySet<string> = new Set([
  'addSource',
  'changeSource',
  'removeSource',
  'placeRoster',
])

type Commands = typeof WRITES & typeof READS
export type CommandName = keyof Commands
export type CommandInput<Name extends CommandName> = Parameters<Commands[Name]>[1]
export type CommandOutput<Name extends CommandName> = Awaited<ReturnType<Commands[Name]>>
