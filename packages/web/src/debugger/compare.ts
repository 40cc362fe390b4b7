import { ECHO_MASKS, type Masks, maskedStringToSign, type SignedParts } from '@heyan/contract/browser'

export interface Compared {
  readonly ours: string
  readonly theirs: string
  /** In UTF-16 units, at the beginning of a character; null where they are the same. */
  readonly firstDifference: number | null
}

const NO_MASKS: Masks = new Map()

/** Both as one line, LF as `#`; ours masked as the server masks its own, unless it did not. */
export function compareWithEcho(parts: SignedParts, echo: string): Compared {
  const masked = maskedStringToSign(parts, ECHO_MASKS)
  const full = maskedStringToSign(parts, NO_MASKS)
  return compareTexts(commonStart(full, echo) > commonStart(masked, echo) ? full : masked, echo)
}

/** `ours` may have lines, as a program built it. */
export function compareTexts(ours: string, theirs: string): Compared {
  const line = ours.replace(/\r?\n/g, '#')
  const start = commonStart(line, theirs)
  return { ours: line, theirs, firstDifference: start === line.length && start === theirs.length ? null : start }
}

/** How far two texts are the same, never ending in half of a character. */
function commonStart(one: string, other: string): number {
  let place = 0
  while (place < one.length && place < other.length && one[place] === other[place]) place++
  const before = one.charCodeAt(place - 1)
  return before >= 0xd800 && before <= 0xdbff ? place - 1 : place
}
