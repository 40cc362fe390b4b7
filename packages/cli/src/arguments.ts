import { InvalidArgumentError } from 'commander'

/** A whole number, at least one. */
export function count(text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0
  if (value < 1) throw new InvalidArgumentError('a whole number, at least 1, is needed.')
  return value
}

/** As above, or `none`: commander takes null from a parser for an option without a value. */
export function countOrNone(text: string): number | 'none' {
  return text === 'none' ? 'none' : count(text)
}

export function oneOf<const T extends string>(...values: readonly T[]): (text: string) => T {
  return (text) => {
    const known = values.find((value) => value === text)
    if (known === undefined) throw new InvalidArgumentError(`one of ${values.join(', ')} is needed.`)
    return known
  }
}
