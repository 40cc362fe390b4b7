import { type EgressPolicy, type EgressProblem, egressProblem } from './egress.js'

/** A setting that cannot work. Its message names the field and what is expected, never the value: it may be a secret. */
export class ConfigurationError extends Error {
  readonly field: string

  constructor(field: string, expected: string) {
    super(`${field}: expected ${expected}`)
    this.name = 'ConfigurationError'
    this.field = field
  }
}

const URL_PROBLEMS: Record<EgressProblem, string> = {
  url_invalid: 'a URL',
  scheme: 'a URL that begins with https:// (http:// only where the source allows it)',
  credentials_in_url: 'a URL without a user name and a password',
  port: 'a URL on port 443 or 8443, or a port that the source allows',
  private_address:
    'a public address; one of this machine or a private network only where the configuration file allows it',
}

/** Reads fields of a configuration from outside, where any field may be missing or of any type. */
export interface ConfigurationReader {
  readonly path: string
  has(field: string): boolean
  text(field: string): string
  /** A text that can stand in a header: visible ASCII and spaces within. */
  headerText(field: string): string
  url(field: string, policy?: EgressPolicy): string
  oneOf<Value extends string>(field: string, values: readonly Value[]): Value
  oneOf<Value extends string>(field: string, values: readonly Value[], optional: 'optional'): Value | undefined
  object(field: string): ConfigurationReader
  /** The texts of a table, any of which may be empty; no texts where it is absent. */
  texts(field: string): ReadonlyMap<string, string>
  keys(): readonly string[]
  /** Fields that are none of these are a mistake. */
  only(fields: readonly string[]): void
  value(field: string): unknown
}

export function reader(path: string, value: unknown): ConfigurationReader {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigurationError(path, 'an object')
  const fields = new Map<string, unknown>(Object.entries(value))
  const at = (field: string): string => `${path}.${field}`
  const text = (field: string): string => {
    const given = fields.get(field)
    if (typeof given !== 'string' || given.trim() === '') throw new ConfigurationError(at(field), 'a text')
    return given
  }
  return {
    path,
    has: (field) => fields.get(field) !== undefined,
    text,
    headerText(field) {
      const given = text(field)
      if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(given))
        throw new ConfigurationError(at(field), 'visible ASCII characters')
      return given
    },
    url(field, policy) {
      const problem = egressProblem(text(field), policy)
      if (problem !== null) throw new ConfigurationError(at(field), URL_PROBLEMS[problem])
      return text(field)
    },
    oneOf<Value extends string>(field: string, values: readonly Value[], optional?: 'optional') {
      const given = fields.get(field)
      if (given === undefined && optional === 'optional') return undefined as never
      const found = values.find((one) => one === given)
      if (found === undefined) throw new ConfigurationError(at(field), `one of ${values.join(', ')}`)
      return found
    },
    object: (field) => reader(at(field), fields.get(field)),
    texts(field) {
      if (fields.get(field) === undefined) return new Map()
      const table = reader(at(field), fields.get(field))
      return new Map(
        table.keys().map((key) => {
          const given = table.value(key)
          if (typeof given !== 'string') throw new ConfigurationError(`${table.path}.${key}`, 'a text')
          return [key, given]
        }),
      )
    },
    keys: () => [...fields.keys()],
    only(known) {
      for (const field of fields.keys()) {
        if (!known.includes(field))
          throw new ConfigurationError(at(field), `no such field; there are ${known.join(', ')}`)
      }
    },
    value: (field) => fields.get(field),
  }
}

/** Every entry of a table, where there is one, must be one of these. */
export function checkTable(read: ConfigurationReader, field: string, values: readonly string[]): void {
  if (!read.has(field)) return
  const table = read.object(field)
  for (const key of table.keys()) table.oneOf(key, values)
}
