import { createServer, type IncomingMessage, type Server } from 'node:http'
import { escapeRawBytes } from '@heyan/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutAt, turn, Wire } from '../testing/wire.js'
import { type Held, HeldConnections } from './held-connections.js'
import { acceptRawRequestLines, streamOf } from './raw-request-line.js'
import { isLate } from './request-stream.js'

interface Seen {
  readonly requests: readonly { readonly line: string; readonly headers: readonly string[]; readonly body: string }[]
  /** What the parser refused, if it did; then the connection is over. */
  readonly refused: string | undefined
}

/** What a server of Node's own sees of some packets, with and without the stream in front. */
async function seenOf(packets: readonly Buffer[], isRawAccepted: boolean): Promise<Seen> {
  const requests: { line: string; headers: string[]; body: string }[] = []
  const server: Server = createServer({ requireHostHeader: false }, (request, response) => {
    const one = { line: `${request.method} ${request.url}`, headers: request.rawHeaders, body: '' }
    requests.push(one)
    request.on('data', (chunk: Buffer) => {
      one.body += chunk.toString('latin1')
    })
    request.on('end', () => response.end())
  })
  let refused: string | undefined
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    // Whether anything comes behind a request that closes the connection is seen only where it comes soon enough.
    if (error.code !== 'HPE_CLOSED_CONNECTION') refused ??= error.code
    socket.destroy()
  })
  if (isRawAccepted) acceptRawRequestLines(server)
  const wire = new Wire(server)
  await wire.send(packets)
  wire.push(null)
  for (let turns = 0; turns < 3; turns++) await turn()
  wire.destroy()
  return { requests, refused }
}

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const bytes = (minimum: number, maximum: number) =>
  fc
    .uint8Array({ min: minimum, max: maximum, minLength: 1, maxLength: 12 })
    .map((array) => Buffer.from(array).toString('latin1'))
const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019-'), minLength: 1, maxLength: 8 })
const value = fc.oneof(word, bytes(0x80, 0xff), fc.constant('%E6%9D%8E'))
const target = fc
  .tuple(word, fc.array(fc.tuple(word, value), { maxLength: 3 }))
  .map(([path, pairs]) => `/${path}?${pairs.map((pair) => pair.join('=')).join('&')}`)
/** What a body may look like: bytes of all kinds, empty lines, and requests of their own. */
const text = fc.oneof(
  bytes(0, 0xff),
  fc.constantFrom('\r\n\r\n', '0\r\n\r\n', 'GET /\xe6?\xff HTTP/1.1\r\nHost: b\r\n\r\n', ''),
)
const fields = fc
  .array(fc.tuple(word, fc.oneof(word, bytes(0x80, 0xff))), { maxLength: 3 })
  .map((pairs) => ['Host: a', ...pairs.map(([name, content]) => `x-${name}: ${content}`)])

interface Sent {
  readonly wire: string
  readonly line: string
  readonly body: string
}

const escaped = (raw: string) => escapeRawBytes(latin1(raw))
const sent = (method: string, path: string, headers: readonly string[], body: string, wireBody: string): Sent => ({
  wire: `${method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${wireBody}`,
  line: `${method} ${escaped(path)}`,
  body,
})
const message: fc.Arbitrary<Sent> = fc.oneof(
  fc.tuple(target, fields).map(([path, headers]) => sent('GET', path, headers, '', '')),
  fc
    .tuple(fc.constantFrom('POST', 'GET'), target, fields, text)
    .map(([method, path, headers, body]) =>
      sent(method, path, [...headers, `Content-Length: ${body.length}`], body, body),
    ),
  fc
    .tuple(
      target,
      fields,
      fc.array(
        text.filter((part) => part !== ''),
        { maxLength: 3 },
      ),
      fc.boolean(),
    )
    .map(([path, headers, parts, hasTrailer]) => {
      const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')
      const end = `0\r\n${hasTrailer ? 'x-t: \xe6\r\n' : ''}\r\n`
      return sent('POST', path, [...headers, 'Transfer-Encoding: chunked'], parts.join(''), `${chunks}${end}`)
    }),
)

describe('a connection on its way to the parser', () => {
  test('carries any requests, cut anywhere: the lines escaped, the rest to the byte as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        async (messages, cuts) => {
          const stream = latin1(messages.map(({ wire }) => wire).join(''))
          const { requests, refused } = await seenOf(cutAt(stream, cuts), true)
          expect(refused).toBeUndefined()
          expect(requests.map(({ line, body }) => ({ line, body }))).toEqual(
            messages.map(({ line, body }) => ({ line, body })),
          )
        },
      ),
      { numRuns: 400 },
    )
  })

  test('carries one stream of every kind of request the same, cut in two at each of its bytes', async () => {
    const stream = latin1(
      [
        'GET /a?\xc0\xee HTTP/1.1\r\nHost: a\r\nX-Note: \xc0\r\n\r\n',
        '\r\nPOST /b?\xe6\x9d\x8e HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n\r\n\r\nGET /\xff',
        'POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n\r\n\r\n\xe6 \r\n0\r\n\r\n',
        'DELETE /d HTTP/1.1\r\nHost: a\r\n\r\nGET /\xe6 HTTP/1.1\r\nHost: a\r\n\r\n',
      ].join(''),
    )
    const whole = await seenOf([stream], true)
    expect(whole.requests.map(({ line }) => line)).toEqual([
      'GET /a?%C0%EE',
      'POST /b?%E6%9D%8E',
      'POST /c',
      'DELETE /d',
      'GET /%E6',
    ])
    for (let place = 1; place < stream.length; place++)
      expect(await seenOf(cutAt(stream, [place]), true)).toEqual(whole)
    expect(await seenOf(cutAt(stream, [...stream.keys()]), true)).toEqual(whole)
  })

  test('is the parser’s own, to the request and to the refusal, where no line holds such a byte', async () => {
    const changed = fc
      .tuple(fc.array(message, { minLength: 1, maxLength: 3 }), fc.nat(), word, fc.nat({ max: 12 }))
      .map(([messages, at, inserted, dropped]) => {
        const stream = messages.map(({ wire, line }) => `${line}${wire.slice(wire.indexOf(' HTTP/1.1'))}`).join('')
        const place = at % stream.length
        return latin1(`${stream.slice(0, place)}${inserted}${stream.slice(place + dropped)}`)
      })
      // Where a body is taken for a request line, that is the only difference there may be.
      .filter((stream) => !/[A-Z] [^\r\n ]*[\x80-\xff]/.test(stream.toString('latin1')))
    await fc.assert(
      fc.asyncProperty(changed, fc.array(fc.nat(), { maxLength: 4 }), async (stream, cuts) => {
        expect(await seenOf(cutAt(stream, cuts), true)).toEqual(await seenOf([stream], false))
      }),
      { numRuns: 400 },
    )
  })

  test.each([
    ['in the method', 'G\xe6T / HTTP/1.1\r\nHost: a\r\n\r\n', 'HPE_INVALID_METHOD'],
    ['in the version', 'GET / HTTP/\xe6.1\r\nHost: a\r\n\r\n', 'HPE_INVALID_VERSION'],
    ['in a header’s name', 'GET / HTTP/1.1\r\nH\xe6st: a\r\n\r\n', 'HPE_INVALID_HEADER_TOKEN'],
    ['in a target of another method', 'PUT /\xe6 HTTP/1.1\r\nHost: a\r\n\r\n', 'HPE_INVALID_URL'],
    ['in a target that is no path', 'GET http://\xe6/ HTTP/1.1\r\nHost: a\r\n\r\n', 'HPE_INVALID_URL'],
    ['behind a control character', 'GET /\x01\xe6 HTTP/1.1\r\nHost: a\r\n\r\n', 'HPE_INVALID_URL'],
    ['behind a second space', 'GET  /\xe6 HTTP/1.1\r\nHost: a\r\n\r\n', 'HPE_INVALID_URL'],
    ['behind a target', 'GET / \xe6 HTTP/1.1\r\nHost: a\r\n\r\n', 'HPE_INVALID_CONSTANT'],
    ['in a length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \xe6\r\n\r\n', 'HPE_INVALID_CONTENT_LENGTH'],
  ])('is refused with such a byte %s, however it is cut', async (_where, stream, code) => {
    const refused = { requests: [], refused: code }
    expect(await seenOf([latin1(stream)], false)).toEqual(refused)
    expect(await seenOf([latin1(stream)], true)).toEqual(refused)
    expect(
      await seenOf(
        cutAt(
          latin1(stream),
          [...stream].map((_, place) => place),
        ),
        true,
      ),
    ).toEqual(refused)
  })

  test('is left alone for good where a request’s end cannot be told: an upload in chunks beyond what a door takes', async () => {
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`
    const upload = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`
    const { requests, refused } = await seenOf(
      [...cutAt(latin1(upload), [0x11000]), latin1('GET /\xe6 HTTP/1.1\r\nHost: a\r\n\r\n')],
      true,
    )
    expect([requests.length, refused]).toEqual([1, 'HPE_INVALID_URL'])
  })

  test('keeps nothing for a request: as many listeners after a hundred of them as before', async () => {
    const server = createServer((_request: IncomingMessage, response) => response.end())
    acceptRawRequestLines(server)
    const wire = new Wire(server)
    const counts = () => wire.eventNames().map((name) => [String(name), wire.listenerCount(name)])
    const request = latin1('GET /\xe6 HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.send([request])
    const before = counts()
    await wire.send(Array.from({ length: 100 }, () => request))
    expect(counts()).toEqual(before)
    expect(wire.received.match(/HTTP\/1\.1 200/g)).toHaveLength(101)
    wire.destroy()
  })

  test('begins the requests of a flood one after another, each when the one before is answered', async () => {
    const waiting: (() => void)[] = []
    const server = createServer((_request, response) => waiting.push(() => response.end()))
    acceptRawRequestLines(server)
    const wire = new Wire(server)
    const flood = 200
    await wire.send([
      Buffer.concat(Array.from({ length: flood }, () => latin1('GET /\xe6 HTTP/1.1\r\nHost: a\r\n\r\n'))),
    ])
    for (let answered = 0; answered < flood; answered++) {
      expect(waiting).toHaveLength(1)
      waiting.pop()?.()
      while (waiting.length === 0 && answered < flood - 1) await turn()
    }
    await turn()
    expect(wire.received.match(/HTTP\/1\.1 200/g)).toHaveLength(flood)
    wire.destroy()
  })

  test('begins nothing behind an answer that closes the connection: nobody would read what it comes to', async () => {
    let begun = 0
    const server = createServer((_request, response) => {
      begun++
      setImmediate(() => response.setHeader('Connection', 'close').end())
    })
    acceptRawRequestLines(server)
    const wire = new Wire(server)
    await wire.send([latin1('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2))])
    while (!wire.destroyed) await turn()
    expect(begun).toBe(1)
  })

  test('carries all that came before its end, one request after another, and what is left of a method as its last', async () => {
    for (const rest of ['', 'GE', 'GET /\xe6']) {
      const lines: (string | undefined)[] = []
      const server = createServer((request, response) => {
        lines.push(request.url)
        setImmediate(() => setImmediate(() => response.end()))
      })
      const refused: (string | undefined)[] = []
      server.on('clientError', (error: Error & { code?: string }, socket) => {
        refused.push(error.code)
        socket.destroy()
      })
      acceptRawRequestLines(server)
      const wire = new Wire(server)
      wire.push(latin1(`${'GET /\xe6 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3)}${rest}`))
      wire.push(null)
      while (!wire.destroyed) await turn()
      expect(lines).toEqual(['/%E6', '/%E6', '/%E6'])
      expect(wire.received.match(/HTTP\/1\.1 200/g)).toHaveLength(3)
      expect(refused).toEqual(rest === '' ? [] : ['HPE_INVALID_EOF_STATE'])
    }
  })

  test('is answered although its other end has said that it sends no more', async () => {
    const server = createServer((_request, response) => setImmediate(() => setImmediate(() => response.end('late'))))
    acceptRawRequestLines(server)
    const wire = new Wire(server)
    wire.push(latin1('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    wire.push(null)
    while (!wire.destroyed) await turn()
    expect(wire.received).toContain('late')
  })
})

describe('a connection whose account has a long line at the ledger', () => {
  const request = (path: string) => latin1(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)

  /** A server whose first request of a connection proves it to be the account's of its path, and whose accounts are all crowded. */
  function crowdedServer() {
    const line = { length: 0 }
    const door = new HeldConnections({ lineOf: () => line.length, lineMax: 1 })
    const seen: string[] = []
    const server = createServer((incoming, response) => {
      const path = incoming.url ?? ''
      seen.push(isLate(incoming) ? `${path} late` : path)
      streamOf(incoming.socket)?.belongsTo(path.slice(1, 2))
      setImmediate(() => response.end('answered'))
    })
    acceptRawRequestLines(server, door)
    return { server, door, line, seen }
  }

  test('has its next request begun when it is let in, however its packets were cut and whatever came with it', async () => {
    const flood = Buffer.concat([request('/a\xe6'), request('/a2'), request('/a3')])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(flood.length), { maxLength: 4 }), fc.boolean(), async (cuts, isEnded) => {
        const { server, door, line, seen } = crowdedServer()
        const wire = new Wire(server)
        await wire.send([request('/a1')])
        await turn()
        line.length = 1
        await wire.send(cutAt(flood, cuts))
        if (isEnded) wire.push(null)
        await turn()
        expect(seen).toEqual(['/a1'])
        line.length = 0
        for (const path of ['/a%E6', '/a2', '/a3']) {
          door.inviteOne('a')
          while (seen.at(-1) !== path) await turn()
        }
        for (let turns = 0; turns < 3; turns++) await turn()
        expect(wire.received.match(/answered/g)).toHaveLength(4)
        wire.destroy()
      }),
      { numRuns: 50 },
    )
  })

  test('has its next request known as late where it waited too long, and the one after it as any other', async () => {
    const { server, door, line, seen } = crowdedServer()
    const held: Held[] = []
    door.holds = (_accountId, connection) => line.length > 0 && held.push(connection) > 0
    const wire = new Wire(server)
    await wire.send([request('/a1')])
    await turn()
    line.length = 1
    await wire.send([request('/a2')])
    expect(seen).toEqual(['/a1'])
    held.pop()?.letIn(true)
    await turn()
    line.length = 0
    await wire.send([request('/a3')])
    expect(seen).toEqual(['/a1', '/a2 late', '/a3'])
    wire.destroy()
  })

  test('is not held before it has proved to be anybody, nor after it was two, as behind a proxy', async () => {
    const { server, line, seen } = crowdedServer()
    line.length = 1
    const wire = new Wire(server)
    await wire.send([request('/a1')])
    await turn()
    line.length = 0
    await wire.send([request('/b1')])
    await turn()
    line.length = 1
    await wire.send([request('/b2')])
    expect(seen).toEqual(['/a1', '/b1', '/b2'])
    wire.destroy()
  })

  test('has nothing begun when it is let in after it was closed', async () => {
    const { server, door, line, seen } = crowdedServer()
    const wire = new Wire(server)
    await wire.send([request('/a1')])
    await turn()
    line.length = 1
    await wire.send([request('/a2')])
    wire.destroy()
    await turn()
    door.open()
    await turn()
    expect(seen).toEqual(['/a1'])
  })
})
