import {
  changeApplication,
  createApplication,
  findApplication,
  findCaller,
  isEmpty,
  listApplications,
  revealCredentials,
} from './applications.js'
import type { Reading, Work } from './context.js'
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
import { changePolicies, readOwnPolicies, readStanding } from './policies.js'
import { listLots, readUsageDays } from './reports.js'
import { purge } from './retention.js'
import { readSetting, writeSetting } from './settings.js'
import { findSigner } from './signers.js'
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
  changePolicies,
  enqueue,
  leaseOutbox,
  fanOut,
  finishDelivery,
  retryDelivery,
  abandonDelivery,
  purgeOutbox,
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
  readOwnPolicies,
  readStanding,
  readUsageDays,
  listLots,
  isOutboxDue: (reading: Reading) => isOutboxDue(reading),
  isEmpty: (reading: Reading) => isEmpty(reading),
} as const

/** After these, what is known of a caller may no longer hold. */
export const CHANGES_CALLERS: ReadonlySet<string> = new Set([
  'createApplication',
  'changeApplication',
  'grantToApplication',
  'changePolicies',
])

type Commands = typeof WRITES & typeof READS
export type CommandName = keyof Commands
export type CommandInput<Name extends CommandName> = Parameters<Commands[Name]>[1]
export type CommandOutput<Name extends CommandName> = Awaited<ReturnType<Commands[Name]>>
