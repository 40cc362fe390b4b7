import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CREDENTIAL_MAX_LENGTH, QUERY_CODE_NAMES, queryAppCode, readCredential } from './credentials.js'
import { parseParameters } from './parameters.js'

const CODE = '0123456789abcdef0123456789abcdef'

describe('the headers of a request', () => {
  test('name an AppCode: the word in any case, one or more spaces', () => {
    for (const word of ['APPCODE', 'appcode', 'AppCode', 'aPPcODE']) {
      for (const spaces of [' ', '  ', '      ']) {
        expect(readCredential(`${word}${spaces}${CODE}`, undefined)).toEqual({ kind: 'app_code', code: CODE })
      }
    }
  })

  test('name an AppKey', () => {
    expect(readCredential(undefined, '203753385')).toEqual({ kind: 'signed', appKey: '203753385' })
  })

  test('with both, the AppCode counts', () => {
    expect(readCredential(`APPCODE ${CODE}`, '203753385')).toEqual({ kind: 'app_code', code: CODE })
    expect(readCredential('APPCODE nobody has this', '203753385')).toEqual({
      kind: 'app_code',
      code: 'nobody has this',
    })
  })

  test('of another scheme, or without a code, name nobody', () => {
    for (const authorization of [
      undefined,
      '',
      'APPCODE',
      'APPCODE ',
      CODE,
      `Bearer ${CODE}`,
      `Basic ${CODE}`,
      `APPCODE${CODE}`,
      `APPCODE:${CODE}`,
      `APPCODE\t${CODE}`,
      ` APPCODE ${CODE}`,
      `XAPPCODE ${CODE}`,
      `Bearer APPCODE ${CODE}`,
    ]) {
      expect(readCredential(authorization, undefined)).toEqual({ kind: 'none' })
      expect(readCredential(authorization, '')).toEqual({ kind: 'none' })
      expect(readCredential(authorization, '203753385')).toEqual({ kind: 'signed', appKey: '203753385' })
    }
  })

  test('may be of any length; what is looked up is not', () => {
    const long = 'x'.repeat(20_000)
    expect(readCredential(`APPCODE ${long}`, undefined)).toEqual({
      kind: 'app_code',
      code: 'x'.repeat(CREDENTIAL_MAX_LENGTH),
    })
    expect(readCredential(undefined, long)).toEqual({ kind: 'signed', appKey: 'x'.repeat(CREDENTIAL_MAX_LENGTH) })
    expect(readCredential(`APPCODE${' '.repeat(20_000)}`, undefined)).toEqual({ kind: 'none' })
  })

  test('of any content are read without a throw', () => {
    const text = fc.option(
      fc.oneof(
        fc.string(),
        fc.string().map((code) => `appcode ${code}`),
      ),
      { nil: undefined },
    )
    fc.assert(
      fc.property(text, text, (authorization, key) => {
        const presented = readCredential(authorization, key)
        if (presented.kind === 'app_code') expect(presented.code.length).toBeGreaterThan(0)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the query of a request', () => {
  test('names an AppCode by five spellings and no other', () => {
    expect(QUERY_CODE_NAMES).toEqual(['AppCode', 'appcode', 'appCode', 'APPCODE', 'APPCode'])
    for (const name of QUERY_CODE_NAMES) expect(queryAppCode(parseParameters(`xm=1&${name}=${CODE}`))).toBe(CODE)
    for (const query of ['', 'Appcode=1', 'app_code=1', 'AppCode', 'AppCode=', 'xm=AppCode']) {
      expect(queryAppCode(parseParameters(query))).toBeNull()
    }
  })

  test('holds no longer one than a header', () => {
    expect(queryAppCode(new Map([['AppCode', 'x'.repeat(20_000)]]))).toHaveLength(CREDENTIAL_MAX_LENGTH)
  })
})
