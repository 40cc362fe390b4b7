import {
  type AskContext,
  type CancelSignal,
  type Source,
  type SourceAnswer,
  type SubjectQuestion,
  unavailable,
  type Verdict,
  verdictAnswer,
} from '@heyan/core'

/** What the sandbox does when it is asked. */
export type SandboxOutcome =
  | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly delayMs: number }
  /** The upstream says that it failed. */
  | { readonly kind: 'fault' }
  /** No answer comes: the question ends at its deadline. */
  | { readonly kind: 'silence' }

/** How late the slow subject's answer is. */
export const SANDBOX_DELAY_MS = 2_000

const MATCH: SandboxOutcome = { kind: 'verdict', verdict: 'match', delayMs: 0 }
const MISMATCH: SandboxOutcome = { kind: 'verdict', verdict: 'mismatch', delayMs: 0 }
const NO_RECORD: SandboxOutcome = { kind: 'verdict', verdict: 'no_record', delayMs: 0 }
const FAULT: SandboxOutcome = { kind: 'fault' }
const SILENCE: SandboxOutcome = { kind: 'silence' }
const SLOW_MATCH: SandboxOutcome = { kind: 'verdict', verdict: 'match', delayMs: SANDBOX_DELAY_MS }

/**
 * What each first digit of the sequence code (the number's 15th character) chooses, for a number born from 1880 to 1889.
 * Digits that are not listed mean no record.
 */
export const SANDBOX_OUTCOMES: Readonly<Record<string, SandboxOutcome>> = {
  '0': MATCH,
  '1': MISMATCH,
  '2': NO_RECORD,
  '3': SLOW_MATCH,
  '4': FAULT,
  '5': SILENCE,
}

export interface SandboxSubject {
  readonly name: string
  readonly number: string
  readonly outcome: SandboxOutcome
}

/**
 * Invented people to call the sandbox with, for documents and pages. Born in 1885, so nobody living holds such a number;
 * the check digits are right, so they pass every check that comes before a source. Any possible name will do.
 */
export const SANDBOX_SUBJECTS: readonly SandboxSubject[] = [
  { name: '沙一致', number: '110105188507070017', outcome: MATCH },
  { name: '沙一致', number: '110105188507070025', outcome: MATCH },
  { name: '沙不一致', number: '11010518850707101X', outcome: MISMATCH },
  { name: '沙不一致', number: '110105188507071028', outcome: MISMATCH },
  { name: '沙无记录', number: '110105188507072012', outcome: NO_RECORD },
  { name: '沙无记录', number: '110105188507072020', outcome: NO_RECORD },
  { name: '沙延迟', number: '110105188507073015', outcome: SLOW_MATCH },
  { name: '沙故障', number: '110105188507074018', outcome: FAULT },
  { name: '沙超时', number: '110105188507075010', outcome: SILENCE },
  // The samples of GB 11643-1999: born in 1880 with the sequence 001, and an ordinary number, of which nothing is known.
  { name: '李三', number: '440524188001010014', outcome: MATCH },
  { name: '李三', number: '11010519491231002X', outcome: NO_RECORD },
]

/** Node's timers fire at once for anything longer. */
const LONGEST_TIMER_MS = 2_147_483_647
/** Where a number holds its decade of birth, and its sequence code. */
const BIRTH_DECADE = { from: 6, to: 9, text: '188' } as const
const SEQUENCE_PLACE = 14

export interface SandboxOptions {
  /** Runs something later; returns what calls it off. */
  readonly after?: (delayMs: number, run: () => void) => () => void
  /** The clock of `AskContext.deadlineMs`. */
  readonly monotonicMs?: () => number
}

/**
 * Predictable answers for developers, chosen by the number alone: for a birth in the 1880s by `SANDBOX_OUTCOMES`, for
 * any other number no record. So it never says of a living person that a name and a number belong together, even where
 * it is put in service by mistake.
 */
export function sandbox({ after = afterByTimer, monotonicMs = () => performance.now() }: SandboxOptions = {}): Source {
  const waiting = new Set<(answer: SourceAnswer) => void>()
  let isClosed = false

  function later(delayMs: number, answer: SourceAnswer, signal: CancelSignal | undefined): Promise<SourceAnswer> {
    return new Promise((resolve) => {
      const finish = (given: SourceAnswer): void => {
        callOff()
        signal?.removeEventListener('abort', cancel)
        waiting.delete(finish)
        resolve(given)
      }
      const cancel = (): void => finish(unavailable('cancelled'))
      const callOff = after(delayMs, () => finish(answer))
      signal?.addEventListener('abort', cancel, { once: true })
      waiting.add(finish)
    })
  }

  return {
    name: 'sandbox',
    isLocal: true,
    ask(subject: SubjectQuestion, { deadlineMs, signal }: AskContext) {
      if (isClosed) return unavailable('closed')
      if (signal?.aborted === true) return unavailable('cancelled')
      const leftMs = deadlineMs - monotonicMs()
      if (leftMs <= 0) return unavailable('timeout')
      const outcome = sandboxOutcome(subject.number.text)
      if (outcome.kind === 'fault') return unavailable('upstream_fault')
      if (outcome.kind === 'silence' || outcome.delayMs >= leftMs) return later(leftMs, unavailable('timeout'), signal)
      const answer = verdictAnswer(outcome.verdict)
      return outcome.delayMs === 0 ? answer : later(outcome.delayMs, answer, signal)
    },
    isReady: () => !isClosed,
    close() {
      isClosed = true
      for (const finish of [...waiting]) finish(unavailable('closed'))
    },
  }
}

/** What the sandbox does for a number. */
export function sandboxOutcome(number: string): SandboxOutcome {
  if (number.slice(BIRTH_DECADE.from, BIRTH_DECADE.to) !== BIRTH_DECADE.text) return NO_RECORD
  return SANDBOX_OUTCOMES[number.charAt(SEQUENCE_PLACE)] ?? NO_RECORD
}

function afterByTimer(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, Math.min(delayMs, LONGEST_TIMER_MS))
  return () => clearTimeout(timer)
}
