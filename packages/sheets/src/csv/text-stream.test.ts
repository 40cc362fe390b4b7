import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TextStream } from './text-stream.js'

/** 姓名,number / 李三 / 庆典 in GBK. */
const GBK = Buffer.from([
  0xd0, 0xd5, 0xc3, 0xfb, 0x2c, 0x6e, 0x6f, 0x0a, 0xc0, 0xee, 0xc8, 0xfd, 0x2c, 0x31, 0x0a, 0xc7, 0xec, 0xb5, 0xe4,
  0x2c, 0x32, 0x0a,
])
const TEXT = '姓名,no\n李三,1\n庆典,2\n'

function read(bytes: Uint8Array, sizes: readonly number[]): { text: string; encoding: string } {
  const stream = new TextStream()
  const parts: Buffer[] = []
  let at = 0
  for (const size of sizes) {
    parts.push(stream.push(bytes.subarray(at, at + size)))
    at += size
  }
  parts.push(stream.push(bytes.subarray(at)), stream.end())
  return {
    text: Buffer.concat(parts)
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
    encoding: stream.encoding,
  }
}

const ENCODED: readonly [string, Buffer][] = [
  ['utf-8', Buffer.from(TEXT)],
  ['utf-8', Buffer.from(`\uFEFF${TEXT}`)],
  ['gb18030', GBK],
  ['utf-16le', Buffer.from(`\uFEFF${TEXT}`, 'utf16le')],
  ['utf-16be', Buffer.from(`\uFEFF${TEXT}`, 'utf16le').swap16()],
]

describe('a text of unknown encoding', () => {
  test.each(ENCODED)('in %s is read the same however its bytes are cut', (encoding, bytes) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 })), (sizes) => {
        expect(read(bytes, sizes)).toEqual({ text: TEXT, encoding })
      }),
    )
  })

  test('in plain ASCII is passed on at once', () => {
    const stream = new TextStream()
    expect(stream.push(Buffer.from('name,number\n')).toString()).toBe('name,number\n')
    expect(stream.end()).toHaveLength(0)
    expect(stream.encoding).toBe('utf-8')
  })

  test('is decided by its first Hanzi, even megabytes into the file', () => {
    const plain = Buffer.alloc(3_000_000, 'a')
    expect(read(Buffer.concat([plain, GBK]), [1_000_000, 1_999_999]).text.endsWith(TEXT)).toBe(true)
  })

  test('is decided once: a Hanzi cut at the edge of the window does not count against UTF-8', () => {
    const long = Buffer.from('李'.repeat(50_000))
    for (const shift of [0, 1, 2]) {
      const bytes = Buffer.concat([Buffer.alloc(shift, 'a'), long])
      expect(read(bytes, [65_536, 65_536]).encoding).toBe('utf-8')
    }
  })

  test('that is empty is empty', () => {
    expect(read(new Uint8Array(0), []).text).toBe('')
  })
})
