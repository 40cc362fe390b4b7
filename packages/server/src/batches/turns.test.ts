import { expect, test } from 'vitest'
import { SHEETS_AT_ONCE } from './limits.js'
import { Turns } from './turns.js'

const tick = () => new Promise((resolve) => setImmediate(resolve))

test('one sheet of an account at a time, so many in all, the others in their order; a failure gives its place back', async () => {
  const turns = new Turns()
  const begun: string[] = []
  const ends: (() => void)[] = []
  const ask = (account: string, mark: string) =>
    turns.take(account, async () => {
      begun.push(mark)
      await new Promise<void>((resolve) => ends.push(resolve))
      if (mark === 'a1') throw new Error('a sheet that cannot be read')
    })
  const first = ask('a', 'a1')
  first.catch(() => undefined)
  const all = [ask('a', 'a2'), ...Array.from({ length: SHEETS_AT_ONCE }, (_, index) => ask(`b${index}`, `b${index}`))]
  await tick()
  expect(begun).toEqual(['a1', 'b0', 'b1', 'b2'])
  ends[0]?.()
  await expect(first).rejects.toThrow()
  await tick()
  expect(begun).toEqual(['a1', 'b0', 'b1', 'b2', 'a2'])
  for (let place = 1; place < ends.length || begun.length < 6; place++) {
    ends[place]?.()
    await tick()
  }
  await Promise.all(all)
  expect(begun.at(-1)).toBe('b3')
})
