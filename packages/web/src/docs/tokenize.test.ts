import MiniSearch from 'minisearch'
import { expect, test } from 'vitest'
import { SEARCH_OPTIONS } from './search-options.js'
import type { SearchRecord } from './shapes.js'
import { tokenize, tokenizeQuestion } from './tokenize.js'

test('words are whole, Hanzi are single and in pairs', () => {
  expect(tokenize('X-Ca-Nonce 用过了')).toEqual(['x', 'ca', 'nonce', '用', '过', '了', '用过', '过了'])
})

test('of a question only pairs count, unless there is one Hanzi alone', () => {
  expect(tokenizeQuestion('查无记录')).toEqual(['查无', '无记', '记录'])
  expect(tokenizeQuestion('码 666')).toEqual(['码', '666'])
})

test('a Hanzi outside the BMP is one character', () => {
  expect(tokenize('𠮷野')).toEqual(['𠮷', '野', '𠮷野'])
})

test('an index that was saved answers as the one it was saved from', () => {
  const records: SearchRecord[] = [
    { id: 'faq#1', page: '常见问题', heading: '查无记录是什么意思', text: '数据源里没有这个号码' },
    { id: 'errors', page: '全部失败', heading: '', text: '记录里没有，查过了' },
  ]
  const made = new MiniSearch<SearchRecord>(SEARCH_OPTIONS)
  made.addAll(records)
  const loaded = MiniSearch.loadJSON<SearchRecord>(JSON.stringify(made), SEARCH_OPTIONS)
  for (const index of [made, loaded]) expect(index.search('查无记录').map(({ id }) => id)).toEqual(['faq#1'])
})
