import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JSON_DEPTH_MAX, parseStrictJson } from './strict-json.js'

const parse = (text: string) => parseStrictJson(Buffer.from(text))

describe('strict JSON', () => {
  test('is what JSON.parse says, where no name is there twice and nothing is deep', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: JSON_DEPTH_MAX - 2 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) })
      }),
      { numRuns: 500 },
    )
  })

  test('names the place of a name that is there twice, however it is spelled', () => {
    expect(parse('{"a":1,"a":1}')).toEqual({ ok: false, code: 'field_duplicate', pointer: '/a' })
    expect(parse('{"a":[{"b":{}},{"c":1,"\\u0063":2}]}')).toEqual({
      ok: false,
      code: 'field_duplicate',
      pointer: '/a/1/c',
    })
    expect(parse('{"x/y~":{"z":0,"z":0}}')).toEqual({ ok: false, code: 'field_duplicate', pointer: '/x~1y~0/z' })
    expect(parse('{"__proto__":1,"__proto__":2}')).toMatchObject({ code: 'field_duplicate' })
    expect(parse('{"a":"a","b":"\\"a\\":","c":{"a":1}}')).toMatchObject({ ok: true })
  })

  test('refuses what is nested too deeply by its place, before the parser’s stack ends', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(parse(nested(JSON_DEPTH_MAX))).toMatchObject({ ok: true })
    expect(parse(nested(JSON_DEPTH_MAX + 1))).toMatchObject({
      code: 'body_too_deep',
      pointer: '/0'.repeat(JSON_DEPTH_MAX),
    })
    expect(parse('['.repeat(16_000))).toMatchObject({ code: 'body_too_deep' })
  })

  test('refuses what is no JSON, and bytes that are no UTF-8', () => {
    for (const text of ['', '{', '{"a":1}x', "{'a':1}", '{"a":NaN}', '\uFEFF{}']) {
      expect(parse(text)).toEqual({ ok: false, code: 'body_malformed' })
    }
    expect(parseStrictJson(Buffer.from([0x22, 0xc0, 0xee, 0x22]))).toEqual({ ok: false, code: 'body_malformed' })
  })
})
