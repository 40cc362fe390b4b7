import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keysOf } from '@heyan/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepOperatorToken, operatorTokenOf } from './operator-token.js'
import { operatorTokenFile, readOperatorToken } from './operator-token-file.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heyan-token-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test("the operator's token follows from the master key alone: every node of an installation has the same", () => {
  const [one, same, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((master) =>
    operatorTokenOf(keysOf(master)),
  )
  expect(one).toBe(same)
  expect(one).not.toBe(other)
  expect(one).toMatch(/^hyop_[\w-]{43}$/)
})

test('its file is for its owner only, and is written once', () => {
  keepOperatorToken(folder, 'hyop_one')
  const { mode, mtimeMs, ino } = statSync(operatorTokenFile(folder))
  expect((mode & 0o777).toString(8)).toBe('600')
  keepOperatorToken(folder, 'hyop_one')
  expect(statSync(operatorTokenFile(folder))).toMatchObject({ mtimeMs, ino })
  expect(readOperatorToken(folder)).toBe('hyop_one')
})

test('the file of another master key is replaced: commands beside the server would be refused with it', () => {
  keepOperatorToken(folder, 'hyop_before')
  keepOperatorToken(folder, 'hyop_now')
  expect(readFileSync(operatorTokenFile(folder), 'utf8')).toBe('hyop_now\n')
})

test('an empty file, or none, is no token', () => {
  expect(readOperatorToken(folder)).toBeNull()
  writeFileSync(operatorTokenFile(folder), '\n')
  expect(readOperatorToken(folder)).toBeNull()
})
