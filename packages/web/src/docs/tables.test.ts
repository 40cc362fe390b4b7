import { PLATFORM_TEXTS, PROBLEM_TEXTS, VERDICT_TEXTS } from '@heyan/contract'
import { NAME_ADVICE, NUMBER_ADVICE } from '@heyan/core'
import { describe, expect, test } from 'vitest'
import { isTable, table } from '../../build/docs/tables.ts'
import type { Language } from './shapes.js'

const LANGUAGES: readonly Language[] = ['zh', 'en']
const NAMES = [
  'parameters',
  'answer-fields',
  'verdicts',
  'problems',
  'refusals',
  'profiles',
  'platform-problems',
  'http-problems',
  'masks',
  'addresses',
  'headers',
] as const

/** A table's cells, row by row; a bar inside a cell is escaped. */
const cellsOf = (markdown: string) =>
  markdown.split('\n').map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

describe.each(LANGUAGES)('in %s', (language) => {
  test.each(NAMES)('the table %s has every cell filled', (name) => {
    const [titles = [], , ...rows] = cellsOf(table(name, language))
    expect(rows.length).toBeGreaterThan(1)
    for (const row of rows) {
      expect(row).toHaveLength(titles.length)
      expect(row.filter((cell) => cell === '' || cell.includes('undefined'))).toEqual([])
    }
  })

  test.each([
    ['problems', Object.values(PROBLEM_TEXTS)],
    ['verdicts', Object.values(VERDICT_TEXTS)],
    ['platform-problems', Object.values(PLATFORM_TEXTS)],
  ] as const)('the table %s leaves out no text of the wire', (name, texts) => {
    const written = cellsOf(table(name, language)).flat()
    expect(texts.filter((text) => !written.includes(`\`${text}\``))).toEqual([])
  })

  test('every reason against a name and a number is told', () => {
    for (const [name, advice] of [
      ['name-reasons', NAME_ADVICE],
      ['number-reasons', NUMBER_ADVICE],
    ] as const)
      expect(table(name, language).split('\n')).toHaveLength(Object.keys(advice).length)
  })

  test("callers are told nothing of the operator's API", () => {
    expect(table('http-problems', language)).not.toMatch(/operator_unproven|plan_|account_unknown|source_exists/)
    expect(table('http-problems', language)).toContain('`source_unavailable`')
  })
})

test('what is no table is told', () => {
  expect(isTable('refusals')).toBe(true)
  expect(isTable('constructor')).toBe(false)
})
