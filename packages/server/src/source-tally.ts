import type { Attempt } from '@heyan/core'
import type { LateAnswer, SourceAlert } from '@heyan/sources'

/** What became of one source's attempts since the process began. Money is told by the ledger's attempts, not by this. */
export interface SourceCounts {
  readonly attempts: number
  /** By class: `verdict`, or why there was none. */
  readonly classes: Readonly<Record<string, number>>
  readonly costCentifen: number
  readonly durationMs: number
  readonly lateAnswers: number
  /** The last thing that somebody should look at. */
  readonly alert: { readonly reason: string; readonly code: string; readonly at: number } | null
}

interface Tally {
  attempts: number
  readonly classes: Record<string, number>
  costCentifen: number
  durationMs: number
  lateAnswers: number
  alert: SourceCounts['alert']
}

const CENTIFEN_PER_FEN = 100

/** Counts by the names of sources: a source that is changed or replaced goes on counting. */
export class SourceTallies {
  readonly #tallies = new Map<string, Tally>()

  of(name: string): SourceCounts {
    return this.#of(name)
  }

  attempted({ source, class: outcome, costFen, durationMs }: Attempt): void {
    const tally = this.#of(source)
    tally.attempts += 1
    tally.classes[outcome] = (tally.classes[outcome] ?? 0) + 1
    tally.costCentifen += Math.round(costFen * CENTIFEN_PER_FEN)
    tally.durationMs += durationMs
  }

  late({ source }: LateAnswer): void {
    this.#of(source).lateAnswers += 1
  }

  alerted({ source, reason, code }: SourceAlert, at: number): void {
    this.#of(source).alert = { reason, code, at }
  }

  #of(name: string): Tally {
    const known = this.#tallies.get(name)
    if (known !== undefined) return known
    const tally: Tally = { attempts: 0, classes: {}, costCentifen: 0, durationMs: 0, lateAnswers: 0, alert: null }
    this.#tallies.set(name, tally)
    return tally
  }
}
