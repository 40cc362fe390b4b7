import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { Spool } from './spool.js'

const directory = mkdtempSync(join(tmpdir(), 'heyan-spool-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** A record whose number's digest is `number` and whose name's is `name`, in hex with zeros to fill. */
function record(number: string, name: string): Buffer {
  return Buffer.from(number.padEnd(32, '0') + name.padEnd(32, '0'), 'hex')
}

function sort(records: readonly Buffer[], path = join(directory, 'unused')) {
  const spool = new Spool(path)
  for (const [index, one] of records.entries()) spool.add(one, index + 1)
  const total = { hex: [] as string[], duplicates: 0, conflicts: 0 }
  for (const bucket of spool.sorted()) {
    for (let at = 0; at < bucket.records.length; at += 32) total.hex.push(bucket.records.toString('hex', at, at + 32))
    total.duplicates += bucket.duplicates
    total.conflicts += bucket.conflicts
  }
  spool.close()
  return total
}

describe('the spool', () => {
  test('gives records back in the order of their digests, for any records', () => {
    const digest = fc.stringMatching(/^[0-3]{1,12}$/).map((hex) => (hex.length % 2 ? `${hex}0` : hex))
    fc.assert(
      fc.property(fc.array(fc.tuple(digest, digest), { maxLength: 200 }), (pairs) => {
        const records = pairs.map(([number, name]) => record(number, name))
        const expected = new Map<string, string>()
        let [duplicates, conflicts] = [0, 0]
        for (const one of records) {
          const [number, name] = [one.toString('hex', 0, 16), one.toString('hex', 16)]
          if (expected.get(number) === name) duplicates += 1
          else if (expected.has(number)) conflicts += 1
          expected.set(number, name)
        }
        const hex = [...expected].map(([number, name]) => number + name).sort()
        expect(sort(records)).toEqual({ hex, duplicates, conflicts })
      }),
      { numRuns: 500 },
    )
  })

  test('keeps the later of two rows that disagree, and counts each disagreement', () => {
    const result = sort([record('aa', '01'), record('aa', '02'), record('aa', '02'), record('aa', '01')])
    expect(result).toMatchObject({ duplicates: 1, conflicts: 2 })
    expect(result.hex).toEqual([record('aa', '01').toString('hex')])
  })

  test('is the same when most of it went through the file, and leaves no file behind', () => {
    const path = join(directory, 'spool')
    const bytes = randomBytes(300_000 * 32)
    const records = Array.from({ length: 300_000 }, (_, place) => bytes.subarray(place * 32, (place + 1) * 32))
    const spool = new Spool(path)
    for (const one of records) spool.add(one, 1)
    expect(existsSync(path)).toBe(true)
    const sorted = Buffer.concat([...spool.sorted()].map((bucket) => bucket.records))
    spool.close()
    expect(sorted.toString('hex')).toBe(Buffer.concat(records.toSorted(Buffer.compare)).toString('hex'))
    expect(existsSync(path)).toBe(false)
  })

  test('names rows that repeat another', () => {
    const spool = new Spool(join(directory, 'named'))
    for (const [index, name] of ['01', '01', '02'].entries()) spool.add(record('aa', name), index + 5)
    expect([...spool.sorted()].flatMap(({ repeats }) => repeats)).toEqual([
      { line: 6, earlierLine: 5, isConflict: false },
      { line: 7, earlierLine: 6, isConflict: true },
    ])
  })

  test.each([1_000, 300_000])('saved after some of %i records goes on as if nothing had been', (count) => {
    const path = join(directory, 'saved')
    const bytes = randomBytes(count * 32)
    const records = Array.from({ length: count }, (_, place) => bytes.subarray(place * 32, (place + 1) * 32))
    const half = Math.floor(count * 0.6)
    const first = new Spool(path)
    for (const one of records.slice(0, half)) first.add(one, 1)
    const saved = JSON.parse(JSON.stringify(first.save().state))
    const { tails } = first.save()
    for (const one of records.slice(0, half)) first.add(one, 2) // Lost with the process.
    first.leave()
    const second = new Spool(path, { state: saved, tails })
    for (const one of records.slice(half)) second.add(one, 1)
    const sorted = Buffer.concat([...second.sorted()].map((bucket) => bucket.records))
    second.close()
    expect(sorted.equals(Buffer.concat(records.toSorted(Buffer.compare)))).toBe(true)
  })

  test('refuses a file of one repeated number before it fills the memory', () => {
    const spool = new Spool(join(directory, 'repeats'))
    const one = record('aa', '01')
    let added = 1
    while (spool.add(one, 1)) added += 1
    spool.close()
    expect(added).toBe(4_194_304)
  })
})
