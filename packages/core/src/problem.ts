/** Whose turn it is to act. Each face of the server gives every concern its own status. */
export type Concern = 'input' | 'credential' | 'quota' | 'repeat' | 'source'

/**
 * Every way to end without a verdict. A problem is always free. Codes only: words belong to the faces.
 */
export const PROBLEMS = {
  name_missing: { concern: 'input' },
  number_missing: { concern: 'input' },
  name_too_long: { concern: 'input' },
  number_too_long: { concern: 'input' },
  name_invalid: { concern: 'input' },
  number_invalid: { concern: 'input' },
  caller_blocked: { concern: 'credential' },
  quota_exhausted: { concern: 'quota' },
  quota_expired: { concern: 'quota' },
  nonce_used: { concern: 'repeat' },
  repeat_in_flight: { concern: 'repeat' },
  repeat_differs: { concern: 'repeat' },
  replay_limit: { concern: 'repeat' },
  source_unavailable: { concern: 'source' },
  overloaded: { concern: 'source' },
} as const satisfies Record<string, { concern: Concern }>

export type ProblemCode = keyof typeof PROBLEMS
