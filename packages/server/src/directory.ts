import { createSecretKey, type KeyObject } from 'node:crypto'
import type { BlockList } from 'node:net'
import type { Caps, QuotaView } from '@heyan/core'
import type { CallerRecord, Keys, Standing, Store } from '@heyan/store'
import { allowListOf } from './allow-list.js'
import { CALLERS_MAX } from './limits.js'
import { RateLimit } from './rate-limit.js'

/** The application and account that a credential proved, for as long as nothing about them changes. */
export interface Caller {
  readonly accountId: string
  readonly applicationId: string
  readonly credentialId: string
  /** Null: an AppCode proves itself. */
  readonly appSecret: KeyObject | null
  readonly isSuspended: boolean
  /** Null: from anywhere. */
  readonly allowList: BlockList | null
  /** Why this application's verdicts are never charged here, or null. */
  readonly free: 'sandbox' | 'elsewhere' | null
  readonly isFull: boolean
  readonly isQueryCodeAllowed: boolean
  readonly isSignatureEchoFull: boolean
  /** Null: as fast as they come. */
  readonly rateLimit: RateLimit | null
  readonly quota: QuotaWatch
  /** What its operator decided, and the whole of its account's running lots. */
  readonly standing: Standing
  readonly caps: Caps
}

/** What was last heard of an account's quota and an application's caps; kept up to date by every batch of the ledger. */
export interface QuotaWatch {
  account: QuotaView
  application: { readonly left: number; readonly validUntil: number }
}

/**
 * Finds callers by their credential, and remembers them until a command of the store changes anything. It is asked on every
 * request, so what is known is answered at once; a keyed digest leads to it, never a comparison of secrets.
 */
export class Directory {
  readonly #store: Store
  readonly #keys: Keys
  readonly #byLookup = new Map<string, Caller>()
  readonly #byApplication = new Map<string, Set<Caller>>()
  readonly #byAccount = new Map<string, Set<Caller>>()
  /** Outlives a change of its application, so that no change makes an application faster for a moment. */
  readonly #rateLimits = new Map<string, { readonly accountId: string; readonly limit: RateLimit }>()
  readonly #lastByConnection = new WeakMap<object, { readonly code: string; readonly lookup: string }>()
  #generation = 0

  constructor(store: Store, keys: Keys) {
    this.#store = store
    this.#keys = keys
    store.on('change', () => this.#forget())
    store.on('views', ({ accounts, applications }) => {
      for (const [accountId, left, problem, validUntil] of accounts) {
        for (const caller of this.#byAccount.get(accountId) ?? []) caller.quota.account = { left, problem, validUntil }
      }
      for (const [applicationId, left, validUntil] of applications) {
        for (const caller of this.#byApplication.get(applicationId) ?? [])
          caller.quota.application = { left, validUntil }
      }
    })
  }

  /**
   * By an AppCode. Null where there is none such. A connection sends the same one with every request, so its digest is reckoned
   * once for a connection; what is compared is only what that connection itself has sent before.
   */
  byAppCode(code: string, connection: object): Caller | null | Promise<Caller | null> {
    const last = this.#lastByConnection.get(connection)
    if (last !== undefined && last.code === code) return this.#find(last.lookup)
    const lookup = this.#keys.index(`app_code:${code}`)
    this.#lastByConnection.set(connection, { code, lookup })
    return this.#find(lookup)
  }

  /** By an AppKey, which is no secret. */
  byAppKey(appKey: string): Caller | null | Promise<Caller | null> {
    return this.#find(this.#keys.index(`app_key:${appKey}`))
  }

  /** By the keyed digest of a credential that has proved itself. */
  byLookup(lookup: string): Caller | null | Promise<Caller | null> {
    return this.#find(lookup)
  }

  /**
   * Why this caller has no call left, or null. What was last heard decides, unless time has passed it: then the store is asked.
   * A refusal here is only early: the ledger has the last word on every call.
   */
  noQuota(caller: Caller, now: number): QuotaView['problem'] | Promise<QuotaView['problem']> {
    const { account, application } = caller.quota
    if (now < account.validUntil && now < application.validUntil) return problemOf(caller.quota)
    return this.#store.quota(caller.accountId, caller.applicationId).then((quota) => {
      caller.quota.account = quota.account
      caller.quota.application = quota.application
      return problemOf(caller.quota)
    })
  }

  #find(lookup: string): Caller | null | Promise<Caller | null> {
    return this.#byLookup.get(lookup) ?? this.#load(lookup)
  }

  async #load(lookup: string): Promise<Caller | null> {
    const generation = this.#generation
    const record = await this.#store.run('findCaller', lookup)
    if (record === null) return null
    const { account_id: accountId, id: appId } = record.application
    const standing = await this.#store.run('readStanding', { accountId, appId })
    // Last, and nothing is waited for after it: whoever is not remembered yet does not hear what is used up meanwhile.
    const quota = await this.#store.quota(accountId, appId)
    const caller = this.#callerOf(record, { account: quota.account, application: quota.application }, standing)
    // What was read before a change must not be remembered after it.
    if (generation === this.#generation) this.#remember(lookup, caller)
    return caller
  }

  #callerOf(
    { credential, application, accountStatus, appSecret }: CallerRecord,
    quota: QuotaWatch,
    standing: Standing,
  ): Caller {
    return {
      accountId: application.account_id,
      applicationId: application.id,
      credentialId: credential.id,
      appSecret: appSecret === null ? null : createSecretKey(Buffer.from(appSecret)),
      isSuspended: application.status === 'suspended' || accountStatus === 'suspended',
      allowList: allowListOf(JSON.parse(application.allow_list)),
      free: application.mode === 'live' ? null : application.mode,
      isFull: application.fields === 'full',
      isQueryCodeAllowed: application.is_query_code_allowed === 1,
      isSignatureEchoFull: application.is_signature_echo_full === 1,
      rateLimit: this.#rateLimitOf(application.account_id, application.id, application.rate_per_second),
      quota,
      standing,
      caps: { total: application.cap_total, daily: application.cap_daily },
    }
  }

  #rateLimitOf(accountId: string, applicationId: string, perSecond: number | null): RateLimit | null {
    if (perSecond === null) {
      this.#rateLimits.delete(applicationId)
      return null
    }
    const known = this.#rateLimits.get(applicationId)
    if (known?.limit.perSecond === perSecond) return known.limit
    const limit = new RateLimit(perSecond)
    this.#rateLimits.set(applicationId, { accountId, limit })
    return limit
  }

  /** Every second: nodes of one store share each application's rate by how often it is asked for on each of them. */
  async shareRates(): Promise<void> {
    const demands = [...this.#rateLimits].map(([applicationId, { accountId, limit }]) => {
      return { accountId, applicationId, demand: limit.demand() }
    })
    if (demands.length === 0) return
    for (const { applicationId, share } of await this.#store.shareRates(demands))
      this.#rateLimits.get(applicationId)?.limit.shareOf(share)
  }

  #remember(lookup: string, caller: Caller): void {
    if (this.#byLookup.size >= CALLERS_MAX) this.#forget()
    this.#byLookup.set(lookup, caller)
    addTo(this.#byApplication, caller.applicationId, caller)
    addTo(this.#byAccount, caller.accountId, caller)
  }

  #forget(): void {
    this.#generation++
    this.#byLookup.clear()
    this.#byApplication.clear()
    this.#byAccount.clear()
  }
}

function problemOf({ account, application }: QuotaWatch): QuotaView['problem'] {
  return account.problem ?? (application.left > 0 ? null : 'quota_exhausted')
}

function addTo<T>(sets: Map<string, Set<T>>, key: string, value: T): void {
  const set = sets.get(key)
  if (set === undefined) sets.set(key, new Set([value]))
  else set.add(value)
}
