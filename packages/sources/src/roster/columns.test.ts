import { describe, expect, test } from 'vitest'
import { findColumns } from './columns.js'

const TESTS = { isName: (text: string) => text === '李三', isNumber: (text: string) => text === '11010519491231002X' }

describe('the columns of a list', () => {
  test.each([
    ['姓名', '身份证号码'],
    ['真实姓名', '证件号码'],
    ['*姓名（必填）', '公民身份号码(18位)'],
    ['name', 'number'],
    ['xm', 'sfz'],
    ['Real Name', 'ID_Number'],
    ['ｎａｍｅ', 'ｉｄＣａｒｄ'],
    ['\uFEFF姓 名', '身份证号'],
  ])('are found by the headers %s and %s, in any order and among others', (name, number) => {
    expect(findColumns(['序号', number, '部门', name], {}, TESTS)).toEqual({ name: 3, number: 1, hasHeader: true })
  })

  test('named by the caller are found by that name only', () => {
    const row = ['姓名', '曾用名', '身份证号', '旧号']
    const wishes = { nameColumn: '曾用名', numberColumn: '旧号' }
    expect(findColumns(row, wishes, TESTS)).toEqual({ name: 1, number: 3, hasHeader: true })
    expect(findColumns(row, { nameColumn: '别名' }, TESTS)).toBe('name_column_not_found')
    expect(findColumns(['李三', '11010519491231002X'], wishes, TESTS)).toBe('number_column_not_found')
  })

  test('without headers are found by what the first row holds', () => {
    expect(findColumns(['1', '11010519491231002X', '李三'], {}, TESTS)).toEqual({
      name: 2,
      number: 1,
      hasHeader: false,
    })
  })

  test('that are missing are told apart', () => {
    expect(findColumns(['姓名', '电话'], {}, TESTS)).toBe('number_column_not_found')
    expect(findColumns(['电话', '身份证号'], {}, TESTS)).toBe('name_column_not_found')
    expect(findColumns([], {}, TESTS)).toBe('number_column_not_found')
  })
})
