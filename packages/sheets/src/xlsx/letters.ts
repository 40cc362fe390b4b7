const LETTERS = 26

/** A, B … Z, AA: as a spreadsheet program names its columns. */
export function letters(index: number): string {
  const last = String.fromCharCode('A'.charCodeAt(0) + (index % LETTERS))
  return index < LETTERS ? last : letters(Math.floor(index / LETTERS) - 1) + last
}
