import { checkDigit } from '../../packages/core/dist/index.js'

const COUNT = 4096
const SEED = 20_240_901
/** One in so many has a wrong check digit. */
const WRONG_EVERY = 16
/** Divisions that every library knows. */
const DIVISIONS = ['110105', '310115', '320106', '330102', '350203', '370202', '420106', '440305', '500103', '510104']

/** Invented numbers, the same on every run: births of 1950 to 2010, flat strings. */
export function inventNumbers() {
  const random = lehmer(SEED)
  return Array.from({ length: COUNT }, (_, index) => {
    const year = 1950 + Math.floor(random() * 61)
    const month = String(1 + Math.floor(random() * 12)).padStart(2, '0')
    const day = String(1 + Math.floor(random() * 28)).padStart(2, '0')
    const sequence = String(Math.floor(random() * 1000)).padStart(3, '0')
    const body = `${DIVISIONS[index % DIVISIONS.length]}${year}${month}${day}${sequence}`
    const check = index % WRONG_EVERY === 0 ? wrong(checkDigit(body)) : checkDigit(body)
    return Buffer.from(body + check, 'latin1').toString('latin1')
  })
}

function wrong(digit) {
  return digit === '0' ? '1' : '0'
}

/** Lehmer's generator: enough to scatter, and the same everywhere. */
function lehmer(seed) {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
