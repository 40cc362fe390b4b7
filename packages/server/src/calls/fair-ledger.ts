import type { Call, Charged, ChargeTerms, Fenced, Ledger, Refused, Reserved } from '@heyan/core'
import { LEDGER_TURNS, LEDGER_WAIT_MAX_MS, LEDGER_WAITING_MAX } from '../limits.js'

const SWEEP_MS = 50
/** Of the turns, what calls in the background may have. */
const BACKGROUND_SHARE = 0.75

interface Waiter {
  readonly since: number
  go(hasTurn: boolean): void
}

export interface FairLedgerOptions {
  readonly turns?: number
  readonly waitMaxMs?: number
  readonly waitingMax?: number
  /** Called when a call of the account has had its turn. */
  readonly onTurnEnd?: (accountId: string) => void
  /** A monotonic clock, ms. */
  readonly now?: () => number
}

/** What is under way and waiting, for whoever looks at the process. */
export interface Pressure {
  readonly underWay: number
  readonly waiting: number
}

/**
 * The ledger with a limit on what it is asked at a time. Whoever comes when it is busy waits in the line of their own account, and
 * the lines take turns: an account that asks a hundred times as often as another makes itself wait, and not the other. Whoever
 * would wait too long is refused; nothing was charged. What ends a call (settle, release) waits for nobody.
 */
export class FairLedger implements Ledger {
  readonly #ledger: Ledger
  readonly #turns: number
  readonly #waitMaxMs: number
  readonly #waitingMax: number
  readonly #onTurnEnd: (accountId: string) => void
  readonly #now: () => number
  /** By account, each in the order of coming; the accounts in the order of their turns. */
  readonly #lines = new Map<string, Waiter[]>()
  /** As above, of calls that nobody stands waiting for. */
  readonly #background = new Map<string, (() => void)[]>()
  #underWay = 0
  #waiting = 0
  #sweeper: NodeJS.Timeout | null = null

  constructor(ledger: Ledger, options: FairLedgerOptions = {}) {
    this.#ledger = ledger
    this.#turns = options.turns ?? LEDGER_TURNS
    this.#waitMaxMs = options.waitMaxMs ?? LEDGER_WAIT_MAX_MS
    this.#waitingMax = options.waitingMax ?? LEDGER_WAITING_MAX
    this.#onTurnEnd = options.onTurnEnd ?? (() => undefined)
    this.#now = options.now ?? (() => performance.now())
  }

  get pressure(): Pressure {
    return { underWay: this.#underWay, waiting: this.#waiting }
  }

  /** How many of an account's calls stand in its line. */
  lineOf(accountId: string): number {
    return this.#lines.get(accountId)?.length ?? 0
  }

  charge(call: Call, terms: ChargeTerms): Promise<Charged | Refused> {
    return this.#inTurn(call, () => this.#ledger.charge(call, terms))
  }

  reserve(call: Call, free: ChargeTerms['free']): Promise<Reserved | Refused> {
    return this.#inTurn(call, () => this.#ledger.reserve(call, free))
  }

  settle(...[call, terms, attempts]: Parameters<Ledger['settle']>): Promise<Charged | Fenced> {
    return this.#ledger.settle(call, terms, attempts)
  }

  release(...[call, reason, attempts]: Parameters<Ledger['release']>): Promise<void> {
    return this.#ledger.release(call, reason, attempts)
  }

  /**
   * For rows of batches: begun when nobody else waits, in turns of their accounts too, and never in all the turns there are, so
   * that a call somebody stands waiting for finds one. They are never refused: whoever sends them bounds their number.
   */
  readonly background: Ledger = {
    charge: (call, terms) => this.#afterOthers(call, () => this.#ledger.charge(call, terms)),
    reserve: (call, free) => this.#afterOthers(call, () => this.#ledger.reserve(call, free)),
    settle: (...settled) => this.settle(...settled),
    release: (...released) => this.release(...released),
  }

  #afterOthers<T>({ accountId }: Call, work: () => Promise<T>): Promise<T> {
    if (this.#hasRoomForBackground()) return this.#run(accountId, work)
    return new Promise((resolve, reject) => {
      const line = this.#background.get(accountId) ?? []
      line.push(() => {
        this.#run(accountId, work).then(resolve, reject)
      })
      this.#background.set(accountId, line)
    })
  }

  #hasRoomForBackground(): boolean {
    return this.#lines.size === 0 && this.#underWay < this.#turns * BACKGROUND_SHARE
  }

  #inTurn<T>({ accountId }: Call, work: () => Promise<T>): Promise<T | Refused> {
    if (this.#underWay < this.#turns) return this.#run(accountId, work)
    if (this.#waiting >= this.#waitingMax) return Promise.resolve(OVERLOADED)
    return new Promise((resolve) => {
      this.#line(accountId).push({
        since: this.#now(),
        go: (hasTurn) => resolve(hasTurn ? this.#run(accountId, work) : OVERLOADED),
      })
      this.#waiting++
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
    })
  }

  #run<T>(accountId: string, work: () => Promise<T>): Promise<T> {
    this.#underWay++
    return work().finally(() => {
      this.#underWay--
      this.#next()
      this.#onTurnEnd(accountId)
      this.#nextInBackground()
    })
  }

  #line(accountId: string): Waiter[] {
    let line = this.#lines.get(accountId)
    if (line === undefined) {
      line = []
      this.#lines.set(accountId, line)
    }
    return line
  }

  /** The first of the account whose turn it is; then that account is the last in the round. */
  #next(): void {
    while (this.#underWay < this.#turns) {
      const first = this.#lines.entries().next()
      if (first.done) return
      const [accountId, line] = first.value
      const waiter = line.shift()
      this.#lines.delete(accountId)
      if (line.length > 0) this.#lines.set(accountId, line)
      if (waiter === undefined) continue
      this.#waiting--
      waiter.go(true)
    }
  }

  #nextInBackground(): void {
    while (this.#background.size > 0 && this.#hasRoomForBackground()) {
      const first = this.#background.entries().next()
      if (first.done) return
      const [accountId, line] = first.value
      const go = line.shift()
      this.#background.delete(accountId)
      if (line.length > 0) this.#background.set(accountId, line)
      go?.()
    }
  }

  /** Whoever has waited too long is told so, rather than answered when they have gone. */
  #sweep(): void {
    const oldest = this.#now() - this.#waitMaxMs
    for (const [accountId, line] of this.#lines) {
      const late = line.findIndex(({ since }) => since > oldest)
      const overdue = line.splice(0, late === -1 ? line.length : late)
      this.#waiting -= overdue.length
      if (line.length === 0) this.#lines.delete(accountId)
      for (const { go } of overdue) go(false)
    }
    if (this.#lines.size > 0 || this.#sweeper === null) return
    clearInterval(this.#sweeper)
    this.#sweeper = null
  }
}

const OVERLOADED: Refused = Object.freeze({ kind: 'refused', problem: 'overloaded', callId: null })
