import { checkDigit } from '@heyan/core'

const LETTERS = [...'安宝昌达恩芳光海吉康林明宁平青石']
const DIVISION = '440524'
const FIRST_YEAR = 1880
const YEARS = 10
const MONTHS = 12
/** Of every month. */
const DAYS = 28
const SERIALS = 999

/**
 * The n-th invented person: no two have a name in common, and nobody born in their years is alive. A request is known by its name:
 * in what the client sent, in what the source was asked, and so in what was charged.
 */
export function personOf(n) {
  let name = '李'
  for (let left = n; left > 0 || name.length < 3; left = Math.floor(left / LETTERS.length))
    name += LETTERS[left % LETTERS.length]
  let left = n
  const take = (count) => {
    const taken = left % count
    left = Math.floor(left / count)
    return taken
  }
  const serial = String(take(SERIALS) + 1).padStart(3, '0')
  const day = String(take(DAYS) + 1).padStart(2, '0')
  const month = String(take(MONTHS) + 1).padStart(2, '0')
  const body = `${DIVISION}${FIRST_YEAR + take(YEARS)}${month}${day}${serial}`
  return { name, number: body + checkDigit(body) }
}

/** The same person, with a number that no check digit fits. */
export function mistyped({ name, number }) {
  const last = number.endsWith('0') ? '1' : '0'
  return { name, number: number.slice(0, -1) + last }
}
