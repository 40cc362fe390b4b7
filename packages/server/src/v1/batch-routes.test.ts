import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Source } from '@heyan/core'
import { BATCHES_KEPT_MAX, newId } from '@heyan/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BatchClient, csv } from '../testing/batches.js'
import { FAULT, MATCH, MISMATCH, NO_RECORD, TestServer } from '../testing/server.js'

const HEADER = ['编号', '姓名', '身份证号', '班级']
const row = ({ name, number }: { name: string; number: string }, mark: string) => [mark, name, number, '一班']

let server: TestServer
let client: BatchClient
beforeAll(async () => {
  server = await TestServer.start({ calls: 1_000 })
  client = new BatchClient(server)
})
afterAll(() => server.close())

const idOf = (answer: { json(): Record<string, unknown> }) => String(answer.json().id)

describe('a sheet that is sent', () => {
  test('is not taken where the account keeps as many as it may, and leaves nothing behind', async () => {
    const { accountId, appId, appCode } = await server.newApplication()
    const mine = new BatchClient(server, appCode)
    const file = csv(HEADER, row(MATCH, 'a'))
    const first = idOf(await mine.upload({ file }))
    const kept = { key: '', mapping: 'null', format: 'csv', purpose: 'a', legalBasis: 'consent', rows: 1 } as const
    for (let count = 1; count < BATCHES_KEPT_MAX - 1; count++)
      await server.services.store.run('createBatch', {
        ...{ ...kept, accountId, appId, credentialId: 'a', batchId: newId('bat', server.clock.now) },
        ...{ isDeduplicated: false, keepMs: 1_000 },
      })
    const files = () => readdirSync(server.services.config.batchDir).length
    const before = files()
    const atOnce = await Promise.all([mine.upload({ file }), mine.upload({ file }), mine.upload({ file })])
    expect(atOnce.map(({ status }) => status).sort()).toEqual([202, 409, 409])
    expect(files()).toBe(before + 1)
    expect((await mine.ask('DELETE', `/${first}`)).status).toBe(204)
    expect((await mine.upload({ file })).status).toBe(202)
    expect((await mine.upload({ file })).json()).toMatchObject({ status: 409, code: 'batch_too_many' })
  })

  test('is looked through before anybody is asked about: columns, first rows, what it would cost', async () => {
    const file = csv(HEADER, row(MATCH, 'a'), row(MATCH, 'b'), row({ ...MATCH, number: '12' }, 'c'))
    const answer = await client.upload({ file })
    expect(answer.status).toBe(202)
    expect(answer.json()).toMatchObject({
      status: 'uploaded',
      rows: 3,
      masked: true,
      inspection: { headerRow: 1, nameColumn: 1, numberColumn: 2, preview: [{ row: 2 }, { row: 3 }, { row: 4 }] },
      estimate: {
        rows: 3,
        calls: 2,
        callsDeduplicated: 1,
        duplicates: 1,
        problems: { number_invalid: 1 },
        enough: true,
      },
    })
    expect((await server.usage()).charged).toBe(0)
  })

  test('whose columns nobody can tell is not begun; told which they are, it is', async () => {
    const file = csv(['甲', '乙'], ['一', '二'])
    expect((await client.upload({ file, start: 'true' })).json().code).toBe('batch_columns_unknown')
    const id = idOf(await client.upload({ file: csv(['a', 'b'], [NO_RECORD.name, NO_RECORD.number]), headerRow: '1' }))
    const wrong = await client.ask('POST', `/${id}/inspect`, { nameColumn: 0, numberColumn: 9 })
    expect(wrong.json()).toMatchObject({ inspection: { nameColumn: null }, estimate: null })
    expect((await client.ask('POST', `/${id}/start`, { nameColumn: 0, numberColumn: 9 })).status).toBe(422)
    expect((await client.ask('POST', `/${id}/start`, { nameColumn: 'a', numberColumn: 'b' })).status).toBe(202)
    expect(await client.settled(id)).toMatchObject({ status: 'completed', counts: { no_record: 1 } })
    expect((await client.ask('POST', `/${id}/start`, {})).json().code).toBe('batch_state')
  })

  test.each([
    ['no file', {}, 422, 'batch_file_missing'],
    ['a picture', { file: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex') }, 422, 'batch_file_refused'],
    ['no purpose', { file: csv(HEADER), purpose: '' }, 400, 'field_invalid'],
    ['another basis', { file: csv(HEADER), legalBasis: 'because' }, 400, 'field_invalid'],
    ['a field nobody knows', { file: csv(HEADER), colour: 'red' }, 400, 'field_unknown'],
  ])('is refused with %s, and nothing of it stays', async (_what, upload, status, code) => {
    const before = readdirSync(server.services.config.batchDir)
    const answer = await client.upload(upload as never)
    expect([answer.status, answer.json().code]).toEqual([status, code])
    expect(readdirSync(server.services.config.batchDir)).toEqual(before)
  })

  test('is refused with a signature, which says nothing about its bytes', async () => {
    const headers = { authorization: 'none', 'x-ca-key': server.application.appKey, 'x-ca-signature': 'AAAA' }
    expect((await client.upload({ file: csv(HEADER, row(MATCH, 'a')) }, headers)).status).toBe(401)
  })
})

describe('a batch', () => {
  test('answers every row, charges every verdict once, and gives the sheet back with its columns in their order', async () => {
    const { charged: before } = await server.usage()
    const wrong = { name: '李三', number: '110105194912310021' }
    const people = [MATCH, MISMATCH, NO_RECORD, wrong, { name: '', number: MATCH.number }]
    const file = csv(HEADER, ...people.map((person, index) => row(person, `=${index}`)))
    const started = await client.upload({ file, start: 'true' })
    expect(started.status).toBe(202)
    const id = idOf(started)
    const events = await client.watch(id)
    expect([events[0]?.event, events.at(-1)?.event]).toEqual(['progress', 'end'])
    expect(events.at(-1)?.batch).toMatchObject({
      status: 'completed',
      done: 5,
      counts: { match: 1, mismatch: 1, no_record: 1, problem: 2, unverified: 0 },
      charged: 3,
    })
    expect((await server.usage()).charged - before).toBe(3)

    const results = await client.ask('GET', `/${id}/results?format=csv`)
    expect(results.headers['content-type']).toBe('text/csv; charset=utf-8')
    const lines = results.text.replace('\uFEFF', '').trim().split('\r\n')
    expect(lines[0]).toBe('编号,姓名,身份证号,班级,结果,说明,建议,性别,出生日期,地区,是否计费,流水号')
    expect(lines.slice(1).map((line) => line.split(',')[4])).toEqual([
      '一致',
      '不一致',
      '查无记录',
      '信息有误',
      '信息有误',
    ])
    // Masked by default, and safe from being taken for a formula.
    expect(lines[3]).toMatch(
      /^'=2,李三,11010519491231002X,一班,查无记录,.*,女,19\*\*-\*\*-31,北京市\*\*区,是,[0-9A-F-]{36}$/,
    )
    expect(lines[4]).toMatch(/,身份证号码有误,.*,,,,否,$/)
    const few = await client.ask('GET', `/${id}/results?format=csv&columns=result,charged`)
    expect(few.text.split('\r\n')[0]).toBe('\uFEFF编号,姓名,身份证号,班级,结果,是否计费')
    const book = await client.ask('GET', `/${id}/results?format=xlsx`)
    expect(book.text.startsWith('PK')).toBe(true)
    // What was made to be sent is gone again.
    const files = () => readdirSync(join(server.services.config.batchDir, id))
    await expect.poll(() => files().filter((name) => name.startsWith('export'))).toEqual([])
  })

  test('asks once about the same name and number where somebody wants that, and marks whose answer it is', async () => {
    const { charged: before } = await server.usage()
    const file = csv(HEADER, row(MATCH, 'a'), row(NO_RECORD, 'b'), row(MATCH, 'c'), row(MATCH, 'd'))
    const id = idOf(await client.upload({ file, dedupe: 'true', start: 'true' }))
    expect(await client.settled(id)).toMatchObject({ charged: 2, duplicates: 2, counts: { match: 3, no_record: 1 } })
    expect((await server.usage()).charged - before).toBe(2)
    const { rows } = (await client.ask('GET', `/${id}/rows?outcome=match`)).json() as {
      rows: Record<string, unknown>[]
    }
    expect(rows.map(({ row, charged, duplicateOf }) => [row, charged, duplicateOf])).toEqual([
      [2, true, null],
      [4, false, 2],
      [5, false, 2],
    ])
    expect(new Set(rows.map(({ callId }) => callId)).size).toBe(1)
  })

  test('keeps an answer of a row whose source is silent while others answer, and takes it again with the row', async () => {
    const file = csv(HEADER, row(MATCH, 'a'), row(FAULT, 'b'), row(MATCH, 'c'))
    const id = idOf(await client.upload({ file, start: 'true' }))
    expect(await client.settled(id)).toMatchObject({
      status: 'completed',
      counts: { match: 2, problem: 1 },
      charged: 2,
    })
    const listed = (await client.ask('GET', `/${id}/rows`)).json() as { rows: object[]; next: null }
    expect(listed).toMatchObject({ rows: [{ row: 3, outcome: 'source_unavailable', charged: false }], next: null })
    expect((await client.ask('POST', `/${id}/rows/3`, FAULT)).json().code).toBe('source_unavailable')
    const corrected = await client.ask('POST', `/${id}/rows/3`, MISMATCH)
    expect(corrected.json()).toMatchObject({ row: 3, outcome: 'mismatch', charged: true, corrected: true })
    expect((await client.ask('GET', `/${id}`)).json()).toMatchObject({
      status: 'completed',
      counts: { match: 2, mismatch: 1, problem: 0 },
      charged: 3,
      corrections: 1,
    })
    const { text } = await client.ask('GET', `/${id}/results?format=csv&columns=result`)
    expect(text).toContain(`b,${MISMATCH.name},${MISMATCH.number},一班,不一致`)
    expect((await client.ask('POST', `/${id}/rows/99`, MATCH)).json().code).toBe('batch_row_unknown')
  })

  test('stops at the end of the quota with the rest not verified, and goes on after more was bought', async () => {
    const poor = await server.newApplication({ calls: 2 })
    const own = new BatchClient(server, poor.appCode)
    const file = csv(HEADER, ...['a', 'b', 'c', 'd', 'e'].map((mark) => row(MATCH, mark)))
    const id = idOf(await own.upload({ file, start: 'true' }))
    expect(await own.settled(id)).toMatchObject({
      status: 'out_of_quota',
      reason: 'quota_exhausted',
      charged: 2,
      counts: { match: 2, unverified: 3 },
    })
    const { text } = await own.ask('GET', `/${id}/results?format=csv&columns=result`)
    expect(text.match(/未核验/g)).toHaveLength(3)
    await server.operate('POST', `/applications/${poor.appId}/lots`, { calls: 10 })
    expect((await own.ask('POST', `/${id}/resume`)).status).toBe(200)
    expect(await own.settled(id)).toMatchObject({ status: 'completed', charged: 5, counts: { match: 5 } })
    expect((await server.usage(poor.appId)).charged).toBe(5)
  })

  test('is paused, gone on with and cancelled; what was under way keeps its answer, what has one is not asked about again', async () => {
    let asked = 0
    const waiting: (() => void)[] = []
    const source: Source = {
      name: 'slow',
      isLocal: false,
      isReady: () => true,
      close: () => undefined,
      async ask() {
        asked += 1
        await new Promise<void>((resolve) => waiting.push(resolve))
        return { kind: 'verdict', verdict: 'match' }
      },
    }
    const own = await TestServer.start({ calls: 100, source })
    const mine = new BatchClient(own)
    const file = csv(HEADER, ...Array.from({ length: 60 }, (_, index) => row(MATCH, String(index))))
    const id = idOf(await mine.upload({ file, start: 'true' }))
    await expect.poll(() => waiting.length).toBeGreaterThan(0)
    const underWay = async (path: string) => {
      const answer = await mine.ask('POST', `/${id}${path}`)
      // What is under way comes to its end, and nothing else is begun.
      const open = setInterval(() => {
        for (const go of waiting.splice(0)) go()
      }, 20)
      await expect.poll(() => own.services.store.run('isJobDue', { kind: 'batch' })).toBe(false)
      const batch = await mine.settled(id)
      await expect.poll(async () => (await mine.ask('POST', `/${id}/rows/2`, MATCH)).status).not.toBe(409)
      clearInterval(open)
      return { status: answer.status, batch }
    }
    const paused = await underWay('/pause')
    expect(paused).toMatchObject({ status: 200, batch: { status: 'paused' } })
    expect(asked).toBeLessThan(60)
    expect((await mine.ask('POST', `/${id}/pause`)).json().code).toBe('batch_state')
    expect((await mine.ask('POST', `/${id}/resume`)).json()).toMatchObject({ status: 'queued' })
    await expect.poll(() => waiting.length).toBeGreaterThan(0)
    const cancelled = await underWay('/cancel')
    expect(cancelled).toMatchObject({ status: 200, batch: { status: 'cancelled' } })
    // Every answer is there, and every question was charged once: those of the sheet, and those of the corrections.
    const over = (await mine.ask('GET', `/${id}`)).json() as Record<'done' | 'charged' | 'corrections', number>
    expect([over.charged, asked]).toEqual([over.done + over.corrections, over.done + over.corrections])
    expect((await own.usage()).charged).toBe(asked)
    expect((await mine.ask('POST', `/${id}/resume`)).json().code).toBe('batch_state')
    await own.close()
  })

  test('stands still once its credential is revoked, and goes on with the one that resumes it', async () => {
    const other = await server.newApplication({ calls: 10 })
    const own = new BatchClient(server, other.appCode)
    const id = idOf(await own.upload({ file: csv(HEADER, row(MATCH, 'a')) }))
    const { store } = server.services
    const credentials = (await store.run('listCredentials', other.appId)) ?? []
    const code = credentials.find(({ kind }) => kind === 'app_code')
    const mapping = JSON.stringify({ sheet: null, headerRow: 1, nameColumn: 1, numberColumn: 2, titles: HEADER })
    const place = { accountId: other.accountId, batchId: id }
    await store.run('revokeCredential', { actor: 'operator', appId: other.appId, credentialId: code?.id ?? '' })
    const start = { credentialId: code?.id ?? '', mapping, rows: 1, isDeduplicated: false, keepMs: 3_600_000 }
    await store.run('startBatch', { ...place, ...start })
    await server.services.batches.runDue()
    await expect.poll(async () => (await store.run('findBatch', place))?.status).toBe('paused')
    expect(await store.run('findBatch', place)).toMatchObject({ reason: 'credential_revoked', counts: { charged: 0 } })
    const issued = await server.operate('POST', `/applications/${other.appId}/credentials`, { kind: 'app_code' })
    const fresh = new BatchClient(server, String(issued.json().secret))
    expect((await fresh.ask('POST', `/${id}/resume`)).status).toBe(200)
    expect(await fresh.settled(id)).toMatchObject({ status: 'completed', charged: 1 })
  })

  test('takes rows as JSON, and a row that says nothing is a row all the same', async () => {
    const rows = [{ ...MATCH, reference: 'A-1' }, { name: '', number: '' }, MISMATCH]
    const answer = await client.ask('POST', '', { rows, purpose: '售票', legalBasis: 'contract', start: true })
    expect([answer.status, answer.json().format]).toEqual([202, 'json'])
    const id = idOf(answer)
    expect(await client.settled(id)).toMatchObject({ counts: { match: 1, mismatch: 1, problem: 1 }, charged: 2 })
    const { text } = await client.ask('GET', `/${id}/results?format=csv&columns=result`)
    expect(text).toContain(`1,${MATCH.name},${MATCH.number},A-1,一致`)
  })

  test('is nobody else’s: another application of whatever account finds nothing', async () => {
    const id = idOf(await client.upload({ file: csv(HEADER, row(MATCH, 'a')) }))
    const { accountId } = server.application
    const sister = await server.newApplication({ accountId })
    for (const { appCode } of [await server.newApplication(), sister]) {
      const other = new BatchClient(server, appCode)
      for (const [method, path, body] of [
        ['GET', ''],
        ['GET', '/events'],
        ['GET', '/rows'],
        ['GET', '/results'],
        ['POST', '/pause'],
        ['POST', '/inspect', {}],
        ['POST', '/start', {}],
        ['POST', '/rows/2', MATCH],
        ['DELETE', ''],
      ] as const)
        expect((await other.ask(method, `/${id}${path}`, body)).json().code).toBe('batch_unknown')
      expect((await other.ask('GET', '')).json()).toEqual({ batches: [] })
    }
    expect((await server.ask(`/v1/batches/${id}`)).status).toBe(401)
  })
})

describe('what is left of it', () => {
  test('no name and no number is on the disk in the clear; deleted, it has no files and no key, and its history stays', async () => {
    server.clock.now += 1
    const id = idOf(await client.upload({ file: csv(HEADER, row(MISMATCH, 'a')), start: 'true' }))
    await client.settled(id)
    const directory = join(server.services.config.batchDir, id)
    const bytes = Buffer.concat(readdirSync(directory).map((name) => readFileSync(join(directory, name))))
    expect(bytes.length).toBeGreaterThan(100)
    for (const secret of [MISMATCH.name, MISMATCH.number, '身份证号', 'mismatch'])
      expect(bytes.includes(Buffer.from(secret))).toBe(false)

    expect((await client.ask('DELETE', `/${id}`)).status).toBe(204)
    expect(existsSync(directory)).toBe(false)
    expect((await client.ask('GET', `/${id}/results`)).json().code).toBe('batch_destroyed')
    expect((await client.ask('GET', `/${id}`)).json()).toMatchObject({ purpose: '新生入学', charged: 1, done: 1 })
    expect((await client.ask('POST', `/${id}/resume`)).json().code).toBe('batch_destroyed')
    const [newest] = (await client.ask('GET', '?limit=1')).json().batches as { id: string; deletedAt: string }[]
    expect([newest?.id, newest?.deletedAt === null]).toEqual([id, false])
  })

  test('it is destroyed by itself when its time is over', async () => {
    const own = await TestServer.start({ calls: 10, environment: { BATCH_KEEP_HOURS: '2' } })
    const mine = new BatchClient(own)
    const id = idOf(await mine.upload({ file: csv(HEADER, row(MATCH, 'a')), start: 'true' }))
    await mine.settled(id)
    own.clock.now += 2 * 3_600_000 - 1
    await own.services.batches.destroyExpired()
    expect((await mine.ask('GET', `/${id}/results`)).status).toBe(200)
    own.clock.now += 1
    await own.services.batches.destroyExpired()
    expect((await mine.ask('GET', `/${id}/results`)).json().code).toBe('batch_destroyed')
    expect(existsSync(join(own.services.config.batchDir, id))).toBe(false)
    await own.close()
  })
})
