import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { escapeRawBytes } from '@heyan/contract'
import { URL_MAX_BYTES } from '../limits.js'

/** What Node's parser throws where it meets a byte that no request target may hold, with the bytes it was given. */
export interface ParserError extends Error {
  readonly code?: string | undefined
  readonly rawPacket?: unknown
  readonly bytesParsed?: number
}

/** The methods a snippet with raw Chinese in its URL uses, and its target as far as the parser read it. */
const BEGINNING = /(GET|POST) (\/[^ \r\n]*)$/
const SPACE = 0x20
const LINE_FEED = 0x0a

/**
 * The bytes that the parser refused, with their request line made fit for it: copied snippets put a name into the URL as it is,
 * in UTF-8 or GBK. Null where the fault is another one: only bytes from 0x80 on in a request target that begins in this very
 * packet are mended, and only up to the size a target may have.
 */
export function mendRequestLine({ code, rawPacket, bytesParsed }: ParserError): Buffer | null {
  if (code !== 'HPE_INVALID_URL' || !Buffer.isBuffer(rawPacket) || bytesParsed === undefined) return null
  const before = rawPacket.subarray(Math.max(0, bytesParsed - URL_MAX_BYTES), bytesParsed).toString('latin1')
  const target = BEGINNING.exec(before)?.[2]
  if (target === undefined) return null
  const targetStart = bytesParsed - target.length
  const lineStart = bytesParsed - (BEGINNING.exec(before)?.[0].length ?? 0)
  let end = bytesParsed
  while (end < rawPacket.length && rawPacket[end] !== SPACE && rawPacket[end] !== LINE_FEED) end++
  const raw = rawPacket.subarray(targetStart, end)
  if (raw.length > URL_MAX_BYTES || !raw.some((byte) => byte > 0x7f)) return null
  const mended = Buffer.from(escapeRawBytes(raw), 'latin1')
  return Buffer.concat([rawPacket.subarray(lineStart, targetStart), mended, rawPacket.subarray(end)])
}

/**
 * Hands a connection to the server anew, beginning with `first`: the parser it had is of no use after its fault. What is still to
 * be answered of earlier requests on it goes out before.
 */
export function serveAgain(server: Server, socket: Socket | ContinuedConnection, first: Buffer): void {
  const connection = socket instanceof ContinuedConnection ? socket.release() : socket
  // The parser's own listeners; those for its end stay, so that it is given back.
  for (const event of ['data', 'end', 'timeout', 'drain', 'error']) connection.removeAllListeners(event)
  const continued = new ContinuedConnection(connection, first)
  afterAnswers(socket, () => server.emit('connection', continued))
}

/** Calls back when the answers that a connection owes have gone out, one after another. */
function afterAnswers(socket: Duplex & { _httpMessage?: NodeJS.EventEmitter | null }, then: () => void): void {
  const pending = socket._httpMessage
  if (pending === null || pending === undefined) then()
  else pending.once('close', () => afterAnswers(socket, then))
}

/** A connection from some byte on, as the server takes one: bytes go through, the rest is the connection's own. */
class ContinuedConnection extends Duplex {
  readonly #connection: Socket
  #isReleased = false

  constructor(connection: Socket, first: Buffer) {
    super({ allowHalfOpen: true })
    this.#connection = connection
    this.push(first)
    connection.on('data', this.#onData)
    connection.on('end', this.#onEnd)
    connection.on('close', this.#onClose)
    connection.on('error', this.#onError)
    connection.on('timeout', this.#onTimeout)
  }

  get remoteAddress(): string | undefined {
    return this.#connection.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.#connection.remotePort
  }

  get encrypted(): boolean {
    return 'encrypted' in this.#connection
  }

  setTimeout(ms: number): this {
    this.#connection.setTimeout(ms)
    return this
  }

  destroySoon(): void {
    this.end(() => this.#connection.destroySoon())
  }

  /** Lets go of the connection without closing it. */
  release(): Socket {
    this.#isReleased = true
    this.#connection.off('data', this.#onData)
    this.#connection.off('end', this.#onEnd)
    this.#connection.off('close', this.#onClose)
    this.#connection.off('error', this.#onError)
    this.#connection.off('timeout', this.#onTimeout)
    return this.#connection
  }

  override _read(): void {
    this.#connection.resume()
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#connection.write(chunk, encoding, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#isReleased) done()
    else this.#connection.end(done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#isReleased) this.#connection.destroy()
    done(error)
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#connection.pause()
  }

  readonly #onEnd = (): void => {
    this.push(null)
  }

  readonly #onClose = (): void => {
    this.destroy()
  }

  readonly #onError = (): void => {
    this.destroy()
  }

  readonly #onTimeout = (): void => {
    this.emit('timeout')
  }
}
