import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { ListReader } from './list-reader.js'
import type { Person } from './list-rows.js'
import { personRules } from './person-rules.js'
import { ImportRefused } from './problems.js'

const RULES = personRules(Date.UTC(2025, 0, 1))

/** Reads bytes in pieces of these sizes, over and over. */
async function read(bytes: Uint8Array, sizes: readonly number[]) {
  const people: Person[] = []
  const list = new ListReader({}, RULES, (person) => people.push(person))
  let refusal: string | null = null
  try {
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const size = Math.max(1, sizes[turn % sizes.length] ?? bytes.length)
      await list.write(bytes.subarray(at, at + size))
      at += size
    }
    await list.end()
  } catch (error) {
    if (!(error instanceof ImportRefused)) throw error
    refusal = error.reason
  }
  return { people, refusal, ...list.list.counts, problems: list.list.problems, encoding: list.encoding }
}

const row = fc.constantFrom(
  '李三,11010519491231002X',
  '沙甲,110105188507070017',
  '阿卜杜拉·买买提,110105188507070025',
  '李三,1',
  ',110105188507070017',
  '"李,三",11010519491231002X',
  '"李\n三",440524188001010014',
  '李"三,440524188001010014',
  '\uFFFD,440524188001010014',
  '1,2,3,4,5',
  '',
  ',',
  '姓名,身份证号码',
  ' 李三 , 440524188001010014\t',
  '𠮷田,11010519491231002x',
)

describe('a list of people', () => {
  test('is read the same however its bytes are cut', async () => {
    const newline = fc.constantFrom('\n', '\r\n', '\r')
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 30 }),
        newline,
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        async (rows, separator, hasMark, sizes) => {
          const bytes = Buffer.from(`${hasMark ? '\uFEFF' : ''}姓名,身份证号码${separator}${rows.join(separator)}`)
          expect(await read(bytes, sizes)).toEqual(await read(bytes, [bytes.length]))
        },
      ),
      { numRuns: 300 },
    )
  })

  test.each(['utf8', 'gb18030'])(
    'in %s taken up again wherever it was left is read as if it had not been',
    async (encoding) => {
      let resumed = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(row, { minLength: 5, maxLength: 40 }),
          fc.constantFrom('\n', '\r\n'),
          fc.boolean(),
          fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
          async (rows, separator, hasMark, sizes) => {
            const text = `${hasMark && encoding === 'utf8' ? '\uFEFF' : ''}姓名,身份证号码${separator}${`${'龥'.repeat(3_000)},1${separator}`.repeat(12)}${rows.join(separator)}`
            const bytes = iconv.encode(text, encoding)
            const whole = await read(bytes, [bytes.length])
            const seen: { people: number; position: NonNullable<ListReader['position']> }[] = []
            const people: Person[] = []
            const first = new ListReader({}, RULES, (person) => people.push(person))
            try {
              for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
                const size = at < 66_000 ? 66_000 : Math.max(1, sizes[turn % sizes.length] ?? 1)
                await first.write(bytes.subarray(at, at + size))
                at += size
                const position = first.position
                if (position !== null)
                  seen.push({ people: people.length, position: JSON.parse(JSON.stringify(position)) })
              }
            } catch (error) {
              if (!(error instanceof ImportRefused)) throw error
            }
            for (const { people: before, position } of seen.filter(
              (_, index) => index % Math.ceil(seen.length / 5) === 0,
            )) {
              resumed += 1
              const again = people.slice(0, before)
              const second = new ListReader({}, RULES, (person) => again.push(person), position)
              let refusal: string | null = null
              try {
                await second.write(bytes.subarray(position.offset))
                await second.end()
              } catch (error) {
                if (!(error instanceof ImportRefused)) throw error
                refusal = error.reason
              }
              const { counts, problems } = second.list
              expect({ people: again, refusal, ...counts, problems, encoding: second.encoding }).toEqual(whole)
            }
          },
        ),
        { numRuns: 40 },
      )
      expect(resumed).toBeGreaterThan(40)
    },
  )

  test('that is garbage is refused or read as bad rows, and nothing worse', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), fc.boolean(), async (garbage, hasHeader) => {
        const bytes = hasHeader ? Buffer.concat([Buffer.from('name,number\n'), garbage]) : garbage
        const result = await read(bytes, [97])
        expect(result.people).toHaveLength(result.accepted)
        expect(result.problems.length).toBeLessThanOrEqual(100)
      }),
      { numRuns: 1_000 },
    )
  })

  test('without headers counts the bad rows above the first good one', async () => {
    const result = await read(Buffer.from('李三,1\n李四,2\n沙甲,110105188507070017\n'), [5])
    expect(result).toMatchObject({ accepted: 1, refused: 2, refusal: null })
    expect(result.problems).toEqual([
      { line: 1, reason: 'number_invalid' },
      { line: 2, reason: 'number_invalid' },
    ])
  })

  test('gives up looking for columns after five rows', async () => {
    const result = await read(Buffer.from('a,b\n'.repeat(10)), [3])
    expect(result.refusal).toBe('number_column_not_found')
  })
})
