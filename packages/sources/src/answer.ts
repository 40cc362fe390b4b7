import type { Verdict } from '@heyan/core'
import { ConfigurationError, type ConfigurationReader, checkTable } from './configuration.js'
import { UpstreamError } from './upstream.js'

/** Deeper than any vendor's answer. */
const MAX_DEPTH = 8

/** A value of JSON, read strictly. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/**
 * Reads an answer that must be one JSON object. A key given twice makes it say two things: no verdict is taken from that,
 * nor from an object in an object in an object without end. Rejects everything else as `malformed`.
 */
export function readJsonObject(text: string): JsonObject {
  let value: Json
  try {
    value = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json
  } catch {
    throw new UpstreamError('malformed', 'json')
  }
  if (!isObject(value)) throw new UpstreamError('malformed', 'not_an_object')
  if (countKeys(value, 1) !== countKeyTokens(text)) throw new UpstreamError('malformed', 'duplicate_key')
  return value
}

/** What is at a path such as `result.res`, or undefined. Only an object's own keys count. */
export function valueAt(value: Json | undefined, path: string): Json | undefined {
  let at = value
  for (const key of path.split('.')) {
    if (!isObject(at) || !Object.hasOwn(at, key)) return undefined
    at = at[key]
  }
  return at
}

/** Why a vendor gives no verdict, as far as its answer can tell. */
export const ANSWER_REASONS = ['refused', 'exhausted', 'credential', 'throttled', 'upstream_fault'] as const
export type AnswerReason = (typeof ANSWER_REASONS)[number]

/** How a vendor's answer is read. Values are compared as texts: `1` and `"1"` are the same, `true` is `"true"`. */
export interface AnswerRules {
  /** Where the vendor says that the question was answered at all, and what it says then. */
  readonly success?: { readonly path: string; readonly values: readonly string[] }
  /** Where the result is. */
  readonly path: string
  /** What each result means. One that is not listed is no verdict. */
  readonly verdicts: Readonly<Record<string, Verdict>>
  /** Values at `success.path` (or, without it, at `path`) that say why there is no verdict. Others: `upstream_fault`. */
  readonly problems?: Readonly<Record<string, AnswerReason>>
}

/** The verdict of an answer, by its vendor's rules. Throws `UpstreamError` where there is none. */
export function readVerdict(json: JsonObject, { success, path, verdicts, problems = {} }: AnswerRules): Verdict {
  if (success !== undefined) {
    const said = textAt(json, success.path)
    if (said === undefined) throw new UpstreamError('malformed', 'success_path')
    if (!success.values.includes(said)) throw new UpstreamError(own(problems, said) ?? 'upstream_fault')
  }
  const result = textAt(json, path)
  if (result === undefined) throw new UpstreamError('malformed', 'result_path')
  const verdict = own(verdicts, result)
  if (verdict !== undefined) return verdict
  throw new UpstreamError(own(problems, result) ?? 'upstream_fault', 'result_unlisted')
}

/** Throws `ConfigurationError` where rules from outside cannot work. */
export function checkAnswerRules(answer: ConfigurationReader): void {
  answer.only(['success', 'path', 'verdicts', 'problems'])
  answer.text('path')
  checkTable(answer, 'verdicts', ['match', 'mismatch', 'no_record'])
  checkTable(answer, 'problems', ANSWER_REASONS)
  if (answer.object('verdicts').keys().length === 0)
    throw new ConfigurationError(`${answer.path}.verdicts`, 'at least one result')
  if (!answer.has('success')) return
  const success = answer.object('success')
  success.text('path')
  const values = success.value('values')
  const isList = Array.isArray(values) && values.length > 0 && values.every((value) => typeof value === 'string')
  if (!isList) throw new ConfigurationError(`${success.path}.values`, 'a list of texts')
}

/** A text, number or boolean at a path, as text. */
export function textAt(json: JsonObject, path: string): string | undefined {
  const value = valueAt(json, path)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function countKeys(value: Json, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > MAX_DEPTH) throw new UpstreamError('malformed', 'too_deep')
  const inner = Object.values(value).reduce<number>((sum, one: Json) => sum + countKeys(one, depth + 1), 0)
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length)
}

/** Texts followed by a colon, in what is known to be JSON. */
function countKeyTokens(text: string): number {
  let count = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?/g)) if (token.endsWith(':')) count += 1
  return count
}
