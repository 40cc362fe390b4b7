import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import {
  type GatewayErrorCode,
  type GatewayErrorDetails,
  gatewayError,
  headerText,
  MARKET_HEADERS,
} from '@heyan/contract'
import { newCallId } from '@heyan/store'
import type { Services } from '../services.js'
import { endAndLinger, streamOf } from './raw-request-line.js'
import { owedBy, PATH_SHOWN_MAX_BYTES } from './request-stream.js'

/** What Node's parser throws where it meets a byte that it takes nowhere, with the bytes it was given. */
interface ParserError extends Error {
  readonly code?: string | undefined
  readonly rawPacket?: unknown
  readonly bytesParsed?: number
}

/**
 * Called where Node's parser refuses what came before any route has seen it. The refusal goes out after the answers that the
 * connection still owes, and the connection is closed: nothing that comes behind is read as a request.
 */
export function answerParserError(error: ParserError, socket: Socket, services: Services): void {
  const { code = '' } = error
  const isFirst = streamOf(socket)?.stop() ?? true
  // A connection that broke, or one that said itself that nothing comes after its last request.
  if (code === 'HPE_CLOSED_CONNECTION') return
  if (!code.startsWith('HPE_') && code !== 'ERR_HTTP_REQUEST_TIMEOUT') {
    socket.destroy()
    return
  }
  if (isFirst) afterAnswers(socket, () => refuse(socket, codeOf(code), detailsOf(error, socket), services))
}

/** What never comes to a route: Node closes the connection of a CONNECT without a word, and refuses what `Expect` it does not know. */
export function answerWhatNodeWouldNot(server: Server, services: Services): void {
  server.on('connect', ({ method = '', url = '' }: IncomingMessage, socket: Socket) => {
    streamOf(socket)?.stop()
    // Node has taken its own listeners off: unheard, a broken connection would end the process.
    socket.on('error', () => socket.destroy())
    const path = headerText(url, PATH_SHOWN_MAX_BYTES)
    afterAnswers(socket, () => refuse(socket, 'method_wrong', { method, path }, services))
  })
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
}

function codeOf(code: string): GatewayErrorCode {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'url_too_large'
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'body_too_large'
    case 'HPE_INVALID_METHOD':
      return 'method_wrong'
    case 'HPE_INVALID_URL':
      return 'path_unknown'
    default:
      return 'bad_request'
  }
}

function detailsOf({ rawPacket, bytesParsed = 0 }: ParserError, socket: Socket): GatewayErrorDetails {
  const stream = streamOf(socket)
  if (stream === undefined || !Buffer.isBuffer(rawPacket)) return {}
  const { method, path } = stream.refusedLine(rawPacket, bytesParsed)
  return { method, path: headerText(path, PATH_SHOWN_MAX_BYTES) }
}

/**
 * Calls back when the answers that a connection owes have gone out, one after another. One that waits for the rest of a body, of
 * which the parser refused a byte, is not owed any more.
 */
function afterAnswers(socket: Socket, then: () => void): void {
  const owed = owedBy(socket)
  const isWaitingInVain = owed === streamOf(socket)?.answerWithoutBody && owed?.headersSent === false
  if (owed === null || isWaitingInVain) then()
  else owed.once('close', () => afterAnswers(socket, then))
}

function refuse(
  socket: Socket,
  code: GatewayErrorCode,
  details: GatewayErrorDetails,
  { config, log, now }: Services,
): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const requestId = newCallId(now())
  const { status, message, errorCode } = gatewayError(code, config.gatewayErrors, details)
  const lines = [
    `HTTP/1.1 ${status} Refused`,
    `${MARKET_HEADERS.errorMessage}: ${message}`,
    ...(errorCode === null ? [] : [`${MARKET_HEADERS.errorCode}: ${errorCode}`]),
    `${MARKET_HEADERS.requestId}: ${requestId}`,
    'Content-Length: 0',
    'Connection: close',
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  endAndLinger(socket)
  log.request({ requestId, method: '', route: '', status, outcome: code, ms: 0 })
}
