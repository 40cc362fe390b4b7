/** Full-width ASCII stands this far above ASCII (U+FF01–FF5E). */
const FULL_WIDTH_OFFSET = 0xfee0

/**
 * What a door does before it parses a number: trims, folds full-width digits and letters to ASCII, and writes `x` as
 * `X`. Other scripts' digits and look-alikes of X stay as they are, and are refused by the parser.
 */
export function foldNumberText(text: string): string {
  const trimmed = text.trim()
  for (let place = 0; place < trimmed.length; place++) {
    const code = trimmed.charCodeAt(place)
    if (code === 0x78 || code >= 0xff10) return trimmed.replace(/[０-９Ａ-Ｚａ-ｚ]/g, toAscii).replace(/x/g, 'X')
  }
  return trimmed
}

function toAscii(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) - FULL_WIDTH_OFFSET)
}
