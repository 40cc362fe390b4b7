import {
  HELD_LATE_MAX,
  HELD_LET_IN_BESIDE_OTHERS,
  HELD_LET_IN_MAX,
  HELD_SWEEP_MS,
  LEDGER_LINE_MAX,
  LEDGER_WAIT_MAX_MS,
} from '../limits.js'

/** A connection whose next request has come and is not begun. */
export interface Held {
  /** Begins what waits; where it is late, only to be told so. */
  letIn(isLate: boolean): void
}

interface Waiting {
  readonly connection: Held
  readonly since: number
}

export interface HeldConnectionsOptions {
  /** How many of an account's calls stand in its line at the ledger. */
  readonly lineOf: (accountId: string) => number
  readonly lineMax?: number
  readonly waitMaxMs?: number
  /** A monotonic clock, ms. */
  readonly now?: () => number
  /** Calls back when all connections that have something to say were heard. */
  readonly soon?: (work: () => void) => void
}

/**
 * Where the ledger has a line of an account already, requests of that account's connections wait as the bytes they came in: they
 * are parsed, proven and looked up when the line has room. So an account that asks fifty times as often as another takes neither
 * the other's turns at the ledger nor the time of the thread that serves both. Nobody waits here while no line is long.
 */
export class HeldConnections {
  readonly #lineOf: (accountId: string) => number
  readonly #lineMax: number
  readonly #waitMaxMs: number
  readonly #now: () => number
  readonly #soon: (work: () => void) => void
  /** Of whom one more may come, in the order in which that was told. */
  #invited: string[] = []
  /** By account, each in the order of coming. */
  readonly #held = new Map<string, Waiting[]>()
  #isOpen = false
  /** Somebody whose account has no long line, since some of those who wait were last let in. */
  #haveOthersCome = false
  #sweeper: NodeJS.Timeout | null = null

  constructor(options: HeldConnectionsOptions) {
    this.#lineOf = options.lineOf
    this.#lineMax = options.lineMax ?? LEDGER_LINE_MAX
    this.#waitMaxMs = options.waitMaxMs ?? LEDGER_WAIT_MAX_MS
    this.#now = options.now ?? (() => performance.now())
    this.#soon = options.soon ?? setImmediate
  }

  /** Whether a connection's next request has to wait. If so it is let in later, once. */
  holds(accountId: string, connection: Held): boolean {
    const line = this.#held.get(accountId)
    if (line === undefined && !this.#isCrowded(accountId)) {
      this.#haveOthersCome = true
      return false
    }
    if (this.#isOpen) return false
    const waiting = { connection, since: this.#now() }
    if (line === undefined) this.#held.set(accountId, [waiting])
    else line.push(waiting)
    this.#sweeper ??= setInterval(() => this.#sweep(), HELD_SWEEP_MS).unref()
    return true
  }

  /**
   * One of the account's calls has had its turn at the ledger: the next one may come. Not at once: the ledger's answers and those
   * who wait here would keep each other going, and nobody else would be heard.
   */
  inviteOne(accountId: string): void {
    if (!this.#held.has(accountId)) return
    this.#invited.push(accountId)
    if (this.#invited.length === 1) this.#soon(() => this.#letInvitedIn())
  }

  /** From now on nobody is held: whoever was, and whoever comes, is answered before the process ends. */
  open(): void {
    this.#isOpen = true
    const everyone = [...this.#held.values()].flat()
    this.#held.clear()
    this.#stop()
    for (const { connection } of everyone) connection.letIn(false)
  }

  #letInvitedIn(): void {
    const most = this.#haveOthersCome ? HELD_LET_IN_BESIDE_OTHERS : HELD_LET_IN_MAX
    this.#haveOthersCome = false
    const invited = this.#invited.splice(0, most)
    if (this.#invited.length > 0) this.#soon(() => this.#letInvitedIn())
    for (const accountId of invited) this.#letOneIn(accountId)
  }

  #letOneIn(accountId: string): void {
    const line = this.#held.get(accountId)
    if (line === undefined || this.#isCrowded(accountId)) return
    const first = line.shift()
    if (line.length === 0) this.#held.delete(accountId)
    first?.connection.letIn(false)
  }

  #isCrowded(accountId: string): boolean {
    return this.#lineOf(accountId) >= this.#lineMax
  }

  /** Whoever is late is told so, few at a time; and where a line has run out meanwhile, it is filled again. */
  #sweep(): void {
    const oldest = this.#now() - this.#waitMaxMs
    const late: Held[] = []
    const early: Held[] = []
    for (const [accountId, line] of this.#held) {
      const firstInTime = line.findIndex(({ since }) => since > oldest)
      const lateCount = Math.min(firstInTime === -1 ? line.length : firstInTime, HELD_LATE_MAX - late.length)
      for (const { connection } of line.splice(0, lateCount)) late.push(connection)
      const room = Math.max(0, this.#lineMax - this.#lineOf(accountId))
      if (firstInTime !== -1 || lateCount < HELD_LATE_MAX)
        for (const { connection } of line.splice(0, room)) early.push(connection)
      if (line.length === 0) this.#held.delete(accountId)
    }
    if (this.#held.size === 0) this.#stop()
    for (const connection of late) connection.letIn(true)
    for (const connection of early) connection.letIn(false)
  }

  #stop(): void {
    if (this.#sweeper !== null) clearInterval(this.#sweeper)
    this.#sweeper = null
  }
}
