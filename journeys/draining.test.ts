import { readFileSync } from 'node:fs'
import { Agent, get, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { greeted, heyan, LI_SAN, newFolder, serve } from './processes.js'

/** Invented; the sandbox answers it after two seconds. */
const SLOW = `xm=${encodeURIComponent('沙延迟')}&sfz=110105188507073015`
const CLIENTS = 16
const ENDED_WITHIN_MS = 10_000

interface Answer {
  readonly status: number
  readonly isLast: boolean
  readonly body: string
}

function ask(url: string, agent: Agent, appCode: string, query: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}/idcard?${query}`, { agent, headers: { authorization: `APPCODE ${appCode}` } })
    request.once('error', reject)
    request.once('response', (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk
      })
      response.once('error', reject)
      const { statusCode: status = 0, headers } = response
      response.once('end', () => resolve({ status, isLast: headers.connection === 'close', body }))
    })
  })
}

test.concurrent('SIGTERM lets what is under way finish: no caller who closes when told to meets a broken connection', async () => {
  const server = await serve(newFolder())
  const create = async (...args: string[]) => {
    const created = await heyan(['app', 'create', '--name', 'a', '--calls', '1000000', ...args, '--json'], server.env)
    return JSON.parse(created.stdout) as { appId: string; appCode: string }
  }
  const live = await create()
  const slow = await create('--sandbox')

  let answered = 0
  let isWarm: () => void = () => undefined
  const warm = new Promise<void>((resolve) => {
    isWarm = resolve
  })
  const client = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let isOver = false; !isOver; ) {
      const { status, isLast } = await ask(server.url, agent, live.appCode, LI_SAN)
      expect(status).toBe(200)
      answered++
      if (answered === 50 * CLIENTS) isWarm()
      isOver = isLast
    }
    agent.destroy()
  }
  const clients = Promise.all(Array.from({ length: CLIENTS }, client))
  await warm
  // One who came and says nothing does not hold the end up.
  const silent = connect(Number(new URL(server.url).port), '127.0.0.1')
  await new Promise((resolve) => silent.once('connect', resolve))
  silent.on('error', () => undefined)
  const late = Promise.all([0, 1, 2].map(() => ask(server.url, new Agent(), slow.appCode, SLOW)))
  // The slow ones are under way once a call that was sent after them is answered.
  await ask(server.url, new Agent(), live.appCode, LI_SAN)
  answered++

  const begun = performance.now()
  const code = server.stop()
  await clients
  expect((await late).map(({ status, body }) => [status, JSON.parse(body).match])).toEqual(
    [0, 1, 2].map(() => [200, true]),
  )
  expect(await code).toBe(0)
  const ms = Math.round(performance.now() - begun)
  console.log(`from SIGTERM to the end under ${CLIENTS} clients: ${ms} ms, ${answered} answers`)
  expect(ms).toBeLessThan(ENDED_WITHIN_MS)

  const audit = await heyan(['audit', '--json'], server.env)
  expect(JSON.parse(audit.stdout)).toMatchObject({ ok: true, problems: [] })
  const again = await serve(newFolder(), { DATA_DIR: server.env.DATA_DIR ?? '' })
  const usage = await heyan(['usage', live.appId, '--json'], again.env)
  expect(JSON.parse(usage.stdout)).toMatchObject({ used: answered, charged: answered, reserved: 0 })
})

test.concurrent('who never comes to an end of what they send cannot hold the end up: it comes within ten seconds', async () => {
  const folder = newFolder()
  const server = await serve(folder)
  const token = readFileSync(join(folder, 'data', 'operator.token'), 'utf8').trim()
  const upload = httpRequest(`${server.url}/admin/v1/roster`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
  })
  const isCut = new Promise((resolve) =>
    upload.once('response', (response) => response.once('error', resolve).resume()),
  )
  upload.on('error', () => undefined)
  const isTaken = new Promise((resolve) => upload.once('response', resolve))
  upload.write('姓名,身份证号码\n王五,11010519491231002X\n')
  await isTaken

  const begun = performance.now()
  expect(await server.stop()).toBe(0)
  expect(performance.now() - begun).toBeLessThan(ENDED_WITHIN_MS)
  await isCut
  // The list that was there before serves on.
  const again = await serve(folder)
  const { appCode } = greeted(again.output())
  expect((await ask(again.url, new Agent(), appCode, LI_SAN)).body).toContain('"match":true')
})
