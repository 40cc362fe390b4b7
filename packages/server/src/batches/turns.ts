import { SHEETS_AT_ONCE, SHEETS_OF_ACCOUNT } from './limits.js'

/** Lets in so many at a time, and of one account fewer; the others wait in their order. */
export class Turns {
  readonly #busy = new Map<string, number>()
  #total = 0
  #waiting: { readonly accountId: string; readonly go: () => void }[] = []

  async take<T>(accountId: string, work: () => Promise<T>): Promise<T> {
    if (!this.#isFree(accountId)) await new Promise<void>((go) => this.#waiting.push({ accountId, go }))
    else this.#enter(accountId)
    try {
      return await work()
    } finally {
      this.#leave(accountId)
    }
  }

  #isFree(accountId: string): boolean {
    return this.#total < SHEETS_AT_ONCE && (this.#busy.get(accountId) ?? 0) < SHEETS_OF_ACCOUNT
  }

  #enter(accountId: string): void {
    this.#total += 1
    this.#busy.set(accountId, (this.#busy.get(accountId) ?? 0) + 1)
  }

  #leave(accountId: string): void {
    this.#total -= 1
    const left = (this.#busy.get(accountId) ?? 1) - 1
    if (left === 0) this.#busy.delete(accountId)
    else this.#busy.set(accountId, left)
    const next = this.#waiting.find((waiting) => this.#isFree(waiting.accountId))
    if (next === undefined) return
    this.#waiting = this.#waiting.filter((waiting) => waiting !== next)
    // Entered in its name, before anybody else is.
    this.#enter(next.accountId)
    next.go()
  }
}
