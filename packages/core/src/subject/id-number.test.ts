import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkDigit } from './check-digit.js'
import { checkIdNumber } from './check-number.js'
import { type CivilDate, daysInMonth, shanghaiDate } from './civil-date.js'
import { explainNumber } from './explain.js'
import { parseIdNumber, upgradeFifteen } from './id-number.js'
import { formatBirthday } from './mask.js'

const TODAY: CivilDate = { year: 2026, month: 6, day: 15 }
const DAY_MS = 86_400_000

interface NumberCase {
  readonly rule: string
  readonly value: unknown
  readonly valid: boolean
  readonly reason?: string
  readonly kind?: string
  readonly birthday?: string
  readonly sex?: string
  readonly region?: string
  readonly upgraded?: string
}

const CASES: NumberCase[] = JSON.parse(readFileSync(new URL('number-cases.json', import.meta.url), 'utf8'))

describe('the cases of numbers', () => {
  test.each(CASES)('$rule: $value', ({ value, valid, reason, kind, birthday, sex, region, upgraded }) => {
    const said = explainNumber(value, TODAY)
    expect(said).toMatchObject(valid ? { valid, kind, birthday, sex, region } : { valid, reason, warnings: [] })
    if (upgraded !== undefined) {
      expect(parseIdNumber(value, { today: TODAY, accept15: true })).toMatchObject({ value: { text: upgraded } })
      expect(parseIdNumber(value, { today: TODAY })).toEqual({ ok: false, reason: 'first_generation' })
    }
  })
})

/** The larger collection beside the project, in its own words. */
interface SharedCase {
  readonly id: string
  readonly input?: unknown
  readonly inputExpr?: string
  readonly inputGen?: { kind: string; char: string; times: number; offsetDays: number; prefix: string; seq: string }
  readonly expected: {
    readonly valid: boolean
    readonly type?: string
    readonly birthday?: string
    readonly sex?: string
    readonly region?: string | null
    readonly regionAlt?: string
    readonly province?: string
    readonly upgraded?: string
    readonly normalized?: string
  }
}

const SHARED = new URL('../../../../../shared/data/number-cases.json', import.meta.url)
const sharedCases: SharedCase[] = existsSync(SHARED) ? JSON.parse(readFileSync(SHARED, 'utf8')) : []
if (sharedCases.length === 0) console.warn('Skipped: ../shared/data/number-cases.json is not beside the project')

describe.skipIf(sharedCases.length === 0)('the shared cases of numbers', () => {
  const today = shanghaiDate(Date.now())

  test.each(sharedCases)('$id', (entry) => {
    const value = sharedValue(entry)
    const parsed = parseIdNumber(value, { today, accept15: true })

    const { valid, type, birthday, sex, region, regionAlt, province, upgraded, normalized } = entry.expected
    expect(parsed.ok).toBe(valid)
    if (!parsed.ok) return
    const said = explainNumber(value, today)
    if (type !== undefined) expect(said).toMatchObject({ kind: type, birthday, sex })
    if (region !== undefined) expect([region, regionAlt]).toContain(said.region)
    if (province !== undefined) expect(said.region).toBe(province)
    const text = upgraded ?? normalized
    if (text !== undefined) expect(parsed.value.text).toBe(text)
  })

  function sharedValue({ input, inputExpr, inputGen }: SharedCase): unknown {
    if (inputExpr !== undefined) return new Function(`return (${inputExpr})`)()
    if (inputGen === undefined) return input
    if (inputGen.kind === 'repeat') return inputGen.char.repeat(inputGen.times)
    const day = shanghaiDate(Date.now() + inputGen.offsetDays * DAY_MS)
    const body = inputGen.prefix + formatBirthday(day) + inputGen.seq
    return body + checkDigit(body)
  }
})

describe('dates', () => {
  test('a baby born today in China is accepted while it is still yesterday at Greenwich', () => {
    const justAfterMidnight = Date.UTC(2026, 5, 14, 16, 30)
    const body = '11010520260615001'
    expect(checkIdNumber(body + checkDigit(body), shanghaiDate(justAfterMidnight))).toBe(null)
    expect(checkIdNumber(body + checkDigit(body), shanghaiDate(justAfterMidnight - 3_600_000))).toBe('future')
  })
})

/** Numbers of every kind, well formed: province, county or the permit's zeros or a nationality, day, sequence. */
const numbers = fc
  .record({
    head: fc.oneof(
      fc
        .tuple(fc.constantFrom('11', '15', '23', '31', '37', '44', '46', '50', '54', '65'), digits(4))
        .map(([province, county]) => province + county),
      fc.constantFrom('810000', '820000', '830000'),
      fc.tuple(fc.constantFrom('11', '32', '65'), digits(3)).map(([province, nation]) => `9${province}${nation}`),
    ),
    year: fc.integer({ min: 1800, max: 2025 }),
    month: fc.integer({ min: 1, max: 12 }),
    dayOf31: fc.integer({ min: 1, max: 31 }),
    sequence: digits(3),
  })
  .map(({ head, year, month, dayOf31, sequence }) => {
    const day = Math.min(dayOf31, daysInMonth(year, month))
    const body = head + formatBirthday({ year, month, day }) + sequence
    return { text: body + checkDigit(body), birthday: { year, month, day }, head, sequence }
  })

function digits(length: number): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((list) => list.join(''))
}

describe('properties of numbers', () => {
  test('reading what was written gives back every field', () => {
    fc.assert(
      fc.property(numbers, ({ text, birthday, head, sequence }) => {
        const sex = Number(sequence) % 2 === 1 ? 'male' : 'female'
        expect(parseIdNumber(text, { today: TODAY })).toMatchObject({
          ok: true,
          value: { text, birthday, divisionCode: head, sex },
        })
      }),
    )
  })

  test('every change of one character is caught', () => {
    fc.assert(
      fc.property(numbers, ({ text }) => {
        for (let place = 0; place < 18; place++) {
          for (const other of '0123456789X') {
            if (other === text[place]) continue
            const changed = text.slice(0, place) + other + text.slice(place + 1)
            expect(checkIdNumber(changed, TODAY)).not.toBe(null)
          }
        }
      }),
    )
  })

  test('every exchange of two neighbours is caught', () => {
    fc.assert(
      fc.property(numbers, ({ text }) => {
        for (let place = 0; place < 17; place++) {
          if (text[place] === text[place + 1]) continue
          const changed = text.slice(0, place) + text[place + 1] + text[place] + text.slice(place + 2)
          expect(checkIdNumber(changed, TODAY)).not.toBe(null)
        }
      }),
    )
  })

  test('15 digits upgrade to a number that is read as itself', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.constantFrom('110105', '440524'), fc.integer({ min: 0, max: 99 }), digits(3)),
        ([head, year, sequence]) => {
          const fifteen = `${head}${String(year).padStart(2, '0')}0115${sequence}`
          const upgraded = upgradeFifteen(fifteen)
          const parsed = parseIdNumber(fifteen, { today: TODAY, accept15: true })
          expect(parsed).toMatchObject({ ok: true, value: { text: upgraded, warnings: ['first_generation'] } })
          expect(parseIdNumber(upgraded, { today: TODAY }).ok).toBe(true)
        },
      ),
    )
  })

  test('nothing makes it throw', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (value) => {
        expect(parseIdNumber(value, { today: TODAY, accept15: true }).ok).toBe(false)
        expect(explainNumber(value, TODAY).valid).toBe(false)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 13, maxLength: 19 }), (text) => {
        expect(typeof parseIdNumber(text, { today: TODAY, accept15: true }).ok).toBe('boolean')
      }),
    )
  })

  test('ten million characters are refused by their number alone', () => {
    for (const text of ['1'.repeat(10_000_000), '😀'.repeat(5_000_000), ' '.repeat(10_000_000)]) {
      expect(checkIdNumber(text, TODAY)).toBe('length')
    }
  })
})
