import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { LINGER_MS } from '../limits.js'
import type { HeldConnections } from './held-connections.js'
import { RequestStream } from './request-stream.js'

const streams = new WeakMap<Socket, RequestStream>()

/** How the bytes of a connection come to the parser; undefined for a connection that no server has accepted. */
export function streamOf(socket: Socket): RequestStream | undefined {
  return streams.get(socket)
}

/**
 * Ends a connection whose other end is still sending: what comes is dropped for a while. Closed at once, with bytes unread, it
 * would be reset, and the answer with it.
 */
export function endAndLinger(socket: Socket): void {
  streams.get(socket)?.stop()
  const lingering = setTimeout(() => socket.destroy(), LINGER_MS).unref()
  socket.once('close', () => clearTimeout(lingering))
  socket.end()
  socket.resume()
}

/**
 * Lets copied snippets put Chinese into the request line as it is: from its first byte on, what a connection sends goes through a
 * `RequestStream` before the parser has it. Uses that Node gives the parser its bytes by the socket's only 'data' listener, and
 * does so for good as soon as there is another one.
 */
export function acceptRawRequestLines(
  server: Server & { httpAllowHalfOpen?: boolean },
  door: HeldConnections | null = null,
): void {
  // Whoever has said all there is to say still waits for the answer, and is charged for it.
  server.httpAllowHalfOpen = true
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
    const [feed] = socket.listeners('data')
    // Node's server is the last that has come to listen; a socket listens to its own end, too.
    const end = socket.listeners('end').at(-1)
    if (feed === undefined || end === undefined) return
    const stream = new RequestStream(socket, (bytes) => feed.call(socket, bytes), door)
    streams.set(socket, stream)
    socket.removeListener('data', feed as (bytes: Buffer) => void)
    socket.on('data', (bytes: Buffer) => stream.take(bytes))
    socket.on('resume', () => stream.resume())
    socket.removeListener('end', end as () => void)
    socket.on('end', () => stream.end(() => end.call(socket)))
    const destroySoon = socket.destroySoon.bind(socket)
    socket.destroySoon = () => (stream.isBetweenRequests ? destroySoon() : endAndLinger(socket))
  })
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
    streams.get(request.socket)?.sawRequest(request, response),
  )
}
