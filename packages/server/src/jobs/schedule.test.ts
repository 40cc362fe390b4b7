import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MATCH, TestServer } from '../testing/server.js'
import { startJobs } from './schedule.js'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
let server: TestServer
let stop: () => Promise<void>

beforeEach(async () => {
  server = await TestServer.start({ calls: 5, validDays: 1 })
  // From here on only the test moves the timers; the server's own jobs keep the real ones.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  stop = startJobs(server.services)
})

afterEach(async () => {
  await stop()
  vi.useRealTimers()
  await server.close()
})

/** Lets so much time pass for the timers, and waits for what they started. */
async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms)
  await stop()
  stop = startJobs(server.services)
}

const faults = () => server.lines.map((line) => JSON.parse(line)).filter(({ err }) => err !== undefined)

describe('by itself', () => {
  test('usage is written every second', async () => {
    const { store, usage } = server.services
    usage.count(server.application.accountId, server.application.appId, 'name_invalid', server.clock.now)
    await pass(SECOND_MS - 1)
    expect(await store.run('readUsage', server.application.appId)).toMatchObject({ free: 0 })
    await pass(SECOND_MS)
    expect(await store.run('readUsage', server.application.appId)).toMatchObject({ free: 1 })
  })

  test('what is left of a lapsed lot expires within a minute', async () => {
    server.clock.now += DAY_MS
    await pass(MINUTE_MS)
    expect(await server.usage()).toMatchObject({ granted: 5, expired: 5, remaining: 0 })
  })

  test('the ledger is added up every minute; where it does not add up the process is told to end', async () => {
    const fatal: Error[] = []
    const { store } = server.services
    store.on('fatal', (error) => fatal.push(error))
    const headers = { authorization: `APPCODE ${server.application.appCode}` }
    await server.ask(`/idcard?xm=${encodeURIComponent(MATCH.name)}&sfz=${MATCH.number}`, { headers })
    await pass(MINUTE_MS)
    expect(fatal).toEqual([])
    vi.spyOn(store, 'check').mockResolvedValueOnce(['lot_1: 1 used, its entries say 2'])
    await pass(MINUTE_MS)
    expect(fatal.map(({ message }) => message)).toEqual([
      'the ledger does not add up: lot_1: 1 used, its entries say 2',
    ])
  })

  test('a job that fails is told and tried again; the others go on', async () => {
    const flush = vi.spyOn(server.services.usage, 'flush').mockRejectedValueOnce(new Error('the disk is full'))
    await pass(SECOND_MS)
    expect(faults()).toMatchObject([{ msg: 'the job "write usage" failed', err: { message: 'the disk is full' } }])
    await pass(SECOND_MS)
    expect(flush).toHaveBeenCalledTimes(2)
    expect(faults()).toHaveLength(1)
  })

  test('a job that takes long is not started twice, and the end waits for it', async () => {
    let finish: () => void = () => undefined
    const flush = vi.spyOn(server.services.usage, 'flush').mockReturnValueOnce(
      new Promise((resolve) => {
        finish = resolve
      }),
    )
    vi.advanceTimersByTime(3 * SECOND_MS)
    expect(flush).toHaveBeenCalledTimes(1)
    let isStopped = false
    const stopped = stop().then(() => {
      isStopped = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isStopped).toBe(false)
    finish()
    await stopped
    vi.advanceTimersByTime(3 * SECOND_MS)
    expect(flush).toHaveBeenCalledTimes(1)
  })
})
