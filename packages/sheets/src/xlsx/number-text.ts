/** Significant digits that a spreadsheet program keeps. */
const KEPT_DIGITS = 15
const PLAIN = /^-?\d+$/
const BIG = 1e21

/** A number's text without an exponent, and whether it has more digits than a spreadsheet program keeps. */
export function numberText(raw: string): { readonly text: string; readonly isDamaged: boolean } {
  const trimmed = raw.trim()
  if (PLAIN.test(trimmed)) return { text: trimmed, isDamaged: digits(trimmed) > KEPT_DIGITS }
  const value = Number(trimmed)
  if (trimmed === '' || !Number.isFinite(value)) return { text: trimmed, isDamaged: false }
  if (Number.isInteger(value) && Math.abs(value) < BIG) {
    const text = BigInt(value).toString()
    return { text, isDamaged: digits(text) > KEPT_DIGITS }
  }
  return { text: String(Number(value.toPrecision(KEPT_DIGITS))), isDamaged: Math.abs(value) >= BIG }
}

function digits(text: string): number {
  return text.replace(/^-?0*/, '').length
}
