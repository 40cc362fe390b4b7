export { BREAKER_LIMITS, type BreakerLimits, type BreakerState } from './breaker.js'
export {
  bareHost,
  EGRESS_REFUSED,
  EgressError,
  type EgressPolicy,
  type EgressProblem,
  egressLookup,
  egressProblem,
  isPrivateAddress,
} from './egress.js'
export {
  type GuardedSource,
  type GuardOptions,
  guard,
  type LateAnswer,
  type SourceAlert,
  type SourceHealth,
} from './guard.js'
export type { Bytes } from './roster/import-list.js'
export type {
  ImportOutcome,
  ImportPhase,
  ImportProgress,
  ImportReport,
  ImportResult,
  RefusedImport,
} from './roster/import-protocol.js'
export type { ImportRefusal, RowProblem, RowReason, RowRepeat } from './roster/problems.js'
export {
  type EditionFile,
  type ImportOptions,
  openRoster,
  type Roster,
  type RosterOptions,
  type RosterState,
  type UnfinishedImport,
} from './roster/roster.js'
export { RosterError, type RosterFault } from './roster/roster-file.js'
export { type RouteEntry, type RouterOptions, router } from './router.js'
export {
  SANDBOX_DELAY_MS,
  SANDBOX_OUTCOMES,
  SANDBOX_SUBJECTS,
  type SandboxOptions,
  type SandboxOutcome,
  type SandboxSubject,
  sandbox,
  sandboxOutcome,
} from './sandbox.js'
export { type Upstream, type UpstreamCall, UpstreamError } from './upstream.js'
