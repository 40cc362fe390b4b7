import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explainName } from './explain.js'
import { isHanzi } from './hanzi.js'
import { fromPrivateUse } from './name-folds.js'
import { nameVariants } from './name-variants.js'
import { parseName } from './person-name.js'

const HANZI_ONLY = { allowLatin: false }
const LATIN_TOO = { allowLatin: true }

function keyOf(text: string, options = HANZI_ONLY): string | null {
  const parsed = parseName(text, options)
  return parsed.ok ? parsed.value.key : null
}

function reasonOf(value: unknown, options = HANZI_ONLY): string | null {
  const parsed = parseName(value, options)
  return parsed.ok ? null : parsed.reason
}

describe('a name that is its own key', () => {
  test.each([
    ['two Hanzi', '李三'],
    ['four Hanzi', '欧阳明月'],
    ['Hanzi joined by the separator', '阿卜杜拉·买买提'],
    ['two separators', '阿不都·热西提·买买提'],
    ['a Hanzi of extension A', '王䶮'],
    ['a Hanzi outside the BMP counts as one', '王\u{20087}'],
    ['a Hanzi of extension G', '王\u{30edd}'],
    ['a Hanzi of extension J, newer than many runtimes', '王\u{323b0}'],
    ['the zero 〇', '李〇'],
    ['a compatibility code point that is unified in truth', '王\ufa0e'],
    ['fifty Hanzi', '张'.repeat(50)],
  ])('%s', (_, text) => {
    expect(parseName(text, HANZI_ONLY)).toEqual({ ok: true, value: { text, key: text } })
  })
})

describe('what is folded into the key', () => {
  test.each(
    '\u0387\u1427\u16eb\u2022\u2024\u2027\u2219\u22c5\u25cf\u26ab\u2981\u2e31\u2e33\u3002\u30fb\u318d\ufe52\uff0e\uff65.'.split(
      '',
    ),
  )('the dot %s between Hanzi is the separator', (dot) => {
    expect(keyOf(`买买提${dot}艾力`)).toBe('买买提·艾力')
    expect(explainName(`买买提${dot}艾力`).warnings).toEqual(['separator_folded'])
  })

  test.each([
    ['spaces around', ' 张三\u3000', '张三', []],
    ['spaces inside', '张 三', '张三', ['space_removed']],
    ['a no-break space', '张\u00a0三', '张三', ['space_removed']],
    ['spaces around a dot', '买买提 . 艾力', '买买提·艾力', ['space_removed', 'separator_folded']],
    ['a byte order mark', '张三\ufeff', '张三', ['invisible_removed']],
    ['a zero-width joiner', '张\u200d三', '张三', ['invisible_removed']],
    ['a soft hyphen', '张\u00ad三', '张三', ['invisible_removed']],
    ['a variation selector', '张\u{e0100}三', '张三', ['invisible_removed']],
    ['a private-use code point of GBK', '王\ue863', '王䶮', ['private_use_folded']],
    ['a compatibility ideograph', '陈\uf9dc', '陈隆', ['compatibility_folded']],
    ['a compatibility ideograph outside the BMP', '陈\u{2f800}', '陈丽', ['compatibility_folded']],
    ['a Kangxi radical', '\u2f9c三', '足三', ['compatibility_folded']],
    ['a radical of the supplement that is a whole character', '\u2ee2三', '马三', ['compatibility_folded']],
  ])('%s', (_, text, key, warnings) => {
    expect(explainName(text)).toEqual({ valid: true, key, reason: null, warnings })
    expect(parseName(text, HANZI_ONLY)).toMatchObject({ value: { text: text.trim() } })
  })

  test('a rare character is told, as older systems may not hold it', () => {
    expect(explainName('王\u{20087}').warnings).toEqual(['rare_character'])
  })

  test('variants are two names: the key of neither is the other', () => {
    expect(keyOf('王龑')).not.toBe(keyOf('王䶮'))
    expect(keyOf('户三')).not.toBe(keyOf('戶三'))
  })
})

describe('what is no name', () => {
  test.each([
    ['nothing', '', 'empty'],
    ['spaces', ' \u3000', 'empty'],
    ['only an invisible mark', '\u200b', 'empty'],
    ['one Hanzi', '李', 'too_short'],
    ['fifty-one Hanzi', '张'.repeat(51), 'too_long'],
    ['half of a character', '张\ud842三', 'surrogate'],
    ['a control character', '张\u0000三', 'control'],
    ['a tab', '张\t三', 'control'],
    ['a mark of writing direction', '\u202e张三', 'control'],
    ['a private-use code point that no standard explains', '李\ue000', 'private_use'],
    ['a private-use code point of a higher plane', '李\u{f0000}', 'private_use'],
    ['a leading separator', '·买买提', 'separator'],
    ['a trailing separator', '买买提·', 'separator'],
    ['a doubled separator', '买买提··艾力', 'separator'],
    ['a trailing dot', '买买提.', 'separator'],
    ['a letter', '赵C', 'letters'],
    ['Hanzi and a letter', '买买提·A', 'letters'],
    ['Latin letters', 'ZHANG SAN', 'letters'],
    ['a digit', '王小2', 'character'],
    ['an asterisk', '王*', 'character'],
    ['the sign of repetition', '王々', 'character'],
    ['a Hangzhou numeral', '王\u3021', 'character'],
    ['radicals that are no characters', '\u2e80\u2e81', 'character'],
    ['a kana', '王\u30fc', 'character'],
    ['an emoji', '王😀', 'character'],
    ['a statement', '张三; DROP TABLE', 'character'],
    ['a number', 5, 'not_text'],
    ['null', null, 'not_text'],
    ['an object', { length: 2 }, 'not_text'],
  ])('%s', (_, value, reason) => {
    expect(reasonOf(value)).toBe(reason)
    expect(explainName(value)).toEqual({ valid: false, key: null, reason, warnings: [] })
  })
})

describe('Latin letters, for numbers that begin with 9', () => {
  test.each([
    ['ZHANG SAN', 'ZHANG SAN'],
    ['Smith, John', 'SMITH, JOHN'],
    ["O'Neil-Smith  J.R.", "O'NEIL-SMITH J.R."],
    ['Mc. Donald', 'MC. DONALD'],
    ['Müller', 'MÜLLER'],
  ])('%s', (text, key) => {
    expect(keyOf(text, LATIN_TOO)).toBe(key)
  })

  test.each(['张 Smith', '--', 'A', '.A B', 'A  -  B', 'A1', 'A\n B'])('%s is none', (text) => {
    expect(keyOf(text, LATIN_TOO)).toBe(null)
  })

  test('words are kept apart: they are two names', () => {
    expect(keyOf('AN NA LI', LATIN_TOO)).not.toBe(keyOf('ANNA LI', LATIN_TOO))
  })

  test('a Chinese name is read as ever', () => {
    expect(keyOf('李 三', LATIN_TOO)).toBe('李三')
  })
})

describe('variants, for a second question to a source', () => {
  test.each([
    ['traditional to simplified, the likeliest first', '陳志強', '陈志强'],
    ['a rare character and the one that prints alike', '王䶮', '王龑'],
    ['and back', '王龑', '王䶮'],
    ['a rare character at its private-use code point', '王䶮', '王\ue863'],
    ['simplified to traditional', '张发', '張發'],
    ['a second traditional form', '张发', '张髮'],
    ['a form that a later standard gave back to names', '李堃', '李坤'],
  ])('%s', (_, key, variant) => {
    expect(nameVariants(key)).toContain(variant)
  })

  test('never the name itself, none twice, and at most eight', () => {
    for (const key of ['李三', '陳志強', '张发', '台后发里干云范余']) {
      const variants = nameVariants(key)
      expect(variants).not.toContain(key)
      expect(new Set(variants).size).toBe(variants.length)
      expect(variants.length).toBeLessThanOrEqual(8)
    }
    expect(nameVariants('李三')).toEqual([])
  })
})

describe('properties of names', () => {
  test('a key is its own key, and is made of Hanzi and single separators', () => {
    const pieces = fc.constantFrom(
      '张',
      '三',
      '䶮',
      '\ue863',
      '\u2ee2',
      '·',
      '.',
      ' ',
      '\u200b',
      '\u{20087}',
      '戶',
      '\uf9dc',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (list) => {
        const key = keyOf(list.join(''))
        if (key === null) return
        expect(keyOf(key)).toBe(key)
        for (const run of key.split('·')) {
          expect(run).not.toBe('')
          for (const character of run) expect(isHanzi(character.codePointAt(0) ?? 0)).toBe(true)
        }
      }),
    )
  })

  test('nothing makes it throw', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (value) => {
        expect(typeof explainName(value).valid).toBe('boolean')
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.boolean(), (text, allowLatin) => {
        expect(typeof parseName(text, { allowLatin }).ok).toBe('boolean')
        nameVariants(text)
      }),
    )
  })

  test('ten million characters, and the worst that a thousand can be, are refused', () => {
    const worst = ['张'.repeat(10_000_000), `${'A'.repeat(49)}!`, `${'A '.repeat(24)}!`, '. '.repeat(500)]
    for (const text of worst) {
      expect(parseName(text, LATIN_TOO).ok).toBe(false)
    }
  })
})

interface SharedCase {
  readonly id: string
  readonly input: string
  readonly expected: { readonly valid: boolean | string; readonly key: string | null }
  readonly expectedForType?: boolean
}

const SHARED = new URL('../../../../../shared/data/name-cases.json', import.meta.url)
const PRIVATE_USE = new URL('../../../../../shared/data/pua-map.json', import.meta.url)
const sharedCases: SharedCase[] = existsSync(SHARED) ? JSON.parse(readFileSync(SHARED, 'utf8')) : []
if (sharedCases.length === 0) console.warn('Skipped: ../shared/data/name-cases.json is not beside the project')

describe.skipIf(sharedCases.length === 0)('the shared cases of names', () => {
  test.each(sharedCases)('$id', ({ input, expected, expectedForType }) => {
    expect(explainName(input)).toMatchObject({ valid: expected.valid !== false, key: expected.key })
    if (expectedForType !== undefined) expect(parseName(input, LATIN_TOO).ok).toBe(expectedForType)
  })

  test('every private-use code point of the shared map is folded as it says', () => {
    const map: Record<string, string> = JSON.parse(readFileSync(PRIVATE_USE, 'utf8'))
    for (const [from, to] of Object.entries(map)) {
      expect(fromPrivateUse(Number.parseInt(from.slice(2), 16)), from).toBe(Number.parseInt(to.slice(2), 16))
    }
  })
})
