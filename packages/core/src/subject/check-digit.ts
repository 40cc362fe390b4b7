/** Weights of GB 11643-1999 for the first 17 digits: 2 to the power of 17…1, modulo 11. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const
const CHECK_DIGITS = '10X98765432'

/**
 * The 18th character of an identity number: GB 11643-1999, by ISO 7064 MOD 11-2.
 * Expects 17 digits or more; what follows the 17th is not looked at.
 */
export function checkDigit(digits: string): string {
  let sum = 0
  for (let place = 0; place < 17; place++) sum += (WEIGHTS[place] ?? 0) * (digits.charCodeAt(place) - 48)
  return CHECK_DIGITS.charAt(sum % 11)
}
