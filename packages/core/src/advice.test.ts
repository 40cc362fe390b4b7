import { describe, expect, test } from 'vitest'
import { ADVICE, NAME_ADVICE, NUMBER_ADVICE } from './advice.js'
import { PROBLEMS } from './problem.js'

describe('advice', () => {
  test('is there for every verdict and every problem', () => {
    expect(Object.keys(ADVICE).sort()).toEqual(['match', 'mismatch', 'no_record', ...Object.keys(PROBLEMS)].sort())
  })

  test.each(Object.entries({ ...ADVICE, ...NUMBER_ADVICE, ...NAME_ADVICE }))(
    'for %s says the same number of things in both languages, as sentences',
    (_, { zh, en }) => {
      expect(zh.length).toBe(en.length)
      expect(zh.length).toBeGreaterThan(0)
      for (const sentence of zh) expect(sentence).toMatch(/。$/)
      for (const sentence of en) expect(sentence).toMatch(/\.$/)
    },
  )

  test('for a mismatch and for no record names what happens to real people', () => {
    const zh = [...ADVICE.mismatch.zh, ...ADVICE.no_record.zh].join('')
    for (const word of ['间隔号', '生僻字', '改过姓名', '户口', '军人', '一代证']) expect(zh).toContain(word)
  })
})
