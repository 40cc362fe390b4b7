export { type Parsed } from './parsed.js'
export { type Concern, type ProblemCode, PROBLEMS } from './problem.js'
export {
  type AskContext,
  type Source,
  type SourceAnswer,
  type SubjectQuestion,
  type UnavailableReason,
  unavailable,
  type Verdict,
  verdictAnswer,
} from './verification/source.js'
