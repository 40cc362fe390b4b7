import { afterEach, expect, test } from 'vitest'
import { auditShared, newCallId, Store } from './index.js'

const MASTER = Buffer.alloc(32, 7)
const NOON = Date.UTC(2026, 0, 15, 4)
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

test("a copy made by PostgreSQL's own tool beside calls under way has every call charged before it, and adds up", async (context) => {
  // By its address: it is a script without types.
  const script = new URL('../../../scripts/postgres/server.mjs', import.meta.url).href
  const { startPostgres } = await import(script)
  const server = await startPostgres()
  closers.push(() => server.close())
  const url = await server.createDatabase()
  const store = await Store.open({ url, master: MASTER, now: () => NOON })
  closers.push(() => store.close())
  const application = await store.run('createApplication', {
    actor: 'operator',
    accountId: null,
    name: 'A hospital',
    mode: 'live',
    fields: 'masked',
    calls: 100_000,
    validDays: 30,
    isNoRecordFree: false,
  })
  if (typeof application === 'string') throw new Error(application)
  const charge = () =>
    store.charge(
      {
        id: newCallId(NOON),
        at: NOON,
        accountId: application.accountId,
        applicationId: application.appId,
        credentialId: 'cred_1',
        nonce: null,
        repeat: null,
      },
      { source: 'roster', isNoRecord: false, free: null },
    )
  await Promise.all(Array.from({ length: 100 }, charge))
  let isOver = false
  const underWay = (async () => {
    while (!isOver) await Promise.all(Array.from({ length: 10 }, charge))
  })()
  const copy = await server.createStandby().catch((error: NodeJS.ErrnoException) => {
    // Binaries without pg_basebackup: the test is skipped, and says so.
    if (error.code === 'ENOENT') return null
    throw error
  })
  isOver = true
  await underWay
  if (copy === null) return context.skip('these binaries have no pg_basebackup')
  await server.stop('immediate')
  await copy.promote()
  const restored = new URL(url)
  restored.port = String(copy.port)
  const report = await auditShared(restored.href, MASTER)
  expect(report.problems).toEqual([])
  expect(report.entries).toBeGreaterThanOrEqual(101)
  await server.start()
})
