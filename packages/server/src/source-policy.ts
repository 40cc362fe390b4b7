import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SettingError } from './config.js'

/** What this process allows its sources, whatever a console or a command says of them. */
export interface SourcePolicy {
  /** Whether sources may be at addresses of this machine and of private networks. */
  readonly allowPrivate: boolean
  /** Sources that one call may cost, the first included. */
  readonly maxAttempts: number
}

/** In `DATA_DIR`, and read at the start: who may write it may also read the master key. */
const FILE = 'sources.json'
const ATTEMPTS_MAX = 5
const USUAL: SourcePolicy = { allowPrivate: false, maxAttempts: 2 }

/** Throws `SettingError`, which names the file and the field. */
export function readSourcePolicy(dataDir: string): SourcePolicy {
  const file = join(dataDir, FILE)
  if (!existsSync(file)) return USUAL
  const { allowPrivate = USUAL.allowPrivate, maxAttempts = USUAL.maxAttempts, ...rest } = objectIn(file)
  const unknown = Object.keys(rest)[0]
  if (unknown !== undefined)
    throw new SettingError(`${FILE}: there is no ${unknown}; there are allowPrivate, maxAttempts`)
  if (typeof allowPrivate !== 'boolean') throw new SettingError(`${FILE}: allowPrivate is neither true nor false`)
  const isCount = typeof maxAttempts === 'number' && Number.isInteger(maxAttempts)
  if (!isCount || maxAttempts < 1 || maxAttempts > ATTEMPTS_MAX)
    throw new SettingError(`${FILE}: maxAttempts is not a number from 1 to ${ATTEMPTS_MAX}`)
  return { allowPrivate, maxAttempts }
}

function objectIn(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new SettingError(`${FILE} cannot be read: ${file}`)
  }
  throw new SettingError(`${FILE} is not an object of JSON: ${file}`)
}
