import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeText,
  escapeRawBytes,
  mergeParameters,
  NO_BODY,
  PARAMETERS_MAX,
  parseParameters,
  readBody,
  splitTarget,
} from './parameters.js'

const FORM = 'application/x-www-form-urlencoded'
const JSON_TYPE = 'application/json'

const read = (raw: string) => [...parseParameters(raw)]
const latin1 = (...bytes: number[]) => Buffer.from(bytes).toString('latin1')
const utf8 = (text: string) => Buffer.from(text, 'utf8')
const json = (text: string) => readBody(utf8(text), JSON_TYPE)

describe('a query or a form', () => {
  test('is read in the order it came, and an empty one holds nothing', () => {
    expect(read('sfz=11010519491231002X&xm=John')).toEqual([
      ['sfz', '11010519491231002X'],
      ['xm', 'John'],
    ])
    for (const empty of ['', '&', '&&&']) expect(read(empty)).toEqual([])
  })

  test('means UTF-8 by its escapes, in either case of the digits', () => {
    for (const raw of ['xm=%E6%9D%8E%E4%B8%89', 'xm=%e6%9d%8e%e4%b8%89', 'x%6D=%E6%9D%8E%e4%b8%89']) {
      expect(read(raw)).toEqual([['xm', '李三']])
    }
    expect(read('xm=%E9%98%BF%E5%8D%9C%E6%9D%9C%E6%8B%89%C2%B7%E4%B9%B0%E4%B9%B0%E6%8F%90')).toEqual([
      ['xm', '阿卜杜拉·买买提'],
    ])
    expect(read('xm=%F0%A0%AE%B7')).toEqual([['xm', '𠮷']])
  })

  test('means GB18030 where the bytes are no UTF-8, each name and value for itself', () => {
    expect(read('xm=%C0%EE%C8%FD&name=%E6%9D%8E')).toEqual([
      ['xm', '李三'],
      ['name', '李'],
    ])
    expect(read('%D0%D5=1')).toEqual([['姓', '1']])
    // Four bytes; and a second byte that is a letter and stands for itself.
    expect(read('xm=%95%32%82%36')).toEqual([['xm', '𠀀']])
    expect(read('xm=%96W')).toEqual([['xm', '朩']])
  })

  test('may hold the bytes themselves, and escapes beside them', () => {
    expect(read(`xm=${latin1(...utf8('李三'))}`)).toEqual([['xm', '李三']])
    expect(read(`xm=${latin1(0xc0, 0xee, 0xc8, 0xfd)}`)).toEqual([['xm', '李三']])
    expect(read(`xm=${latin1(0xe6, 0x9d)}%8E%E4${latin1(0xb8, 0xad)}`)).toEqual([['xm', '李中']])
  })

  test('has + for a space, and %2B for a +', () => {
    expect(read('xm=John+Smith&a+b=%2B')).toEqual([
      ['xm', 'John Smith'],
      ['a b', '+'],
    ])
  })

  test('keeps a % that begins no escape', () => {
    for (const value of ['%', '%%', '100%', '%4', '%zz', '%G1', '%1G', '50% ', '% 41']) {
      expect(read(`xm=${value.replaceAll(' ', '+')}`)).toEqual([['xm', value]])
    }
    expect(read('xm=%E6%9D%8E%')).toEqual([['xm', '李%']])
    expect(read('xm=%4&sfz=1')).toEqual([
      ['xm', '%4'],
      ['sfz', '1'],
    ])
    expect(read('%=%')).toEqual([['%', '%']])
  })

  test('splits at & and at the first =, before anything is unescaped', () => {
    expect(read('a=b=c&d=%26%3D&e%3Df=1')).toEqual([
      ['a', 'b=c'],
      ['d', '&='],
      ['e=f', '1'],
    ])
  })

  test('a name alone is an empty value, and so is a name with =', () => {
    expect(read('empty&also=&=nameless&=')).toEqual([
      ['empty', ''],
      ['also', ''],
      ['', 'nameless'],
    ])
  })

  test('of a repeated name the first counts, however it is spelled', () => {
    expect(read('xm=1&x%6d=2&xm=3')).toEqual([['xm', '1']])
    expect(read('xm=&xm=2')).toEqual([['xm', '']])
  })

  test('no name is special', () => {
    const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']
    const parameters = parseParameters(names.map((name) => `${name}=polluted`).join('&'))
    expect([...parameters.keys()]).toEqual(names)
    expect('polluted' in {}).toBe(false)
    expect(parseParameters('').get('__proto__')).toBeUndefined()
  })

  test('a BOM and a NUL are characters like any other', () => {
    expect(read('xm=%EF%BB%BF%E6%9D%8E&sfz=%00')).toEqual([
      ['xm', '\uFEFF李'],
      ['sfz', '\u0000'],
    ])
  })

  test(`holds ${PARAMETERS_MAX} parameters; what comes after is not read`, () => {
    const many = Array.from({ length: PARAMETERS_MAX + 10 }, (_, place) => `p${place}=1`).join('&')
    expect(read(many)).toHaveLength(PARAMETERS_MAX)
    expect(parseParameters(`${'a=1&'.repeat(PARAMETERS_MAX)}xm=1`).has('xm')).toBe(false)
  })

  // The reference: bytes first, then what they mean. Written for plainness, not for speed.
  const reference = (raw: string) => {
    const bytesOf = (text: string) =>
      Buffer.from(
        text
          .replaceAll('+', ' ')
          .replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
        'latin1',
      )
    const meaning = (bytes: Buffer) =>
      isUtf8(bytes) ? bytes.toString('utf8') : new TextDecoder('gb18030').decode(bytes)
    const parameters = new Map<string, string>()
    for (const part of raw.split('&')) {
      if (part === '' || parameters.size === PARAMETERS_MAX) continue
      const equals = part.indexOf('=')
      const name = meaning(bytesOf(equals === -1 ? part : part.slice(0, equals)))
      if (!parameters.has(name)) parameters.set(name, equals === -1 ? '' : meaning(bytesOf(part.slice(equals + 1))))
    }
    return [...parameters]
  }

  test('reads any bytes as the plain reference does, and never throws', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const piece = fc.oneof(
      byte.map((code) => String.fromCharCode(code)),
      byte.map((code) => `%${code.toString(16).padStart(2, '0')}`),
      fc.constantFrom(
        '&',
        '=',
        '+',
        '%',
        '%%',
        '%4',
        '%g',
        'xm',
        'sfz',
        '%E6%9D%8E',
        '%C0%EE',
        '%ED%A0%80',
        '%F4%90%80%80',
        '%C0%80',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const raw = pieces.join('')
        expect(read(raw)).toEqual(reference(raw))
      }),
      { numRuns: 20_000 },
    )
  })

  test('gives back what URLSearchParams wrote', () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), {
      selector: ([name]) => name,
      maxLength: 8,
    })
    fc.assert(
      fc.property(pairs, (entries) => {
        expect(read(new URLSearchParams(entries).toString())).toEqual(entries)
      }),
      { numRuns: 2_000 },
    )
  })

  test('64 KB of one sign after another is read in a few milliseconds', () => {
    for (const sign of ['&', '=', '%', '+', 'a&', 'a=&', '%E6', '%C0', '\u00e6', '%E6&']) {
      const raw = sign.repeat(Math.floor(65_536 / sign.length))
      const started = performance.now()
      parseParameters(raw)
      expect(performance.now() - started).toBeLessThan(200)
    }
  })
})

describe('a body', () => {
  test('of a form is read like a query, whatever charset it declares', () => {
    for (const type of [FORM, `${FORM}; charset=UTF-8`, `${FORM};charset=gbk`, `  ${FORM.toUpperCase()} ; a=b`]) {
      expect(readBody(utf8('xm=%E6%9D%8E&sfz=1'), type)).toEqual({
        values: new Map([
          ['xm', '李'],
          ['sfz', '1'],
        ]),
        notText: new Set(),
        isForm: true,
      })
      expect(readBody(Buffer.from([120, 109, 61, 0xc0, 0xee]), type).values).toEqual(new Map([['xm', '李']]))
    }
  })

  test('of JSON gives the members that are text', () => {
    for (const type of [JSON_TYPE, `${JSON_TYPE};charset=UTF-8`, 'Application/JSON', 'application/vnd.example+json']) {
      expect(readBody(utf8('{"xm":"李三","sfz":"1"}'), type)).toEqual({
        values: new Map([
          ['xm', '李三'],
          ['sfz', '1'],
        ]),
        notText: new Set(),
        isForm: false,
      })
    }
  })

  test('of JSON in GBK, or behind a BOM, is read all the same', () => {
    const gbk = Buffer.concat([utf8('{"xm":"'), Buffer.from([0xc0, 0xee, 0xc8, 0xfd]), utf8('"}')])
    expect(readBody(gbk, JSON_TYPE).values).toEqual(new Map([['xm', '李三']]))
    expect(json('\uFEFF{"xm":"李三"}').values).toEqual(new Map([['xm', '李三']]))
  })

  test('of JSON: null is absent, and what is no text is told apart', () => {
    const { values, notText } = json('{"a":null,"b":1,"c":true,"d":[],"e":{},"f":"text","g":""}')
    expect(values).toEqual(
      new Map([
        ['f', 'text'],
        ['g', ''],
      ]),
    )
    expect(notText).toEqual(new Set(['b', 'c', 'd', 'e']))
  })

  test('of JSON: of a repeated name the first counts, however it is spelled', () => {
    expect(json('{"xm":"李三","xm":"王五"}').values).toEqual(new Map([['xm', '李三']]))
    expect(json(String.raw`{"a":{"xm":"no","xm":"no"},"xm":"1","x\u006d":"2","b\\":"}","c\"":"]"}`).values).toEqual(
      new Map([
        ['xm', '1'],
        ['b\\', '}'],
        ['c"', ']'],
      ]),
    )
    const { values, notText } = json('{ "xm" : 5 , "xm" : "李三" , "sfz" : null , "sfz" : "1" }')
    expect([...values]).toEqual([])
    expect([...notText]).toEqual(['xm'])
  })

  test('of JSON: the first of each name, in any object that is written out', () => {
    const member = fc.tuple(
      fc.oneof(fc.constantFrom('a', 'b', '__proto__'), fc.string()),
      fc.jsonValue({ maxDepth: 2 }),
    )
    const space = fc.constantFrom('', ' ', '\n\t')
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), space, (members, gap) => {
        const text = `{${gap}${members.map(([name, value]) => `${JSON.stringify(name)}${gap}:${gap}${JSON.stringify(value)}`).join(`${gap},`)}${gap}}`
        const first = new Map<string, unknown>()
        for (const [name, value] of members) if (!first.has(name)) first.set(name, value)
        const { values, notText } = json(text)
        expect(values).toEqual(new Map([...first].filter(([, value]) => typeof value === 'string')))
        expect(notText).toEqual(
          new Set([...first].filter(([, value]) => typeof value !== 'string' && value !== null).map(([name]) => name)),
        )
      }),
      { numRuns: 2_000 },
    )
  })

  test('of malformed JSON, of no object, of an unknown type says nothing', () => {
    for (const text of [
      '',
      '{',
      '{"xm":"李三"',
      '[]',
      '["xm"]',
      'null',
      '1',
      '"xm"',
      '{xm:1}',
      "{'xm':1}",
      '\u0000',
      '{"a":1}}',
    ]) {
      expect(json(text)).toEqual(NO_BODY)
    }
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/xml', ';', 'json']) {
      expect(readBody(utf8('xm=1'), type)).toBe(NO_BODY)
      expect(readBody(utf8('{"xm":"1"}'), type)).toBe(NO_BODY)
    }
  })

  test('of a type that nobody named is read by its look, and is no form in the signature’s eyes', () => {
    const named = { values: new Map([['xm', '李三']]), notText: new Set(), isForm: false }
    for (const text of [
      '{"xm":"李三"}',
      ' \r\n{"xm":"李三"}',
      '\uFEFF{"xm":"李三"}',
      'xm=%E6%9D%8E%E4%B8%89',
      'xm=李三',
    ]) {
      expect(readBody(utf8(text), '')).toEqual(named)
    }
    expect(readBody(utf8('{"xm":'), '')).toBe(NO_BODY)
    expect(readBody(utf8('["xm"]'), '')).toBe(NO_BODY)
  })

  test('of JSON nested 30,000 deep, or with thousands of members, does no harm', () => {
    expect(json(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)},"xm":"1"}`).values).toEqual(new Map([['xm', '1']]))
    expect(json('{"a":'.repeat(30_000))).toEqual(NO_BODY)
    const many = Array.from({ length: 5_000 }, (_, place) => `"p${place}":"1"`).join()
    expect(json(`{${many}}`).values.size).toBe(PARAMETERS_MAX)
    expect(json(`{${many},"p1":"2"}`).values.size).toBe(PARAMETERS_MAX)
  })

  test('of JSON pollutes nothing', () => {
    const { values, notText } = json('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"xm":"1"}')
    expect(values).toEqual(new Map([['xm', '1']]))
    expect(notText).toEqual(new Set(['__proto__', 'constructor']))
    expect('polluted' in {}).toBe(false)
  })

  test('of any bytes under any type never throws', () => {
    const type = fc.oneof(fc.constantFrom(FORM, JSON_TYPE, `${JSON_TYPE}; charset=gbk`), fc.string())
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), type, (bytes, contentType) => {
        readBody(bytes, contentType)
      }),
      { numRuns: 5_000 },
    )
  })

  test('is read from a view of a larger memory', () => {
    const memory = utf8('....xm=%E6%9D%8E....')
    expect(readBody(new Uint8Array(memory.buffer, memory.byteOffset + 4, 12), FORM).values).toEqual(
      new Map([['xm', '李']]),
    )
    expect(decodeText(new Uint8Array(memory.buffer, memory.byteOffset + 4, 2))).toBe('xm')
  })
})

describe('query and body together', () => {
  const query = parseParameters('xm=query&a=1')

  test('the body wins', () => {
    const merged = mergeParameters(query, parseParameters('xm=body&b=2'))
    expect(Object.fromEntries(merged)).toEqual({ xm: 'body', a: '1', b: '2' })
    expect(mergeParameters(query, parseParameters('xm=')).get('xm')).toBe('')
  })

  test('one that says nothing takes nothing away', () => {
    expect(mergeParameters(query, NO_BODY.values)).toEqual(query)
    expect(mergeParameters(parseParameters(''), query)).toEqual(query)
  })
})

describe('raw bytes in a request line', () => {
  test('are escaped, and nothing else is touched', () => {
    expect(escapeRawBytes(utf8('GET /idcard?xm=李三&sfz=1 HTTP/1.1'))).toBe(
      'GET /idcard?xm=%E6%9D%8E%E4%B8%89&sfz=1 HTTP/1.1',
    )
    expect(escapeRawBytes(Buffer.from([0xc0, 0xee, 0x25, 0x34, 0x00, 0x7f]))).toBe('%C0%EE%4\u0000\u007f')
  })

  test('mean afterwards what they meant before', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), (bytes) => {
        const raw = Buffer.from(bytes).toString('latin1')
        // A raw % before two digits is an escape in both; before an escaped byte it stays itself.
        expect(read(escapeRawBytes(bytes))).toEqual(read(raw))
      }),
      { numRuns: 5_000 },
    )
  })
})

test('a request target ends its path at the first ?', () => {
  expect(splitTarget('/idcard?xm=1?2')).toEqual({ path: '/idcard', query: 'xm=1?2' })
  expect(splitTarget('/idcard')).toEqual({ path: '/idcard', query: '' })
  expect(splitTarget('/idcard?')).toEqual({ path: '/idcard', query: '' })
})
