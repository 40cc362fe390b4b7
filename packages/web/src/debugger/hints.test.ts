import { expect, test } from 'vitest'
import { hintOfName, hintOfNumber } from './hints.js'

const NOW = Date.parse('2026-11-24T12:00:00+08:00')

test('a good number says whose it could be: birthday, age, sex, region', () => {
  expect(hintOfNumber(' 11010519491231002x ', NOW)).toEqual({
    kind: 'good',
    of: 'resident',
    birthday: '1949-12-31',
    age: 76,
    sex: 'female',
    region: '北京市朝阳区',
    warnings: expect.anything(),
  })
})

test('somebody is a year older on the birthday, not the day before', () => {
  const age = (now: string) => {
    const hint = hintOfNumber('11010519491231002X', Date.parse(now))
    return hint?.kind === 'good' ? hint.age : null
  }
  expect([age('2026-12-30T23:59:00+08:00'), age('2026-12-31T00:00:00+08:00')]).toEqual([76, 77])
})

test('a number that is being written is left alone; one that cannot become good is told why', () => {
  for (const written of ['', '1', '1101051949', '11010519491231002']) expect(hintOfNumber(written, NOW)).toBeNull()
  for (const [written, advice] of [
    ['110105194912310021', '校验码不符'],
    ['36020319*****', '身份证号码为18位'],
    ['110105490231002', '第7至14位不是真实日期'],
    ['110105491231002', '一代证'],
  ] as const) {
    const hint = hintOfNumber(written, NOW)
    expect([written, hint?.kind === 'advice' ? hint.advice.zh.join() : hint]).toEqual([
      written,
      expect.stringContaining(advice),
    ])
  }
})

test('a name is spoken of only where there is something to say', () => {
  expect(hintOfName('李三', '')).toBeNull()
  expect(hintOfName('', '')).toBeNull()
  expect(hintOfName('Li San', '')).toMatchObject({ kind: 'advice' })
  expect(hintOfName('LI SAN', '9')).toBeNull()
  expect(hintOfName('阿卜杜拉•买买提', '')).toMatchObject({ kind: 'good', warnings: ['separator_folded'] })
})
