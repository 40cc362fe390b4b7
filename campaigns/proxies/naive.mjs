// The control: a proxy that knows bodies by their length alone and shares one connection to the server among all callers. It takes what
// comes behind a body in chunks for requests of its own, so its answers and its callers drift apart; a table that does not
// notice would notice nothing.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createServer } from 'node:tls'

const HEAD_END = '\r\n\r\n'

export async function startNaive({ serverPort, certificate }) {
  const upstream = connect(serverPort, '127.0.0.1')
  upstream.on('error', () => undefined)
  /** Who is to have the next answer. */
  const callers = []
  onMessages(upstream, (answer) => callers.shift()?.write(answer, 'latin1'))
  const server = createServer(
    { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) },
    (caller) => {
      caller.on('error', () => undefined)
      onMessages(caller, (request) => {
        callers.push(caller)
        upstream.write(request, 'latin1')
      })
    },
  )
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: server.address().port,
    stop: async () => {
      upstream.destroy()
      for (const caller of callers) caller.destroy()
      server.close()
    },
  }
}

/** Calls back with each head and as much body as its Content-Length says. */
function onMessages(socket, take) {
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    for (;;) {
      const end = received.indexOf(HEAD_END) + HEAD_END.length
      if (end < HEAD_END.length) return
      const length = Number(/content-length: (\d+)/i.exec(received.slice(0, end))?.[1] ?? 0)
      if (received.length < end + length) return
      take(received.slice(0, end + length))
      received = received.slice(end + length)
    }
  })
}
