import { billingDay } from '@heyan/core'
import type { FreeCount, Store } from '@heyan/store'

/**
 * Counts the verifications that ended in a problem, for charts and `usage`; bears no name and no number. No money hangs on it,
 * so it is written from time to time and whenever somebody looks.
 */
export class UsageMeter {
  readonly #store: Store
  readonly #counts = new Map<string, { -readonly [K in keyof FreeCount]: FreeCount[K] }>()

  constructor(store: Store) {
    this.#store = store
  }

  count(accountId: string, applicationId: string, problem: string, at: number): void {
    const day = billingDay(at)
    this.#add({ accountId, applicationId, day, problem, count: 1 })
  }

  #add(counted: FreeCount): void {
    const key = `${counted.applicationId} ${counted.day} ${counted.problem}`
    const known = this.#counts.get(key)
    if (known === undefined) this.#counts.set(key, { ...counted })
    else known.count += counted.count
  }

  async flush(): Promise<void> {
    if (this.#counts.size === 0) return
    const counts = [...this.#counts.values()]
    this.#counts.clear()
    try {
      await this.#store.run('addFreeCounts', counts)
    } catch (error) {
      // Not lost with a disk that was full for a while.
      for (const counted of counts) this.#add(counted)
      throw error
    }
  }
}
