import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { escapeRawBytes } from '@heyan/contract'
import { BODY_MAX_BYTES } from '../limits.js'
import type { Held, HeldConnections } from './held-connections.js'

/** Longer than any method: `Unsupported Method` names one whole, however its packets were cut. */
export const METHOD_MAX_BYTES = 32
/** How much of a path is kept of former packets: what a refusal tells back. */
export const PATH_SHOWN_MAX_BYTES = 200

/**
 * Where the next byte of a connection stands. `chunks` is a chunked body; `through` is where nothing is known any more, and
 * `deaf` where the parser has refused.
 */
type Place = 'method' | 'target' | 'head' | 'body' | 'chunks' | 'through' | 'deaf'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const SLASH = 0x2f
const DELETE = 0x7f
/** CR LF CR LF */
const EMPTY_LINE_LENGTH = 4
const NOTHING = Buffer.alloc(0)

const lateRequests = new WeakSet<IncomingMessage>()

/** A request that waited so long to be let in that it is only told so. */
export function isLate(request: IncomingMessage): boolean {
  return lateRequests.has(request)
}

/** The answer that a connection is owed now, null where none is. Node keeps it there, and has no other word for it. */
export function owedBy(socket: Socket & { readonly _httpMessage?: ServerResponse | null }): ServerResponse | null {
  return socket._httpMessage ?? null
}

/**
 * The bytes of one connection on their way to Node's parser. It refuses bytes from 0x80 on in a request line, and copied snippets
 * put a name there as it is, in UTF-8 or GBK: in the target of a GET or POST they are escaped. Nothing else is changed, nothing is
 * kept back but the beginning of a method, and what came in one packet with a request that is not answered yet.
 *
 * Where a request line begins is the parser's word, not ours: at each place where a message should end, it must have made exactly
 * one request and call it complete. Where it has not, no byte of the connection is touched again.
 */
export class RequestStream implements Held {
  readonly #socket: Socket
  readonly #feed: (bytes: Buffer) => void
  readonly #door: HeldConnections | null
  #place: Place = 'method'
  #waiting: Buffer = NOTHING
  #method = ''
  /** Whether the target's first byte has been seen. */
  #isTargetBegun = false
  #isEscaping = false
  /** Of the target, what came before the bytes that were given last, and where it goes on in them. */
  #targetBefore = ''
  #targetAt = 0
  /** How much of an empty line was seen. */
  #emptyLine = 0
  /** Of a body with a length, what is still to come; of one in chunks, what may be looked at. */
  #bodyLeft = 0
  #requests = 0
  #request: IncomingMessage | null = null
  #response: ServerResponse | null = null
  #isAwaitingAnswer = false
  #afterEnd: (() => void) | null = null
  /** Who last proved to be here; null once there were two, as behind a proxy. */
  #accountId: string | null | undefined
  #entry: 'asking' | 'held' | 'open' = 'asking'
  #isLate = false

  constructor(socket: Socket, feed: (bytes: Buffer) => void, door: HeldConnections | null = null) {
    this.#socket = socket
    this.#feed = feed
    this.#door = door
  }

  /** A request of this connection proved to be an account's. */
  belongsTo(accountId: string): void {
    if (this.#accountId !== accountId) this.#accountId = this.#accountId === undefined ? accountId : null
  }

  letIn(isLate: boolean): void {
    if (this.#place === 'deaf' || this.#socket.destroyed) return
    this.#entry = 'open'
    this.#isLate = isLate
    if (this.#socket.isPaused()) this.#socket.resume()
    this.resume()
  }

  /** The parser has made a request of what it was given. */
  sawRequest(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isLate) lateRequests.add(request)
    this.#isLate = false
    this.#requests++
    this.#request = request
    this.#response = response
  }

  /** Whether all that a request consists of has come. */
  get isBetweenRequests(): boolean {
    return this.#place === 'method'
  }

  /** The answer that waits for a body of which no more comes; null where none does. */
  get answerWithoutBody(): ServerResponse | null {
    const request = this.#request
    return request === null || request.complete || request.method === 'GET' ? null : this.#response
  }

  /** From now on bytes are dropped. False where that was so before. */
  stop(): boolean {
    if (this.#place === 'deaf') return false
    this.#place = 'deaf'
    this.#waiting = NOTHING
    this.#afterEnd = null
    return true
  }

  /** What is known of a request whose line the parser refused at `bytesParsed` of what it was given last. */
  refusedLine(given: Buffer, bytesParsed: number): { method: string; path: string } {
    const target = this.#targetBefore + given.toString('latin1', this.#targetAt, Math.max(this.#targetAt, bytesParsed))
    return { method: this.#method, path: (target.split('?', 1)[0] ?? '').slice(0, PATH_SHOWN_MAX_BYTES) }
  }

  /** Goes on with what waited for the connection to be resumed. */
  resume(): void {
    if (this.#waiting.length > 0) this.take(NOTHING)
  }

  /** No more comes. Calls back when the parser has all that came; never where it is to have none, and may be another's by then. */
  end(then: () => void): void {
    if (this.#place === 'deaf') return
    this.#afterEnd = then
    this.#endIfGiven()
  }

  #endIfGiven(): void {
    const then = this.#afterEnd
    const isHeldBack = this.#isAwaitingAnswer || this.#entry === 'held' || this.#socket.isPaused()
    const isWaitingForTurn = this.#waiting.length > 0 && isHeldBack
    if (then === null || isWaitingForTurn) return
    this.#afterEnd = null
    // The beginning of a method is all there is of it.
    if (this.#waiting.length > 0) this.#feed(this.#waiting)
    this.#waiting = NOTHING
    then()
  }

  take(packet: Buffer): void {
    const waiting = this.#waiting
    const bytes = waiting.length === 0 ? packet : packet.length === 0 ? waiting : Buffer.concat([waiting, packet])
    this.#waiting = NOTHING
    let at = 0
    while (at < bytes.length) {
      if (this.#place === 'deaf' || this.#socket.destroyed) return
      // Node, too, pauses a connection: one that sends a body faster than it is read.
      if ((this.#place === 'method' && !this.#mayBegin()) || this.#socket.isPaused()) {
        this.#keep(bytes, at)
        return
      }
      at = this.#give(bytes, at)
    }
    this.#endIfGiven()
  }

  #keep(bytes: Buffer, at: number): void {
    if (this.#place !== 'deaf') this.#waiting = bytes.subarray(at)
  }

  /**
   * Requests of one connection are begun one after another: what comes behind an answer that closes the connection is never
   * answered, and so must never be charged; and a flood of requests in one packet is no more than one.
   */
  #mayBegin(): boolean {
    const owed = owedBy(this.#socket)
    if (owed === null) {
      if (this.#socket.writable) return this.#entry === 'open' || !this.#isHeld()
      this.stop()
      return false
    }
    this.#socket.pause()
    if (!this.#isAwaitingAnswer) owed.once('close', () => this.#goOn())
    this.#isAwaitingAnswer = true
    return false
  }

  /** Whether the account whose connection this is has so many calls in line that this one waits unread. */
  #isHeld(): boolean {
    // Whoever sends on while the last request waits is not listened to.
    if (this.#entry === 'held') this.#socket.pause()
    else if (this.#accountId != null && this.#door?.holds(this.#accountId, this)) this.#entry = 'held'
    return this.#entry === 'held'
  }

  #goOn(): void {
    this.#isAwaitingAnswer = false
    this.#socket.resume()
    this.resume()
  }

  /** Gives the parser what comes up to the next place where a message may end; tells where that is. */
  #give(bytes: Buffer, start: number): number {
    switch (this.#place) {
      case 'body':
        return this.#giveBody(bytes, start)
      case 'chunks':
        return this.#giveChunks(bytes, start)
      case 'through':
        this.#feed(start === 0 ? bytes : bytes.subarray(start))
        return bytes.length
      case 'deaf':
        return bytes.length
      default:
        return this.#giveHead(bytes, start)
    }
  }

  #giveHead(bytes: Buffer, start: number): number {
    let at = start
    if (this.#place === 'method') {
      at = this.#readMethod(bytes, start)
      if (at === -1) return bytes.length
    }
    const targetStart = at
    let targetEnd = at
    let isRaw = false
    if (this.#place === 'target') {
      if (!this.#isTargetBegun && at < bytes.length) {
        this.#isTargetBegun = true
        this.#isEscaping &&= bytes[at] === SLASH
      }
      for (let byte = bytes[at]; byte !== undefined && byte > SPACE; byte = bytes[++at]) if (byte > DELETE) isRaw = true
      targetEnd = at
      if (at < bytes.length) this.#place = 'head'
    }
    const headEnd = this.#place === 'head' ? this.#findEmptyLine(bytes, at) : -1
    const end = headEnd === -1 ? bytes.length : headEnd
    this.#targetAt = targetStart - start
    const given = start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
    this.#feed(
      isRaw && this.#isEscaping
        ? Buffer.concat([
            bytes.subarray(start, targetStart),
            Buffer.from(escapeRawBytes(bytes.subarray(targetStart, targetEnd)), 'latin1'),
            bytes.subarray(targetEnd, end),
          ])
        : given,
    )
    if (headEnd !== -1) this.#afterHead()
    else if (this.#place === 'target') {
      const more = escapeRawBytes(bytes.subarray(targetStart, Math.min(targetEnd, targetStart + PATH_SHOWN_MAX_BYTES)))
      this.#targetBefore = (this.#targetBefore + more).slice(0, PATH_SHOWN_MAX_BYTES)
    }
    return end
  }

  /** Where the target begins; or what cannot be one, from its beginning; -1 where that is still to come. */
  #readMethod(bytes: Buffer, start: number): number {
    let at = start
    while (bytes[at] === CARRIAGE_RETURN || bytes[at] === LINE_FEED) at++
    let end = at
    for (let byte = bytes[end]; byte !== undefined && byte > SPACE && byte < DELETE; byte = bytes[end]) {
      if (end - at === METHOD_MAX_BYTES) break
      end++
    }
    if (end === bytes.length && end - at < METHOD_MAX_BYTES) {
      if (at > start) this.#feed(bytes.subarray(start, at))
      if (this.#place !== 'deaf') this.#waiting = bytes.subarray(at)
      return -1
    }
    this.#targetBefore = ''
    this.#emptyLine = 0
    if (bytes[end] !== SPACE) {
      this.#method = ''
      this.#place = 'head'
      return at
    }
    this.#method = bytes.toString('latin1', at, end)
    this.#isEscaping = this.#method === 'GET' || this.#method === 'POST'
    this.#isTargetBegun = false
    this.#place = 'target'
    return end + 1
  }

  /** Just after an empty line; -1 where the bytes end before. */
  #findEmptyLine(bytes: Buffer, start: number): number {
    let seen = this.#emptyLine
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at]
      if (byte === CARRIAGE_RETURN) seen = seen === 2 ? 3 : 1
      else if (byte === LINE_FEED && (seen === 1 || seen === 3)) {
        if (++seen === EMPTY_LINE_LENGTH) {
          this.#emptyLine = 0
          return at + 1
        }
      } else seen = 0
    }
    this.#emptyLine = seen
    return -1
  }

  #afterHead(): void {
    if (this.#place === 'deaf') return
    const request = this.#request
    if (this.#requests !== 1 || request === null) this.#place = 'through'
    else if (request.complete) this.#endMessage()
    else if (request.headers['transfer-encoding'] !== undefined) {
      this.#place = 'chunks'
      this.#bodyLeft = BODY_MAX_BYTES
    } else {
      this.#place = 'body'
      this.#bodyLeft = Number(request.headers['content-length'])
    }
  }

  #giveBody(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.#bodyLeft)
    this.#bodyLeft -= end - start
    this.#feed(bytes.subarray(start, end))
    if (this.#bodyLeft === 0) this.#endMessage()
    return end
  }

  /** A body in chunks ends with an empty line, though not every empty line is its end: the parser tells after each. */
  #giveChunks(bytes: Buffer, start: number): number {
    const found = this.#findEmptyLine(bytes, start)
    const end = found === -1 ? bytes.length : found
    this.#bodyLeft -= end - start
    this.#feed(bytes.subarray(start, end))
    if (this.#request?.complete) this.#endMessage()
    // The door refuses so long a body; what is another one's is not looked through any further.
    else if (this.#bodyLeft <= 0 && this.#place === 'chunks') this.#place = 'through'
    return end
  }

  #endMessage(): void {
    if (this.#place === 'deaf') return
    this.#place = this.#requests === 1 && this.#request?.complete ? 'method' : 'through'
    this.#requests = 0
    this.#request = null
    this.#response = null
    this.#entry = 'asking'
  }
}
