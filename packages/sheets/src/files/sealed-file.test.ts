import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { sealTo, unsealedStream } from './sealed-file.js'
import { openBytes } from './sheet-file.js'

const directory = mkdtempSync(join(tmpdir(), 'heyan-seal-'))
afterAll(() => rmSync(directory, { recursive: true }))
const KEY = Buffer.alloc(32, 5)
let files = 0

async function sealed(bytes: Buffer) {
  files += 1
  const file = { path: join(directory, `${files}`), key: KEY }
  await pipeline([bytes], sealTo(file))
  return file
}

describe('a sealed file', () => {
  test.each([0, 1, 65_535, 65_536, 65_537, 131_072, 300_000])('of %i bytes comes back as it was', async (length) => {
    const bytes = Buffer.alloc(length, 'heyan')
    expect((await buffer(unsealedStream(await sealed(bytes)))).equals(bytes)).toBe(true)
  })

  test('is read alike at any place', async () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251))
    const source = await openBytes(await sealed(bytes))
    await fc.assert(
      fc.asyncProperty(fc.nat(201_000), fc.nat(140_000), async (at, length) => {
        expect((await source.read(at, length)).equals(bytes.subarray(at, at + length))).toBe(true)
      }),
      { numRuns: 50 },
    )
    await source.close()
  })

  test('shows nothing of what is in it', async () => {
    const file = await sealed(Buffer.from('李三,11010519491231002X'))
    expect(readFileSync(file.path).includes('李三')).toBe(false)
    expect(readFileSync(file.path).includes('110105')).toBe(false)
  })

  test('of the same bytes is never the same file', async () => {
    const [one, other] = [await sealed(Buffer.from('a')), await sealed(Buffer.from('a'))]
    expect(readFileSync(one.path).equals(readFileSync(other.path))).toBe(false)
  })

  test('opens with its key only, and not when a byte is changed, moved or missing', async () => {
    const file = await sealed(Buffer.alloc(200_000, 'x'))
    const opened = (path: string, key = KEY) => buffer(unsealedStream({ path, key }))
    await expect(opened(file.path, Buffer.alloc(32, 6))).rejects.toThrow('damaged')
    const whole = readFileSync(file.path)
    const chunk = 65_536 + 16
    const swapped = Buffer.concat([
      whole.subarray(0, 32),
      whole.subarray(32 + chunk, 32 + 2 * chunk),
      whole.subarray(32, 32 + chunk),
      whole.subarray(32 + 2 * chunk),
    ])
    const changed = Buffer.from(whole)
    changed[100_000] = (changed[100_000] ?? 0) ^ 1
    for (const bytes of [swapped, changed]) {
      writeFileSync(file.path, bytes)
      await expect(opened(file.path)).rejects.toThrow('damaged')
    }
    writeFileSync(file.path, whole)
    truncateSync(file.path, 32 + 2 * chunk)
    await expect(opened(file.path)).rejects.toThrow('damaged')
    truncateSync(file.path, 10)
    await expect(opened(file.path)).rejects.toThrow('damaged')
  })
})
