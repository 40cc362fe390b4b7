import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ResultsWriter, readResults } from './results-file.js'
import type { RowResult } from './row-result.js'

const KEY = Buffer.alloc(32, 3)
const result = (row: number): RowResult => ({ row, outcome: 'match', charged: true, callId: `CALL-${row}` })

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'heyan-results-'))
  path = join(directory, 'results-a')
})
afterEach(() => rmSync(directory, { recursive: true }))

async function written(): Promise<number[]> {
  const writer = await ResultsWriter.create(path, 'results-a', KEY)
  const lengths = [await writer.add([result(2), result(3)]), await writer.add([result(4)])]
  await writer.close()
  return lengths
}

async function rows(bytes: number, name = 'results-a', key = KEY): Promise<number[]> {
  const found: number[] = []
  for await (const some of readResults(path, name, key, bytes)) found.push(...some.map(({ row }) => row))
  return found
}

test('what counts is read, in its order; what lies behind it is not', async () => {
  const [first = 0, second = 0] = await written()
  appendFileSync(path, 'half a frame of a process that was killed')
  expect(await rows(second)).toEqual([2, 3, 4])
  expect(await rows(first)).toEqual([2, 3])
  expect(await rows(0)).toEqual([])
})

test('nothing in it can be read without its key, nor under another name', async () => {
  const [, whole = 0] = await written()
  expect(readFileSync(path).includes('CALL-2')).toBe(false)
  await expect(rows(whole, 'results-a', Buffer.alloc(32, 4))).rejects.toThrow()
  await expect(rows(whole, 'results-b')).rejects.toThrow()
})

test('a byte that was changed, a frame that was moved and an end that is missing are found', async () => {
  const [first = 0, whole = 0] = await written()
  const bytes = readFileSync(path)
  const changed = Buffer.from(bytes)
  changed.writeUInt8(changed.readUInt8(40) ^ 1, 40)
  const moved = Buffer.concat([bytes.subarray(first), bytes.subarray(0, first)])
  for (const wrong of [changed, moved, bytes.subarray(0, whole - 1)]) {
    writeFileSync(path, wrong)
    await expect(rows(whole)).rejects.toThrow()
  }
})

test('a file is never written over', async () => {
  await written()
  await expect(ResultsWriter.create(path, 'results-a', KEY)).rejects.toThrow(/EEXIST/)
})
