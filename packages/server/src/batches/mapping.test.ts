import { expect, test } from 'vitest'
import { cellsOf, mappingOf } from './mapping.js'

const column = (index: number, title: string, role: 'name' | 'number' | null = null) => ({
  index,
  title,
  role,
  confidence: 1,
})
const found = {
  sheet: '',
  headerRow: 1,
  columns: [column(0, '2'), column(1, '姓名', 'name'), column(2, '证件号码', 'number')],
}

test.each([
  ['as recognised', {}, [1, 2]],
  ['by place', { nameColumn: 0 }, [0, 2]],
  ['by title', { nameColumn: '证件号码', numberColumn: '姓名' }, [2, 1]],
  ['a title goes before a place', { numberColumn: '2' }, [1, 0]],
])('the columns are those told, %s', (_how, wish, [nameColumn, numberColumn]) => {
  expect(mappingOf(found, wish)).toMatchObject({ nameColumn, numberColumn, sheet: null })
})

test.each([
  ['none was recognised', { ...found, columns: [column(0, 'a'), column(1, 'b')] }, {}],
  ['there is no such column', found, { nameColumn: 9 }],
  ['there is no such title', found, { nameColumn: '性别' }],
  ['both are the same', found, { nameColumn: '证件号码' }],
])('nothing is guessed where %s', (_why, sheet, wish) => {
  expect(mappingOf(sheet, wish)).toBeNull()
})

test('a row that ends early has empty cells, and only a damaged number counts as one', () => {
  const mapping = mappingOf(found, {})
  if (mapping === null) throw new Error('no mapping')
  expect(cellsOf({ row: 2, cells: ['1', '李三'], damaged: [0] }, mapping)).toEqual({
    name: '李三',
    number: '',
    isDamaged: false,
  })
  expect(cellsOf({ row: 3, cells: ['1', '李三', '110105194912310000'], damaged: [2] }, mapping).isDamaged).toBe(true)
})
