import type { Options } from 'minisearch'
import type { SearchRecord } from './shapes.js'
import { tokenize, tokenizeQuestion } from './tokenize.js'

/** The same when the index is made and when it is asked. */
export const SEARCH_OPTIONS: Options<SearchRecord> = {
  fields: ['page', 'heading', 'text'],
  storeFields: ['page', 'heading'],
  tokenize,
  searchOptions: { tokenize: tokenizeQuestion, prefix: true, combineWith: 'AND', boost: { page: 4, heading: 3 } },
}
