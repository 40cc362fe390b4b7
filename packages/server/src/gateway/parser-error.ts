import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { type GatewayErrorCode, gatewayError, MARKET_HEADERS } from '@heyan/contract'
import { newCallId } from '@heyan/store'
import type { Services } from '../services.js'
import { mendRequestLine, type ParserError, serveAgain } from './raw-request-line.js'

/**
 * Called where Node's parser refuses what came before any route has seen it. Copied snippets put Chinese into the request line as
 * it is; their request is escaped and handed in again, once. Everything else gets its refusal and the connection is closed.
 */
export function answerParserError(error: ParserError, socket: Socket, server: Server, services: Services): void {
  if (socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  if (error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const mended = mendRequestLine(error)
  if (mended !== null) serveAgain(server, socket, mended)
  else refuse(socket, codeOf(error), services)
}

function codeOf({ code }: ParserError): GatewayErrorCode {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'url_too_large'
    case 'HPE_INVALID_METHOD':
      return 'method_wrong'
    case 'HPE_INVALID_URL':
      return 'path_unknown'
    default:
      return 'bad_request'
  }
}

function refuse(socket: Socket, code: GatewayErrorCode, { config, now }: Services): void {
  const { status, message, errorCode } = gatewayError(code, config.gatewayErrors)
  const lines = [
    `HTTP/1.1 ${status} ${status === 666 ? 'unknown' : 'Refused'}`,
    `${MARKET_HEADERS.errorMessage}: ${message}`,
    ...(errorCode === null ? [] : [`${MARKET_HEADERS.errorCode}: ${errorCode}`]),
    `${MARKET_HEADERS.requestId}: ${newCallId(now())}`,
    'Content-Length: 0',
    'Connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n`, 'latin1', () => socket.destroy())
}
