import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shanghaiDate } from './civil-date.js'
import { foldNumberText } from './fold-number.js'
import { parseForeignLegacyNumber } from './foreign-legacy.js'
import { formatBirthday, maskBirthday, maskName, maskNumber } from './mask.js'

const TODAY = { year: 2026, month: 6, day: 15 }

describe('the day in Shanghai', () => {
  test('begins at 16:00 UTC', () => {
    expect(shanghaiDate(Date.UTC(2024, 1, 28, 15, 59, 59, 999))).toEqual({ year: 2024, month: 2, day: 28 })
    expect(shanghaiDate(Date.UTC(2024, 1, 28, 16))).toEqual({ year: 2024, month: 2, day: 29 })
  })

  test('is the calendar’s on every day of four centuries', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1800, 0, 1), max: Date.UTC(2200, 0, 1) }), (moment) => {
        const there = new Date(moment + 8 * 3_600_000)
        expect(shanghaiDate(moment)).toEqual({
          year: there.getUTCFullYear(),
          month: there.getUTCMonth() + 1,
          day: there.getUTCDate(),
        })
      }),
    )
  })
})

describe('what a door folds in a number', () => {
  test.each([
    [' 11010519491231002X\n', '11010519491231002X'],
    ['11010519491231002x', '11010519491231002X'],
    ['１１０１０５１９４９１２３１００２Ｘ', '11010519491231002X'],
    ['１１０１０５１９４９１２３１００２ｘ', '11010519491231002X'],
    ['11010519491231002Х', '11010519491231002Х'],
    ['١١0105', '١١0105'],
    ['', ''],
  ])('%j', (text, folded) => {
    expect(foldNumberText(text)).toBe(folded)
  })
})

// What takes more than linear time does not come to an end here before the test's own does.
test('ten million characters are folded in linear time', () => {
  const [blank, digit] = [' '.repeat(5_000_000), '１'.repeat(10_000_000)]
  expect(foldNumberText(blank + blank)).toBe('')
  expect(foldNumberText(`${blank}1${blank}`)).toBe('1')
  expect(foldNumberText(digit)).toHaveLength(digit.length)
})

describe('the number of an older foreign permanent resident’s card', () => {
  test('is read by its own function', () => {
    expect(parseForeignLegacyNumber('KAZ110090123105', { today: TODAY })).toEqual({
      ok: true,
      value: {
        text: 'KAZ110090123105',
        nationality: 'KAZ',
        divisionCode: '1100',
        birthday: { year: 1990, month: 12, day: 31 },
      },
    })
  })

  test.each([
    ['KAZ110090123106', 'check_digit'],
    ['KAZ110090133105', 'date'],
    ['kaz110090123105', 'character'],
    ['KAZ11009012310', 'length'],
    [null, 'not_text'],
  ])('%s is none', (value, reason) => {
    expect(parseForeignLegacyNumber(value, { today: TODAY })).toEqual({ ok: false, reason })
  })
})

describe('what is fit to show', () => {
  test('a name: its first character, never half of a rare one', () => {
    expect(maskName('李三')).toBe('李**')
    expect(maskName('阿卜杜拉·买买提')).toBe('阿**')
    expect(maskName('John Smith')).toBe('J**')
    expect(maskName('\u{20087}三')).toBe('\u{20087}**')
    expect(maskName('')).toBe('**')
  })

  test('a number: the first four characters and the last two', () => {
    expect(maskNumber('11010519491231002X')).toBe('1101*****2X')
    expect(maskNumber('123456')).toBe('*****')
  })

  test('a birthday: the century and the day', () => {
    const day = { year: 1949, month: 1, day: 3 }
    expect(formatBirthday(day)).toBe('19490103')
    expect(maskBirthday(day)).toBe('19****03')
  })
})
