// A TCP proxy in front of a database that misbehaves on purpose: it loses the answer to a COMMIT, falls silent, or leads elsewhere.
import { connect, createServer } from 'node:net'

/** PostgreSQL's wire (its manual, "Message Formats"): 'Q', the length of what follows, the text, a zero. */
const COMMIT = Buffer.concat([Buffer.from('Q'), Buffer.from([0, 0, 0, 11]), Buffer.from('COMMIT\0')])

/**
 * @param {number} port of the database on this machine
 * @returns what is in front of it: `cutAfterCommit(n)` lets the next n COMMITs through and hangs up before their answer,
 *   `silence(true)` swallows every byte of every connection, `lead(port)` sends new connections elsewhere and ends the old ones
 */
export async function startProxy(port) {
  let target = port
  let commitsToCut = 0
  let isSilent = false
  let cut = 0
  const pairs = new Set()
  const server = createServer((client) => {
    const database = connect(target, '127.0.0.1')
    const pair = { client, database }
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      database.destroy()
    }
    for (const socket of [client, database]) socket.setNoDelay(true).on('error', end).on('close', end)
    client.on('data', (chunk) => {
      if (isSilent) return
      if (commitsToCut > 0 && chunk.includes(COMMIT)) {
        commitsToCut--
        cut++
        // The database has it; its answer finds nobody.
        database.write(chunk, () => client.destroy())
        database.removeAllListeners('data')
        pairs.delete(pair)
        client.removeAllListeners('close')
        database.end()
        return
      }
      database.write(chunk)
    })
    database.on('data', (chunk) => {
      if (!isSilent) client.write(chunk)
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    get cut() {
      return cut
    },
    cutAfterCommit(count) {
      commitsToCut += count
    },
    silence(isOn) {
      isSilent = isOn
      if (isOn) return
      // What was swallowed is gone: those connections cannot go on.
      for (const { client, database } of pairs) for (const socket of [client, database]) socket.destroy()
    },
    lead(to) {
      target = to
      for (const { client, database } of pairs) for (const socket of [client, database]) socket.destroy()
    },
    async close() {
      for (const { client, database } of pairs) for (const socket of [client, database]) socket.destroy()
      await new Promise((resolve) => server.close(() => resolve(undefined)))
    },
  }
}

/** The address of a database as seen through a proxy. */
export function through(url, proxy) {
  const address = new URL(url)
  address.port = String(proxy.port)
  return address.href
}
