import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RegionTables } from './region-table.js'

const TABLE = 'code,name,from,to,successor\n119900,新区,2026,,\n'
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heyan-regions-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test("an operator's table is used at once, kept over a restart, and given up by a reset", () => {
  const tables = new RegionTables(folder)
  const builtIn = tables.current
  expect(tables.records).toBe(0)
  expect(tables.replace(TABLE)).toBeNull()
  expect(tables.records).toBe(1)
  expect(tables.current).not.toBe(builtIn)
  expect((statSync(join(folder, 'regions.csv')).mode & 0o777).toString(8)).toBe('600')
  expect(new RegionTables(folder).records).toBe(1)
  tables.reset()
  expect([tables.records, tables.current]).toEqual([0, builtIn])
  expect(new RegionTables(folder).records).toBe(0)
})

test('a table that cannot be taken is told by its line, and the one before stays', () => {
  const tables = new RegionTables(folder)
  expect(tables.replace(TABLE)).toBeNull()
  expect(tables.replace(`${TABLE}what,is,this`)).toMatchObject({ line: 3 })
  expect(tables.replace('')).not.toBeNull()
  expect(tables.records).toBe(1)
  expect(new RegionTables(folder).records).toBe(1)
})

test('a table that cannot be written is not used either', () => {
  const tables = new RegionTables(join(folder, 'gone'))
  expect(() => tables.replace(TABLE)).toThrow('ENOENT')
  expect(tables.records).toBe(0)
  expect(existsSync(join(folder, 'gone'))).toBe(false)
})

test('a kept table that was damaged stops the start and names its file and line', () => {
  writeFileSync(join(folder, 'regions.csv'), `${TABLE}what,is,this\n`)
  expect(() => new RegionTables(folder)).toThrow(/regions\.csv, line 3: /)
})
