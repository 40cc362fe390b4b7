import { hash } from 'node:crypto'

/** Before the first line of a stream. */
export const GENESIS = '0'.repeat(64)

/**
 * The hash of one line of a chained log: SHA-256 over the hash before it and its fields, hexadecimal. A line that is changed,
 * removed or moved breaks every hash after it.
 */
export function link(previous: string, fields: readonly (string | number | null)[]): string {
  let text = previous
  // Each field is led by its length, so that no two lists of fields spell the same text.
  for (const field of fields) text += field === null ? '|-' : `|${String(field).length}:${field}`
  return hash('sha256', text, 'hex')
}
