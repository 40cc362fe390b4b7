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

  test('a fault has its type, its code, its message and where it happened, in one line', () => {
    const lines: string[] = []
    const log = quietLog((line) => lines.push(line))
    log.error('it broke', Object.assign(new TypeError('no space left on device'), { code: 'ENOSPC' }), { job: 'a' })
    log.error('it broke', 'of glass')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { msg: 'it broke', job: 'a', err: { type: 'TypeError', code: 'ENOSPC', message: 'no space left on device' } },
      { msg: 'it broke', err: { type: 'Error', message: 'of glass' } },
    ])
    expect(JSON.parse(lines[0] ?? '').err.stack).toMatch(/^ {4}at .*log\.test\.ts/)
    expect(lines.every((line) => line.trim().split('\n').length === 1)).toBe(true)
  })

  test('a fault tells of nobody, whatever its message, its cause and its fields hold', () => {
    const lines: string[] = []
    const log = quietLog((line) => lines.push(line))
    const query = `xm=${encodeURIComponent('邶鄘郐')}&sfz=210202188409150013`
    for (const message of [
      'no answer about 邶鄘郐, 210202188409150013',
      `GET http://supplier/idcard?${query} failed`,
      `Unexpected token 'B', "{"xm":"Bei Yong"... is not valid JSON`,
      'cannot read `Bei Yong`',
      'wrong code hyacya19jrzzdsa3axz8x6t0fmb87zrr65f0',
      'line 1\nof 邶鄘郐\n    at nowhere',
    ]) {
      const cause = new Error('邶鄘郐')
      log.error('it broke', Object.assign(new Error(message, { cause }), { url: query, body: { xm: '邶鄘郐' } }))
    }
    for (const line of lines) expect(line).not.toMatch(/邶|鄘|郐|210202|Bei|Yong|%E9|hyac/)
    expect(JSON.parse(lines[1] ?? '').err.message).toBe('GET http://supplier/idcard?xm=***&sfz=*** failed')
  })

  test('a source that breaks its promise and throws a person is logged without them, and its caller is told nothing', async () => {
    const source = {
      name: 'record',
      isLocal: true,
      isReady: () => true,
      close: () => undefined,
      ask: () => {
        throw new Error(`no answer about ${MATCH.name} ${MATCH.number} ${encodeURIComponent(MATCH.name)}`)
      },
    }
    const server = await TestServer.start({ source })
    const headers = { authorization: `APPCODE ${server.application.appCode}` }
    const answer = await server.ask(`/idcard?xm=${encodeURIComponent(MATCH.name)}&sfz=${MATCH.number}`, { headers })
    expect(answer.json()).toEqual({ ok: 0, msg: '核验服务暂不可用，请稍后重试' })
    expect(await server.usage()).toMatchObject({ used: 0 })
    const text = server.lines.join('')
    expect(text).toContain('a verification met a fault')
    for (const told of [MATCH.name, MATCH.number, encodeURIComponent(MATCH.name)]) expect(text).not.toContain(told)
    await server.close()
  })
})
