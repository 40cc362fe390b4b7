import { describe, expect, test } from 'vitest'
import { findDelimiter } from './delimiter.js'

describe('the cells', () => {
  test.each([
    ['姓名,身份证号', ','],
    ['姓名\t身份证号\t备注', '\t'],
    ['姓名;身份证号', ';'],
    ['"李,三";11010519491231002X', ';'],
    ['李三，11010519491231002X', '，'],
    ['李三', ','],
  ])('in %j are parted by %j', (line, delimiter) => {
    expect(findDelimiter(line)).toBe(delimiter)
  })
})
