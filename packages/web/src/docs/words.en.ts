import type { Shape } from '../words/shape.js'
import type { zh } from './words.zh.js'

export const en: Shape<typeof zh> = {
  title: 'Documents',
  tab: 'Heyan documents',
  lead: 'From the first call to production: parameters, answers, charging, signing, failures and the way out. Every example request was run against a real server.',
  navigation: 'Contents',
  menu: 'Contents',
  here: 'On this page',
  onward: 'Previous and next page',
  previous: 'Previous',
  next: 'Next',
  plain: 'This page as Markdown',
  missing: 'There is no such page in the documents.',
  failed: 'The page did not load. Try again.',
  code: 'Code',
  request: 'Request',
  answer: 'Answer',
  languages: 'Language',
  search: {
    label: 'Search the documents',
    hint: 'Search (press /)',
    results: 'Results',
    none: 'Nothing was found. Try another word: “signature”, “666”, “no record”.',
    failed: 'The search did not load. Try again.',
    found: (count: string) => `${count} found`,
  },
}
