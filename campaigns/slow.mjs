// `npm run campaign -- slow [--seconds N] [--json]`: callers that send a byte now and then (slowhttptest: headers, bodies, ranges, and
// answers read slowly) beside callers in a hurry, whose goodput must stay; then a body of a gigabyte in chunks, which must not grow
// the server. slowhttptest keeps a core busy wherever it is answered: what that takes from callers on the same machine is measured
// in the same run, with the attack on a plain server beside the door.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { load } from '../bench/load/load.mjs'
import { median } from '../bench/load/median.mjs'
import { startDoor, wait } from '../bench/load/server.mjs'

const CONNECTIONS = 64
const SLOW_CONNECTIONS = 1_000
const SLOW_PER_SECOND = 500
const CALLS = 1_000_000_000
const GOODPUT_MIN = 0.95
const BODY_BYTES = 1024 ** 3
const CHUNK_BYTES = 64 * 1024
/** What a gigabyte may leave behind. */
const RSS_MAX_MB = 10
const ROUNDS = 5
/** As long as the door's. */
const ANSWER = 'x'.repeat(150)
const PATH = `/idcard?xm=${encodeURIComponent('李三')}&sfz=11010519491231002X`

const ATTACKS = {
  headers: ['-H', '-i', '1'],
  bodies: ['-B', '-i', '1', '-s', '8192', '-t', 'POST'],
  ranges: ['-R', '-t', 'GET', '-a', '10', '-b', '3000'],
  reads: ['-X', '-w', '16', '-y', '32', '-n', '1', '-z', '8'],
}

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: { seconds: { type: 'string', default: '6' }, json: { type: 'boolean', default: false } },
  })
  const seconds = Number(values.seconds)
  const isThere = !spawnSync('slowhttptest', ['-h']).error
  const door = await startDoor({ env: { LOG_LEVEL: 'warn' } })
  const elsewhere = await plainServer()
  try {
    const { appCode } = await door.admin('POST', '/applications', { name: 'slow', calls: CALLS })
    const hurry = async () => {
      const { rps, notFine } = await load({
        url: `${door.url}${PATH}`,
        connections: CONNECTIONS,
        seconds,
        headers: { Authorization: `APPCODE ${appCode}` },
      })
      return { rps, notFine }
    }
    await hurry()
    const attacks = {}
    for (const [name, args] of isThere ? Object.entries(ATTACKS) : [])
      attacks[name] = await beside(door, elsewhere.url, args, hurry, seconds)
    const body = await gigabyte(door, appCode)
    const goodputs = Object.values(attacks).map(({ goodput }) => goodput)
    const ok = goodputs.every((share) => share >= GOODPUT_MIN) && body.grownMb <= RSS_MAX_MB && body.isRefused
    const text = [
      ...(isThere
        ? Object.entries(attacks).map(
            ([name, { goodput, ofAlone, errors }]) =>
              `beside slow ${name}: goodput ${percent(goodput)} of what it is with the attack elsewhere, ${percent(ofAlone)} of what it is with none; errors ${errors}`,
          )
        : ['SKIPPED: slowhttptest is not installed']),
      `a body of 1 GB in chunks: ${body.isRefused ? 'refused' : 'NOT refused'} after ${Math.round(body.sentBytes / 1024)} KB; memory ${body.grownMb >= 0 ? '+' : ''}${body.grownMb} MB`,
    ]
    process.stdout.write(
      `${values.json ? JSON.stringify({ attacks, body, skipped: isThere ? [] : ['slowhttptest'], ok }) : text.join('\n')}\n`,
    )
    return ok ? 0 : 1
  } finally {
    elsewhere.close()
    await door.stop()
  }
}

const percent = (share) => `${Math.round(share * 100)} %`

/** Goodput with no attack, with one on somebody else, and with one on the door, in turns. */
async function beside(door, elsewhere, args, hurry, seconds) {
  const shares = []
  const sharesOfAlone = []
  let errors = 0
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await hurry()
    const control = await underAttack(elsewhere, args, hurry, seconds)
    const together = await underAttack(door.url, args, hurry, seconds)
    // One that soon has its answers is over, and takes nothing of the machine any more.
    shares.push(together.rps / (together.isAttacked ? control.rps : alone.rps))
    sharesOfAlone.push(together.rps / alone.rps)
    errors += together.notFine
  }
  return { goodput: round2(median(shares)), ofAlone: round2(median(sharesOfAlone)), errors }
}

const round2 = (value) => Math.round(value * 100) / 100

/** `isAttacked`: the attack went on to the end. */
async function underAttack(url, args, hurry, seconds) {
  const all = [
    '-c',
    String(SLOW_CONNECTIONS),
    '-r',
    String(SLOW_PER_SECOND),
    '-l',
    String(seconds + 4),
    '-p',
    '3',
    '-u',
  ]
  const attacker = spawn('slowhttptest', [...args, ...all, `${url}${PATH}`], { stdio: 'ignore' })
  const ended = new Promise((resolve) => attacker.once('exit', resolve))
  await wait(2_000)
  const load = await hurry()
  const isAttacked = attacker.exitCode === null
  attacker.kill('SIGINT')
  await ended
  return { ...load, isAttacked }
}

/** Node's own server, which answers a constant once it has the whole request. */
async function plainServer() {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.end(ANSWER))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const rssMb = (pid) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

/** Sends until it is all sent, or nobody takes it any more. */
async function gigabyte(door, appCode) {
  const before = rssMb(door.child.pid)
  let peak = before
  let sentBytes = 0
  let answer = ''
  await new Promise((resolve) => {
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1')
    const chunk = Buffer.concat([
      Buffer.from(`${CHUNK_BYTES.toString(16)}\r\n`),
      Buffer.alloc(CHUNK_BYTES, 'a'),
      Buffer.from('\r\n'),
    ])
    const write = () => {
      while (sentBytes < BODY_BYTES && !socket.destroyed) {
        sentBytes += CHUNK_BYTES
        peak = Math.max(peak, rssMb(door.child.pid))
        if (!socket.write(chunk)) return
      }
      socket.end('0\r\n\r\n')
    }
    socket.on('connect', () => {
      socket.write(
        `POST /idcard HTTP/1.1\r\nHost: a\r\nAuthorization: APPCODE ${appCode}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      )
      write()
    })
    socket.on('drain', write)
    socket.on('data', (data) => {
      answer += data.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.on('close', resolve)
  })
  await wait(500)
  return {
    sentBytes,
    isRefused: /^HTTP\/1\.1 413 /.test(answer),
    grownMb: Math.round(Math.max(peak, rssMb(door.child.pid)) - before),
  }
}
