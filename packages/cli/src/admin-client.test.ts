import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { AdminClient } from './admin-client.js'
import { fileToSend } from './file-to-send.js'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** A client of a server that is not ours, or not well. */
async function clientOf(answer: RequestListener): Promise<AdminClient> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return new AdminClient({ HEYAN_URL: `http://127.0.0.1:${port}/`, HEYAN_TOKEN: 'hyop_x' })
}

test('the token and the path go out as they are given', async () => {
  const client = await clientOf((request, response) =>
    response.end(JSON.stringify([request.method, request.url, request.headers.authorization])),
  )
  expect(await client.get('/a?b=1')).toEqual(['GET', '/admin/v1/a?b=1', 'Bearer hyop_x'])
})

test('a server that is none of ours is told as such, whatever it says', async () => {
  const page = await clientOf((_request, response) => response.end('<html>'))
  await expect(page.get('/')).rejects.toMatchObject({ code: 'answer_unknown' })
  const gateway = await clientOf((_request, response) => response.writeHead(502).end('<html>'))
  await expect(gateway.get('/')).rejects.toThrow('the server answers 502: is it a Heyan server?')
})

test('an answer that breaks off is told as such', async () => {
  const client = await clientOf((_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{')
    response.socket?.destroySoon()
  })
  await expect(client.get('/')).rejects.toMatchObject({ code: 'connection_broken' })
})

test('an upload that is refused is not sent to its end', async () => {
  const client = await clientOf((_request, response) =>
    response.writeHead(401).end('{"code":"operator_unproven","title":"No."}'),
  )
  let isStopped = false
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(65_536))
    },
    destroy(error, done) {
      isStopped = true
      done(error)
    },
  })
  const sent = async () => {
    for await (const _ of client.upload('/roster', endless));
  }
  await expect(sent()).rejects.toMatchObject({ code: 'operator_unproven', message: 'No.' })
  expect(isStopped).toBe(true)
})

test('lines come as they are said, however they are cut', async () => {
  const client = await clientOf((_request, response) => {
    response.write('{"a":1}\n{"b"')
    setImmediate(() => response.end(':2}\n\n{"c":3}'))
  })
  const lines: unknown[] = []
  for await (const line of client.upload('/roster', Readable.from([]))) lines.push(line)
  expect(lines).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }])
})

test('a file is looked at before anybody is asked', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-file-'))
  writeFileSync(join(folder, 'list.csv'), 'abc')
  expect(fileToSend(join(folder, 'list.csv')).size).toBe(3)
  expect(() => fileToSend(join(folder, 'none.csv'))).toThrow('there is no file')
  expect(() => fileToSend(folder)).toThrow('is a directory')
  rmSync(folder, { recursive: true })
})
