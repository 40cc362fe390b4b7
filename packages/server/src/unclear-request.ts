import type { IncomingMessage } from 'node:http'
import { V1_PREFIX } from '@heyan/contract'
import type { onRequestHookHandler } from 'fastify'
import { finish } from './calls/finish.js'
import { sendProblem } from './http-problem.js'
import type { Services } from './services.js'

const HOST = 'host'
const AUTHORIZATION = 'authorization'
const PROBLEM_PREFIXES = [`${V1_PREFIX}/`, '/admin/']

/**
 * Refuses what Node's parser lets through and two programs on the way may read differently: no host or two (Node's own refusal of
 * none bears no request id), two credentials, a coding of the transfer that is not plain `chunked`, a line without a version.
 * RFC 9112, 3.2 and 6.1.
 */
export function refuseUnclear(services: Services): onRequestHookHandler {
  return (request, reply, done) => {
    if (isClear(request.raw)) done()
    else if (PROBLEM_PREFIXES.some((prefix) => request.raw.url?.startsWith(prefix)))
      sendProblem(reply, {
        code: 'request_invalid',
        detail: 'One Host, one Authorization; no Transfer-Encoding but chunked.',
      })
    else finish(request, reply, { kind: 'refusal', code: 'bad_request', caller: null }, services, performance.now())
  }
}

function isClear({ rawHeaders, headers, httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean {
  let hosts = 0
  let credentials = 0
  for (let place = 0; place < rawHeaders.length; place += 2) {
    const name = rawHeaders[place] ?? ''
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts++
    else if (name.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) credentials++
  }
  if (credentials > 1) return false
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return false
  // What Node calls 0.9 is a line without a version, with headers behind it.
  return httpVersionMajor === 1 && (httpVersionMinor === 0 ? hosts <= 1 : hosts === 1)
}
