const MISMATCH_IN = 10
const NO_RECORD_IN = 11

/** What the source says of a person, in every life of the process: most belong together. */
export function verdictOf(name) {
  let mixed = 0
  for (const letter of name) mixed = (Math.imul(mixed, 31) + (letter.codePointAt(0) ?? 0)) >>> 0
  if (mixed % MISMATCH_IN === 0) return 'mismatch'
  return mixed % NO_RECORD_IN === 0 ? 'no_record' : 'match'
}
