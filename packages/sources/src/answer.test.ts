import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readJsonObject, readVerdict, valueAt } from './answer.js'

const RULES = {
  success: { path: 'code', values: ['0', '200'] },
  path: 'result.res',
  verdicts: { '1': 'match', '2': 'mismatch', '3': 'no_record', true: 'match' },
  problems: { '403': 'exhausted', '20310': 'refused' },
} as const

describe('an answer in JSON', () => {
  test('is read as it is, whatever texts it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (value) => {
        const text = JSON.stringify(value)
        expect(readJsonObject(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['', 'json'],
    ['<html>', 'json'],
    ['{"a":1', 'json'],
    ['{"a":1}{"a":1}', 'json'],
    ['[1]', 'not_an_object'],
    ['1', 'not_an_object'],
    ['null', 'not_an_object'],
    ['"match"', 'not_an_object'],
    ['{"match":true,"match":false}', 'duplicate_key'],
    ['{"a":{"b" : 1,"b":2}}', 'duplicate_key'],
    ['{"a\\u0062":1,"ab":2}', 'duplicate_key'],
    [`{"a":${'['.repeat(20)}${']'.repeat(20)}}`, 'too_deep'],
  ])('is refused when it is %j', (text, code) => {
    expect(() => readJsonObject(text)).toThrow(expect.objectContaining({ reason: 'malformed', code }))
  })

  test('yields only its own keys', () => {
    const json = readJsonObject('{"a":{"b":[1],"c":null},"__proto__":{"res":"1"}}')
    expect(valueAt(json, 'a.b')).toEqual([1])
    expect(valueAt(json, 'a.c.d')).toBeUndefined()
    expect(valueAt(json, 'constructor.name')).toBeUndefined()
    expect(valueAt(json, 'a.toString')).toBeUndefined()
    expect(({} as Record<string, unknown>).res).toBeUndefined()
  })

  test.each([
    ['{"code":"0","result":{"res":"1"}}', 'match'],
    ['{"code":200,"result":{"res":2}}', 'mismatch'],
    ['{"code":0,"result":{"res":"3"}}', 'no_record'],
    ['{"code":0,"result":{"res":true}}', 'match'],
  ])('%s is a verdict', (text, verdict) => {
    expect(readVerdict(readJsonObject(text), RULES)).toBe(verdict)
  })

  test.each([
    ['{"code":403,"result":{"res":"1"}}', 'exhausted'],
    ['{"code":"20310"}', 'refused'],
    ['{"code":500}', 'upstream_fault'],
    ['{"result":{"res":"1"}}', 'malformed'],
    ['{"code":0}', 'malformed'],
    ['{"code":0,"result":{"res":["1"]}}', 'malformed'],
    ['{"code":0,"result":{"res":"4"}}', 'upstream_fault'],
    ['{"code":0,"result":{"res":"toString"}}', 'upstream_fault'],
    ['{"code":"constructor"}', 'upstream_fault'],
  ])('%s is none: %s', (text, reason) => {
    expect(() => readVerdict(readJsonObject(text), RULES)).toThrow(expect.objectContaining({ reason }))
  })
})
