import type { SourceAnswer, SubjectQuestion, UnavailableReason } from '@heyan/core'

/** One attempt, as an adapter sees it. */
export interface UpstreamCall {
  readonly callId: string
  /** Aborted at the deadline, or when the caller gives up: the adapter lets go of its connection. */
  readonly signal: AbortSignal
  /** Told what the supplier calls this call, as soon as it says so: bills are checked by it. */
  readonly refer: (reference: string) => void
}

/**
 * A source across a network, bare: it knows a vendor's words and nothing else. It may be slow, reject with anything,
 * or answer too late; `guard` makes a `Source` of it.
 */
export interface Upstream {
  readonly name: string
  ask(subject: SubjectQuestion, call: UpstreamCall): Promise<SourceAnswer>
  close(): Promise<void>
}

/** Why an attempt came to nothing. Bears a reason and a code, never what was sent or received. */
export class UpstreamError extends Error {
  readonly reason: UnavailableReason
  /** The system's, TLS's or HTTP client's own code, where there is one. */
  readonly code: string

  constructor(reason: UnavailableReason, code = '') {
    super(code === '' ? reason : `${reason} (${code})`)
    this.name = 'UpstreamError'
    this.reason = reason
    this.code = code
  }
}
