import { describe, expect, test } from 'vitest'
import { quietLog } from './log.js'
import { MATCH, MISMATCH, TestServer } from './testing/server.js'

describe('the log', () => {
  test('says of a request how it ended, in one line of JSON, and nothing of what it said', async () => {
    const server = await TestServer.start()
    const headers = { authorization: `APPCODE ${server.application.appCode}` }
    const query = ({ name, number }: { name: string; number: string }) => `xm=${encodeURIComponent(name)}&sfz=${number}`
    const asked = [
      await server.ask(`/idcard?${query(MATCH)}`, { headers }),
      await server.ask(`/idcard?${query(MISMATCH)}`, { headers }),
      await server.ask(`/idcard?${query({ name: 'x', number: 'y' })}`, { headers }),
      await server.ask(`/idcard?${query(MATCH)}`),
      await server.ask(`/${MATCH.number}/${encodeURIComponent(MATCH.name)}`),
    ]
    const lines = server.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request')
    expect(lines).toHaveLength(asked.length)
    const application = server.application.appId
    expect(lines.map(({ level, time, msg, ms, requestId, ...rest }) => rest)).toEqual([
      { method: 'GET', route: '/idcard', status: 200, application, outcome: 'verdict' },
      { method: 'GET', route: '/idcard', status: 200, application, outcome: 'verdict' },
      { method: 'GET', route: '/idcard', status: 666, application, outcome: 'name_invalid' },
      { method: 'GET', route: '/idcard', status: 403, outcome: 'no_credential' },
      { method: 'GET', route: '', status: 400, outcome: 'path_unknown' },
    ])
    // What the caller was shown finds its line.
    expect(lines.map(({ requestId }) => requestId)).toEqual(asked.map(({ headers: { 'x-ca-request-id': id } }) => id))
    expect(lines.every(({ ms }) => typeof ms === 'number' && ms >= 0)).toBe(true)
    await server.close()
  })

  test('a fault has its name, message and stack; what is thrown and no Error is told all the same', () => {
    const lines: string[] = []
    const log = quietLog((line) => lines.push(line))
    log.error('it broke', new TypeError('of glass'), { job: 'a' })
    log.error('it broke', 'of glass')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { msg: 'it broke', job: 'a', err: { type: 'TypeError', message: 'of glass', stack: expect.any(String) } },
      { msg: 'it broke', err: { type: 'Error', message: 'of glass' } },
    ])
    expect(lines.every((line) => line.trim().split('\n').length === 1)).toBe(true)
  })
})
