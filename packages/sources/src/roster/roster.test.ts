import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { checkDigit } from '@heyan/core'
import { createSheetWriter } from '@heyan/sheets'
import { afterAll, describe, expect, test } from 'vitest'
import { describeSource, question } from '../source-suite.js'
import type { ImportOutcome, ImportPhase } from './import-protocol.js'
import { openRoster, type Roster } from './roster.js'

const KEY = Buffer.alloc(32, 1)
const LI_SAN = question('李三', '11010519491231002X')
const CONTEXT = { callId: 'c', deadlineMs: Number.POSITIVE_INFINITY }
const MATCH = { kind: 'verdict', verdict: 'match' }
const MISMATCH = { kind: 'verdict', verdict: 'mismatch' }
const NO_RECORD = { kind: 'verdict', verdict: 'no_record' }

const root = mkdtempSync(join(tmpdir(), 'heyan-roster-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function newDirectory(): string {
  return mkdtempSync(join(root, 'r-'))
}

function open(directory = newDirectory(), key: Uint8Array = KEY): Roster {
  return openRoster({ directory, key, now: () => Date.UTC(2025, 0, 1) })
}

function bytes(text: string): Buffer[] {
  return [Buffer.from(text)]
}

/** Invented people, born in the 1880s. */
function person(index: number): { name: string; number: string } {
  const day = `${(1 + (Math.floor(index / 1_000) % 28)).toString().padStart(2, '0')}`
  const month = `${(1 + (Math.floor(index / 28_000) % 12)).toString().padStart(2, '0')}`
  const body = `110105188${Math.floor(index / 336_000) % 10}${month}${day}${(index % 1_000).toString().padStart(3, '0')}`
  return { name: `甲${String.fromCharCode(0x4e00 + (index % 20_000))}`, number: body + checkDigit(body) }
}

function list(from: number, to: number): string {
  const rows = Array.from({ length: to - from }, (_, index) => person(from + index))
  return `姓名,身份证号码\n${rows.map(({ name, number }) => `${name},${number}\n`).join('')}`
}

function imported(outcome: ImportOutcome) {
  if (!outcome.ok) throw new Error(`refused: ${outcome.reason}`)
  return outcome
}

describeSource('the roster', async () => {
  const roster = open()
  const people = (name: string, number: string) => `姓名,身份证号码\n沙甲,110105188507070017\n${name},${number}\n`
  await roster.import(bytes(people('李三', '11010519491231002X')))
  return {
    source: roster.source,
    subjects: {
      match: LI_SAN,
      mismatch: question('沙乙', '110105188507070017'),
      no_record: question('李三', '440524188001010014'),
    },
    changeRecord: async (verdict) => {
      const [name, number] = [verdict === 'match' ? '李三' : '李四', '11010519491231002X']
      imported(await roster.import(bytes(verdict === 'no_record' ? people('', '') : people(name, number))))
    },
    monotonicMs: () => performance.now(),
    cleanUp: () => roster.close(),
  }
})

describe('the roster', () => {
  test('answers without a promise', async () => {
    const roster = open()
    await roster.import(bytes('姓名,身份证号码\n李三,11010519491231002X\n'))
    expect(roster.source.ask(LI_SAN, CONTEXT)).toEqual(MATCH)
    await roster.close()
  })

  test('without a list is not ready, and gives no verdict', async () => {
    const roster = open()
    expect(roster.source.isReady()).toBe(false)
    expect(roster.source.ask(LI_SAN, CONTEXT)).toEqual({ kind: 'unavailable', reason: 'not_ready' })
    expect([roster.count(), roster.state()]).toEqual([0, null])
    await roster.close()
  })

  test('is there again after a restart', async () => {
    const directory = newDirectory()
    const first = open(directory)
    const { generation } = imported(await first.import(bytes(list(0, 10))))
    await first.close()
    const second = open(directory)
    expect(second.state()).toEqual({ generation, count: 10, importedAtMs: Date.UTC(2025, 0, 1) })
    expect(second.source.ask(question(person(3).name, person(3).number), CONTEXT)).toEqual(MATCH)
    await second.close()
  })

  test('under another key refuses to open, and says so', async () => {
    const directory = newDirectory()
    const roster = open(directory)
    await roster.import(bytes(list(0, 10)))
    await roster.close()
    expect(() => open(directory, Buffer.alloc(32, 2))).toThrow('made under another key')
    expect(() => open(directory, Buffer.alloc(16))).toThrow('32 bytes')
    const again = open(directory)
    expect(again.count()).toBe(10)
    await again.close()
  })

  test('that was cut short, or is something else, refuses to open', async () => {
    const directory = newDirectory()
    const roster = open(directory)
    const { generation } = imported(await roster.import(bytes(list(0, 2_000))))
    await roster.close()
    const file = join(directory, `roster-${generation}.sqlite`)
    truncateSync(file, 8_192)
    expect(() => open(directory)).toThrow('damaged')
    writeFileSync(file, 'not a database')
    expect(() => open(directory)).toThrow('damaged')
    rmSync(file)
    expect(() => open(directory)).toThrow('damaged')
    writeFileSync(join(directory, 'roster-current'), '')
    expect(() => open(directory)).toThrow('damaged')
  })

  test('clears away what a killed import has left, and nothing else', async () => {
    const directory = newDirectory()
    const roster = open(directory)
    const { generation } = imported(await roster.import(bytes(list(0, 10))))
    await roster.close()
    for (const left of [
      'roster-0123456789abcdef.sqlite',
      'roster-0123456789abcdef.sqlite.spool',
      'roster-current.next',
    ]) {
      writeFileSync(join(directory, left), 'half')
    }
    writeFileSync(join(directory, 'notes.txt'), 'mine')
    await open(directory).close()
    const expected = ['notes.txt', `roster-${generation}.sqlite`, 'roster-current']
    expect(readdirSync(directory).sort()).toEqual(expected.sort())
  })

  test('is replaced while it serves: every look-up sees the whole old list or the whole new one', async () => {
    const roster = open()
    imported(await roster.import(bytes(list(0, 1_000))))
    const [old, shared, fresh] = [person(0), person(900), person(1_500)].map((one) => question(one.name, one.number))
    if (old === undefined || shared === undefined || fresh === undefined) throw new Error('three people')
    const seen = new Set<string>()
    const look = (): void => {
      const answers = [old, shared, fresh].map((subject) => roster.source.ask(subject, CONTEXT))
      seen.add(
        answers.map((answer) => (answer instanceof Promise || answer.kind !== 'verdict' ? '?' : answer.verdict)).join(),
      )
    }
    let looking = true
    const looker = (async () => {
      while (looking) {
        look()
        await new Promise(setImmediate)
      }
    })()
    imported(await roster.import(bytes(list(900, 2_000))))
    look()
    looking = false
    await looker
    expect([...seen]).toEqual(['match,match,no_record', 'no_record,match,match'])
    await roster.close()
  })

  test('keeps its files to their owner', async () => {
    const directory = join(newDirectory(), 'roster')
    const roster = open(directory)
    await roster.import(bytes(list(0, 10)))
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    for (const file of readdirSync(directory)) expect(statSync(join(directory, file)).mode & 0o077).toBe(0)
    await roster.close()
  })

  test('reports progress in bytes and rows through every phase', async () => {
    const roster = open()
    const phases: ImportPhase[] = []
    let most = { bytes: 0, rows: 0 }
    const text = Buffer.from(list(0, 20_000))
    await roster.import([text], {
      onProgress: ({ phase, bytes, rows }) => {
        if (phases.at(-1) !== phase) phases.push(phase)
        most = { bytes: Math.max(bytes, most.bytes), rows: Math.max(rows, most.rows) }
      },
    })
    expect(phases).toEqual(['reading', 'writing', 'publishing'])
    expect(most).toEqual({ bytes: text.length, rows: 20_000 })
    await roster.close()
  })

  test.each(['reading', 'writing', 'publishing'] as const)(
    'cancelled while %s goes on with the old list',
    async (phase) => {
      const directory = newDirectory()
      const roster = open(directory)
      imported(await roster.import(bytes(list(0, 10))))
      const caller = new AbortController()
      const outcome = await roster.import(bytes(list(100, 20_000)), {
        signal: caller.signal,
        onProgress: (progress) => progress.phase === phase && caller.abort(),
      })
      expect(outcome).toMatchObject({ ok: false, reason: 'cancelled' })
      expect(roster.count()).toBe(10)
      expect(readdirSync(directory)).toHaveLength(2)
      await roster.close()
    },
  )

  test('cancelled, or closed, does not wait for a stream that has stalled', async () => {
    const roster = open()
    const stalled = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    const caller = new AbortController()
    const first = roster.import(stalled, { signal: caller.signal })
    expect(await roster.import(bytes(list(0, 10)))).toEqual({ ok: false, reason: 'busy' })
    caller.abort()
    expect(await first).toMatchObject({ ok: false, reason: 'cancelled' })
    const second = roster.import(stalled)
    await roster.close()
    expect(await second).toMatchObject({ ok: false, reason: 'cancelled' })
    expect(await roster.import(bytes(list(0, 10)))).toEqual({ ok: false, reason: 'closed' })
  })

  test('goes on with the old list when the upload breaks off', async () => {
    const roster = open()
    imported(await roster.import(bytes(list(0, 10))))
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(list(0, 100))
      throw new Error('connection reset')
    }
    expect(await roster.import(broken())).toMatchObject({ ok: false, reason: 'stream_failed' })
    expect(roster.count()).toBe(10)
    await roster.close()
  })

  test('takes the upload no faster than it reads it', async () => {
    const roster = open()
    let [sent, ahead, read] = [0, 0, 0]
    async function* upload(): AsyncGenerator<Uint8Array> {
      const text = Buffer.from(list(0, 200_000))
      for (let at = 0; at < text.length; at += 65_536) {
        yield text.subarray(at, at + 65_536)
        sent = Math.min(at + 65_536, text.length)
        ahead = Math.max(ahead, sent - read)
      }
    }
    const outcome = await roster.import(upload(), {
      onProgress: ({ bytes }) => {
        read = bytes
      },
    })
    expect(imported(outcome).count).toBe(200_000)
    expect(ahead).toBeLessThan(2_000_000)
    await roster.close()
  })

  test('never puts a name or a number on the disk', async () => {
    const directory = newDirectory()
    const roster = open(directory)
    const { name, number } = person(777)
    const needles = [name, number].flatMap((text) => [Buffer.from(text), Buffer.from(text, 'utf16le')])
    const kinds = new Set<string>()
    const look = (): void => {
      for (const file of readdirSync(directory).filter((name) => existsSync(join(directory, name)))) {
        const content = readFileSync(join(directory, file))
        if (content.length > 1_000_000) kinds.add(extname(file))
        for (const needle of needles) expect(content.includes(needle)).toBe(false)
      }
    }
    await roster.import(bytes(list(0, 300_000)), {
      onProgress: ({ phase, rows }) => phase === 'reading' && rows > 290_000 && look(),
    })
    look()
    expect([...kinds].sort()).toEqual(['.spool', '.sqlite'])
    await roster.close()
  })

  test('killed at any step comes back whole: the old list, or the new one', { timeout: 60_000 }, async () => {
    const directory = newDirectory()
    const first = open(directory)
    imported(await first.import(bytes(list(0, 10))))
    await first.close()
    for (const step of ['reading', 'reading', 'writing', 'writing', 'publishing', 'publishing', 'finished']) {
      expect(await importAndKill(directory, step)).toBe(true)
      const roster = open(directory)
      const isOld = roster.count() === 10
      expect(isOld || roster.count() === 60_000).toBe(true)
      for (const index of [0, 9, 50_000]) {
        const expected = index < 10 || !isOld ? MATCH : NO_RECORD
        expect(roster.source.ask(question(person(index).name, person(index).number), CONTEXT)).toEqual(expected)
      }
      expect(readdirSync(directory)).toHaveLength(2)
      if (!isOld) imported(await roster.import(bytes(list(0, 10))))
      await roster.close()
    }
  })

  test('interrupted goes on where it was, with the same list only', async () => {
    const directory = newDirectory()
    const people = Buffer.from(list(0, 120_000))
    const id = 'a'.repeat(64)
    const first = open(directory)
    async function* broken(from: number, to: number): AsyncGenerator<Uint8Array> {
      for (let at = from; at < to; at += 65_536) yield people.subarray(at, Math.min(at + 65_536, to))
      throw new Error('connection reset')
    }
    const half = people.length >> 1
    expect(await first.import(broken(0, half), { id })).toMatchObject({
      ok: false,
      reason: 'stream_failed',
      isResumable: true,
    })
    await first.close()

    const second = open(directory) // After a restart, too.
    const left = second.unfinished()
    if (left === null) throw new Error('nothing was left to go on with')
    expect(left.id).toBe(id)
    expect(left.rows).toBeGreaterThan(50_000)
    expect(left.bytes).toBeLessThanOrEqual(half)
    expect(await second.import([], { id: 'b'.repeat(64), from: left.bytes })).toEqual({
      ok: false,
      reason: 'cannot_resume',
    })
    expect(await second.import([], { id, from: left.bytes - 1 })).toEqual({ ok: false, reason: 'cannot_resume' })
    expect(await second.import(broken(left.bytes, left.bytes + 200_000), { id, from: left.bytes })).toMatchObject({
      ok: false,
    })
    const further = second.unfinished()
    expect(further?.rows).toBeGreaterThan(left.rows)
    const outcome = imported(await second.import([people.subarray(further?.bytes)], { id, from: further?.bytes ?? 0 }))
    expect(outcome).toMatchObject({ count: 120_000, accepted: 120_000, refused: 0 })
    for (const index of [0, 60_000, 119_999]) {
      expect(second.source.ask(question(person(index).name, person(index).number), CONTEXT)).toEqual(MATCH)
    }
    expect(second.unfinished()).toBe(null)
    expect(readdirSync(directory)).toHaveLength(2)
    await second.close()
  })

  test('killed while it reads or writes goes on from its last checkpoint', { timeout: 60_000 }, async () => {
    const directory = newDirectory()
    const id = 'c'.repeat(64)
    // 40 MB: one checkpoint on the way, one before the file is written.
    const people = Buffer.from(list(0, 400_000).replaceAll('\n', `,${'备注'.repeat(12)}\n`))
    for (const step of ['bytes 36', 'writing']) {
      expect(await importAndKill(directory, step, people, id)).toBe(true)
      const roster = open(directory)
      const left = roster.unfinished()
      expect(left?.bytes).toBeGreaterThan(30_000_000)
      if (step === 'writing') expect(left?.bytes).toBeGreaterThan(people.length - 200)
      const outcome = imported(await roster.import([people.subarray(left?.bytes)], { id, from: left?.bytes ?? 0 }))
      expect(outcome).toMatchObject({ count: 400_000, duplicates: 0 })
      await roster.close()
    }
  })

  test('left unfinished is thrown away by another import, or when somebody says so', async () => {
    const directory = newDirectory()
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(list(0, 5_000))
      throw new Error('connection reset')
    }
    const roster = open(directory)
    await roster.import(broken(), { id: 'd'.repeat(64) })
    expect(roster.unfinished()).not.toBe(null)
    await roster.forgetUnfinished()
    expect([roster.unfinished(), readdirSync(directory)]).toEqual([null, []])
    await roster.import(broken(), { id: 'd'.repeat(64) })
    imported(await roster.import(bytes(list(0, 10)), { id: 'e'.repeat(64) }))
    expect([roster.unfinished(), readdirSync(directory).length]).toEqual([null, 2])
    await roster.close()
  })

  test('reads a workbook, and leaves nothing of it readable meanwhile', async () => {
    const directory = newDirectory()
    const path = join(directory, 'list.xlsx')
    const writer = createSheetWriter(path, {
      format: 'xlsx',
      sheetName: '名单',
      columns: ['姓名', '身份证号码', '备注'].map((title) => ({ title, kind: 'text' })),
    })
    const rows = Array.from({ length: 5_000 }, (_, index) => [person(index).name, person(index).number, '=1'])
    await writer.write([...rows, ['李三', '', ''], ['李四', '1', ''], rows[7] ?? []].map((cells) => ({ cells })))
    await writer.finish()
    const workbook = readFileSync(path)
    const roster = open(join(directory, 'roster'))
    const outcome = imported(
      await roster.import([workbook.subarray(0, 3), workbook.subarray(3)], {
        onProgress: ({ rows }) => {
          if (rows === 0) return
          const paths = readdirSync(join(directory, 'roster')).map((file) => join(directory, 'roster', file))
          for (const path of paths.filter((path) => path.endsWith('.upload') && existsSync(path))) {
            const content = readFileSync(path)
            expect(content.includes('PK\x03\x04')).toBe(false)
          }
        },
      }),
    )
    expect(outcome).toMatchObject({ count: 5_000, accepted: 5_001, refused: 2, duplicates: 1 })
    expect(outcome.problems).toEqual([
      { line: 5_002, reason: 'number_missing' },
      { line: 5_003, reason: 'number_invalid' },
    ])
    expect(outcome.repeats).toEqual([{ line: 5_004, earlierLine: 9, isConflict: false }])
    expect(readdirSync(join(directory, 'roster'))).toHaveLength(2)
    expect(await roster.import([workbook.subarray(0, 9_000)])).toMatchObject({ ok: false, reason: 'sheet_broken' })
    expect(await roster.import([Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0])])).toMatchObject({
      reason: 'legacy_xls',
    })
    expect(roster.count()).toBe(5_000)
    await roster.close()
  })

  test('of a list with every kind of row counts them all', async () => {
    const roster = open()
    const rows = [
      '员工名单,,',
      '序号,姓名,身份证号码',
      '1,李三,11010519491231002X',
      '2,李三,11010519491231002x',
      '3,沙甲,110105188507070017',
      '4,沙乙,110105188507070017',
      ',,',
      '5,,110105188507070025',
      '6,李四,',
      '7,李四,110105194912310021',
      '8,L,11010518850707101X',
      '9,李四,1.10105E+17',
      '10,\uFFFD李,110105188507070025x',
      `11,李四,110105188507070025${',x'.repeat(200)}`,
      `12," 阿卜杜拉·买买提 ","='110105188507071028'"`,
      "13,沙丁,'110105188507072012",
      '14,沙戊,"=""110105188507072020"""',
      '15,沙己,110105490101001',
      '16,沙庚,４４０５２４１８８００１０１００１４',
    ]
    const outcome = imported(await roster.import(bytes(rows.join('\r\n'))))
    expect(outcome).toMatchObject({ accepted: 8, refused: 8, count: 6, duplicates: 1, conflicts: 1, encoding: 'utf-8' })
    expect(outcome.problems).toEqual([
      { line: 8, reason: 'name_missing' },
      { line: 9, reason: 'number_missing' },
      { line: 10, reason: 'number_invalid' },
      { line: 11, reason: 'name_invalid' },
      { line: 12, reason: 'number_mangled' },
      { line: 13, reason: 'undecodable' },
      { line: 14, reason: 'too_many_columns' },
      { line: 15, reason: 'number_invalid' },
    ])
    expect(roster.source.ask(question('沙乙', '110105188507070017'), CONTEXT)).toEqual(MATCH)
    expect(roster.source.ask(question('沙甲', '110105188507070017'), CONTEXT)).toEqual(MISMATCH)
    await roster.close()
  })

  test.each<[string, Buffer | string, string]>([
    ['has no such columns', '电话,地址\n1,2\n', 'number_column_not_found'],
    ['is empty', '', 'number_column_not_found'],
    ['holds nobody', '姓名,身份证号\n李三,1\n', 'no_valid_row'],
    ['is no text at all', randomBytes(200_000), 'number_column_not_found'],
    ['has a quotation mark that is never closed', `姓名,身份证号\n"李三,1\n${list(0, 10)}`, 'quote_not_closed'],
    ['has a row without end', `姓名,身份证号\n"${'李'.repeat(1_000_000)}`, 'row_too_long'],
  ])('keeps the old list where the new one %s', async (_, content, reason) => {
    const roster = open()
    imported(await roster.import(bytes(list(0, 10))))
    const outcome = await roster.import([Buffer.from(content)])
    expect(outcome).toMatchObject({ ok: false })
    if (typeof content === 'string') expect(outcome).toMatchObject({ reason })
    expect(roster.count()).toBe(10)
    await roster.close()
  })

  test('reads a list in GBK, with tabs, without headers', async () => {
    const roster = open()
    const gbk = Buffer.concat([Buffer.from([0xc0, 0xee, 0xc8, 0xfd]), Buffer.from('\t11010519491231002X\r\n')])
    expect(imported(await roster.import([gbk]))).toMatchObject({ count: 1, encoding: 'gb18030' })
    expect(roster.source.ask(LI_SAN, CONTEXT)).toEqual(MATCH)
    await roster.close()
  })

  test('reports a hundred bad rows at most, and counts them all', async () => {
    const roster = open()
    const outcome = imported(await roster.import(bytes(list(0, 1) + '李三,1\n'.repeat(500))))
    expect(outcome.refused).toBe(500)
    expect(outcome.problems).toHaveLength(100)
    await roster.close()
  })
})

/** Imports 60,000 people in a process of its own, which is killed when it comes to `step`. False: it never did. */
function importAndKill(
  directory: string,
  step: string,
  people: Buffer | string = list(0, 60_000),
  id?: string,
): Promise<boolean> {
  const script = `
    import { openRoster } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
    import { readFileSync } from 'node:fs'
    const roster = openRoster({ directory: ${JSON.stringify(directory)}, key: Buffer.alloc(32, 1) })
    const say = (step) => process.stdout.write(step + '\\n')
    const all = readFileSync(0)
    const chunks = Array.from({ length: Math.ceil(all.length / 1e6) }, (_, index) => all.subarray(index * 1e6, (index + 1) * 1e6))
    const onProgress = ({ phase, bytes }) => say(phase + ' bytes ' + Math.floor(bytes / 1e6))
    await roster.import(chunks, { onProgress, ...${JSON.stringify(id === undefined ? {} : { id })} })
    say('finished')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.on('error', () => {})
  child.stdin.end(people)
  let isThere = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!text.includes(step)) return
    isThere = true
    child.kill('SIGKILL')
  })
  return new Promise((resolve) => child.once('exit', () => resolve(isThere)))
}
