import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Batch, BatchClient } from './batch-client.js'
import { follow } from './follow.js'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** A client of a server that breaks off where it should not. */
async function clientOf(answer: RequestListener): Promise<BatchClient> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return new BatchClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'code')
}

const AT_ONCE = { tryAgainMs: 0 }
const batch = (status: Batch['status'], done: number) => JSON.stringify({ id: 'bat_x', status, done, rows: 3 })
const event = (response: ServerResponse, kind: string, data: string) =>
  response.write(`event: ${kind}\ndata: ${data}\n\n`)

test('progress is told as it comes, whatever pieces it comes in, until the batch stops', async () => {
  let asked = 0
  const client = await clientOf((request, response) => {
    if (!request.url?.endsWith('/events')) return response.end(batch(asked++ === 0 ? 'running' : 'completed', 3))
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': here\n\nevent: progress\nda')
    setImmediate(() => {
      response.write(`ta: ${batch('running', 1)}\n\n`)
      event(response, 'end', batch('completed', 3))
      response.end()
    })
    return response
  })
  const seen: number[] = []
  expect(await follow(client, 'bat_x', ({ done }) => seen.push(done), AT_ONCE)).toMatchObject({ status: 'completed' })
  expect(seen).toEqual([3, 1, 3, 3])
})

test('a server that breaks off, or answers with a page of its gateway, is asked again', async () => {
  let turn = 0
  const client = await clientOf((_request, response) => {
    turn++
    if (turn === 1) return response.socket?.destroy()
    if (turn === 2) return response.writeHead(502).end('<html>')
    return response.end(batch('completed', 3))
  })
  expect(await follow(client, 'bat_x', () => undefined, AT_ONCE)).toMatchObject({ status: 'completed' })
  expect(turn).toBe(3)
})

test('one that stays away is given up, and what it refuses is told at once', async () => {
  const away = await clientOf((_request, response) => response.socket?.destroy())
  await expect(follow(away, 'bat_x', () => undefined, { awayMaxMs: 0 })).rejects.toMatchObject({
    code: 'connection_broken',
  })
  const refusing = await clientOf((_request, response) =>
    response.writeHead(404).end('{"code":"batch_unknown","title":"No."}'),
  )
  await expect(follow(refusing, 'bat_x', () => undefined, AT_ONCE)).rejects.toMatchObject({ code: 'batch_unknown' })
})
