import type { Subject } from '@heyan/core'
import type { Caller } from './directory.js'

/**
 * Looks for abuse before a source is asked. A blocked caller is told `caller_blocked`, free of charge. What a screen keeps is
 * keyed digests and counts, never a person.
 */
export interface Screen {
  isCallerBlocked(caller: Caller): boolean
  isSubjectBlocked(caller: Caller, subject: Subject): boolean
}

/** Where no rule is configured, nobody is blocked. */
export const OPEN_SCREEN: Screen = { isCallerBlocked: () => false, isSubjectBlocked: () => false }
