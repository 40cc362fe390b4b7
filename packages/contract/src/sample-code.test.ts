import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fillSample, type SampleQuote } from './sample-code.js'

const FOLDER = new URL('../../../docs/samples/', import.meta.url)
const { placeholders, samples } = JSON.parse(readFileSync(new URL('index.json', FOLDER), 'utf8')) as {
  placeholders: Record<'address' | 'appCode' | 'appKey' | 'appSecret' | 'name' | 'number', string>
  samples: { language: string; credential: 'appCode' | 'signature'; file: string; quote: SampleQuote }[]
}

const USED = {
  appCode: ['address', 'appCode', 'name', 'number'],
  signature: ['address', 'appKey', 'appSecret', 'name', 'number'],
} as const

const VALUES = {
  address: 'https://api.example',
  appCode: 'code',
  appKey: '1',
  appSecret: 'secret',
  name: '王五',
  number: '440524188001010014',
}

describe.each(samples)('docs/samples/$file', ({ file, credential, quote }) => {
  const code = readFileSync(new URL(file, FOLDER), 'utf8')

  test('has each of its placeholders once, and none of the others', () => {
    for (const [key, placeholder] of Object.entries(placeholders)) {
      const isUsed = (USED[credential] as readonly string[]).includes(key)
      expect([key, code.split(placeholder).length - 1]).toEqual([key, isUsed ? 1 : 0])
    }
  })

  test('is filled in every place', () => {
    const filled = fillSample(code, quote, placeholders, VALUES)
    for (const key of USED[credential]) {
      expect(filled).toContain(VALUES[key])
      expect(filled).not.toContain(placeholders[key])
    }
  })

  test('verifies certificates, and waits for a bounded time', () => {
    expect(code).not.toMatch(
      /insecure|curl[^\n]* -k|verify(peer|host)|skipverify|unverified|certificatevalidation|trustall/i,
    )
    expect(code).toMatch(/time_?out|--max-time/i)
  })
})

test('every language has both, and every file is listed', () => {
  const languages = new Set(samples.map(({ language }) => language))
  expect(languages.size).toBe(8)
  for (const language of languages)
    expect(samples.filter((sample) => sample.language === language).map(({ credential }) => credential)).toEqual([
      'appCode',
      'signature',
    ])
  const files = readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !['README.md', 'index.json'].includes(entry.name))
    .map(({ name }) => name)
  expect(samples.map(({ file }) => file).sort()).toEqual(files.sort())
})

test('a value is one literal, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const filled = fillSample("'李三'", 'single', placeholders, { name: value })
      expect(new Function(`return ${filled}`)()).toBe(value.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, ''))
      const double = fillSample('"李三"', 'double', placeholders, { name: value })
      expect(new Function(`return ${double}`)()).toBe(new Function(`return ${filled}`)())
    }),
  )
})

test('a value that looks like a placeholder is not filled again', () => {
  const code = "name='李三'\nnumber='11010519491231002X'"
  expect(fillSample(code, 'shell', placeholders, { name: '11010519491231002X', number: '1' })).toBe(
    "name='11010519491231002X'\nnumber='1'",
  )
})

test("a shell's quote is closed, escaped and opened again", () => {
  expect(fillSample("x='李三'", 'shell', placeholders, { name: "O'BRIEN $(id)" })).toBe("x='O'\\''BRIEN $(id)'")
})
