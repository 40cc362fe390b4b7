import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RECORD_BYTES, RosterDigests } from './digests.js'

const KEY = Buffer.alloc(32, 7)

function reference(...parts: string[]): Buffer {
  return createHmac('sha256', KEY).update(parts.join('\0')).digest().subarray(0, 16)
}

describe('the digests of a roster', () => {
  test('are HMAC-SHA-256 as the standard library computes it, for any text', () => {
    const digests = new RosterDigests(KEY)
    const record = Buffer.alloc(RECORD_BYTES)
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme', maxLength: 400 }), (number, name) => {
        digests.write(number, name, record, 0)
        expect(record.equals(Buffer.concat([reference(number), reference(number, name)]))).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test('stay right after a text longer than the room set aside', () => {
    const digests = new RosterDigests(KEY)
    const record = Buffer.alloc(RECORD_BYTES)
    digests.write('11010519491231002X', '长'.repeat(10_000), record, 0)
    digests.write('11010519491231002X', '李三', record, 0)
    expect(record.subarray(16)).toEqual(reference('11010519491231002X', '李三'))
  })

  test('of one name differ between two numbers, so a roster shows nobody who shares a name', () => {
    const digests = new RosterDigests(KEY)
    const [one, two] = [Buffer.alloc(RECORD_BYTES), Buffer.alloc(RECORD_BYTES)]
    digests.write('11010519491231002X', '李三', one, 0)
    digests.write('440524188001010014', '李三', two, 0)
    expect(one.subarray(16).equals(two.subarray(16))).toBe(false)
  })

  test('need a key of 32 bytes', () => {
    expect(() => new RosterDigests(Buffer.alloc(31))).toThrow('32 bytes')
  })

  test('have a key check that another key does not share', () => {
    expect(new RosterDigests(KEY).keyCheck().equals(new RosterDigests(Buffer.alloc(32, 8)).keyCheck())).toBe(false)
  })
})
