import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Source } from '@heyan/core'
import { expect, test } from 'vitest'
import { readConfig } from '../config.js'
import { quietLog } from '../log.js'
import { startServer } from '../serve.js'
import { csv } from '../testing/batches.js'
import { MATCH } from '../testing/server.js'

const ROWS = 40

/** Beyond this machine; answers so many questions, and the others once it is told to. */
function patientSource(answered: number) {
  const asked: string[] = []
  const waiting: (() => void)[] = []
  let isOpen = false
  const source: Source = {
    name: 'patient',
    isLocal: false,
    isReady: () => true,
    close: () => undefined,
    async ask(_subject, { callId }) {
      asked.push(callId)
      if (asked.length > answered && !isOpen) await new Promise<void>((resolve) => waiting.push(resolve))
      return { kind: 'verdict', verdict: 'match' }
    },
  }
  const open = () => {
    isOpen = true
    for (const go of waiting.splice(0)) go()
  }
  return { source, asked, waiting, open }
}

test('closed in the middle, the next process goes on: every row has its answer, none was asked twice, one event tells of it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'heyan-batches-'))
  const config = readConfig({ DATA_DIR: directory, PORT: '0', DEMO: 'off' })
  const start = (source: Source) => startServer(config, { source, log: quietLog(), drainNoticeMs: 0 })

  const first = patientSource(10)
  const one = await start(first.source)
  const created = await one.services.store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'A hospital',
    mode: 'live',
    fields: 'full',
    calls: 1_000,
    validDays: 30,
    isNoRecordFree: false,
  })
  if (typeof created === 'string') throw new Error(created)
  const headers = { authorization: `Bearer ${created.appCode}` }
  const form = new FormData()
  form.append('purpose', '体检')
  form.append('legalBasis', 'consent')
  form.append('start', 'true')
  const people = Array.from({ length: ROWS }, () => [MATCH.name, MATCH.number])
  form.append('file', new Blob([csv(['姓名', '身份证号'], ...people)]))
  const sent = await fetch(`${one.url}/v1/batches`, { method: 'POST', headers, body: form })
  const { id } = (await sent.json()) as { id: string }
  // Ten are answered, and as many are under way as may be.
  await expect.poll(() => first.waiting.length, { timeout: 25_000 }).toBeGreaterThan(0)
  const stopped = one.close()
  first.open()
  await stopped
  expect(first.asked.length).toBeLessThan(ROWS)

  const second = patientSource(ROWS)
  const two = await start(second.source)
  const place = { accountId: created.accountId, batchId: id }
  const read = () => two.services.store.run('findBatch', place)
  await expect.poll(async () => (await read())?.status, { timeout: 25_000 }).toBe('completed')
  expect(await read()).toMatchObject({ counts: { match: ROWS, charged: ROWS, problem: 0 } })
  expect(first.asked.length + second.asked.length).toBe(ROWS)
  expect((await two.services.store.run('readUsage', created.appId))?.charged).toBe(ROWS)
  await two.close()
  rmSync(directory, { recursive: true, force: true })
}, 60_000)
