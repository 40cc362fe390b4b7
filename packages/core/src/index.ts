export { type Parsed } from './parsed.js'
export { type Concern, type ProblemCode, PROBLEMS } from './problem.js'
