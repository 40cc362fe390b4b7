import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { HOSTILE_FILES } from '../testing/hostile-files.js'
import { inspectSheet } from './read-sheet.js'

const directory = mkdtempSync(join(tmpdir(), 'heyan-hostile-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('a hostile file', () => {
  test('is one of forty at least', () => {
    expect(HOSTILE_FILES.length).toBeGreaterThanOrEqual(40)
    expect(new Set(HOSTILE_FILES.map(({ name }) => name)).size).toBe(HOSTILE_FILES.length)
  })

  test.each(HOSTILE_FILES.map((file) => [file.name, file.ends, file] as const))(
    'with %s ends as: %s',
    async (_, ends, file) => {
      const path = join(directory, 'hostile')
      file.write(path)
      const outcome = await inspectSheet(path)
      rmSync(path)
      expect(outcome.ok ? 'read' : outcome.problem.code).toBe(ends)
    },
  )
})
