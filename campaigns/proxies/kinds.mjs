// The proxies whose configurations are among the samples: how each is started from its file, with only its ports and places changed.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SAMPLES = fileURLToPath(new URL('../../docs/samples/proxies/', import.meta.url))
const START_MAX_MS = 10_000
const POLL_MS = 20

/** `takesRawBytes`: whether the sample lets bytes from 0x80 on through in a request line. */
export const PROXIES = [
  { name: 'nginx', takesRawBytes: true, versionOption: '-v', start: startNginx },
  { name: 'haproxy', takesRawBytes: true, versionOption: '-v', start: startHaproxy },
]

/** `nginx version: …`, or null where it is not on this machine. */
export function versionOf({ name, versionOption }) {
  const { error, stdout, stderr } = spawnSync(name, [versionOption], { encoding: 'utf8', env: pathOfRoot() })
  return error ? null : `${stdout}${stderr}`.trim().split('\n')[0]
}

async function startNginx({ folder, serverPort, certificate }) {
  const port = await freePort()
  const server = changed('nginx.conf', [
    ['127.0.0.1:8080', `127.0.0.1:${serverPort}`],
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['/etc/nginx/heyan.crt', certificate.cert],
    ['/etc/nginx/heyan.key', certificate.key],
    ['/var/log/nginx/heyan.log', join(folder, 'access.log')],
    ['/var/log/nginx/heyan-error.log', join(folder, 'error.log')],
  ])
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join('\n')
  const file = join(folder, 'nginx.conf')
  // Around the sample, what the package's own nginx.conf has around it.
  writeFileSync(
    file,
    `daemon off;\n${process.getuid() === 0 ? 'user root;\n' : ''}pid ${join(folder, 'nginx.pid')};\nerror_log ${join(folder, 'start.log')} emerg;\nevents {}\nhttp {\n${places}\n${server}}\n`,
  )
  return running('nginx', ['-c', file, '-e', join(folder, 'start.log')], folder, port)
}

async function startHaproxy({ folder, serverPort, certificate }) {
  const port = await freePort()
  const text = changed('haproxy.cfg', [
    ['127.0.0.1:8080', `127.0.0.1:${serverPort}`],
    ['bind :443', `bind 127.0.0.1:${port}`],
    ['/etc/haproxy/heyan.pem', certificate.both],
  ])
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, text)
  return running('haproxy', ['-db', '-f', file], folder, port)
}

/** In front of several nodes on this machine, without TLS. */
export async function startHaproxyBefore(ports, folder) {
  const port = await freePort()
  const nodes = ports.map((own, place) => [`10.0.0.1${place + 1}:8080`, `127.0.0.1:${own}`])
  const bind = ['bind :443 ssl crt /etc/haproxy/heyan.pem alpn http/1.1', `bind 127.0.0.1:${port}`]
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, changed('haproxy-nodes.cfg', [...nodes, bind]))
  return running('haproxy', ['-db', '-f', file], folder, port)
}

/** A sample with its places changed; each must be there. */
function changed(name, places) {
  return places.reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`${name} does not say ${from} any more`)
      return text.replaceAll(from, to)
    },
    readFileSync(join(SAMPLES, name), 'utf8'),
  )
}

async function running(command, args, folder, port) {
  const child = spawn(command, args, { env: pathOfRoot(), stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
      writeFileSync(join(folder, 'output.log'), output)
    })
  }
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const until = Date.now() + START_MAX_MS
  while (!(await isOpen(port))) {
    if (child.exitCode !== null || Date.now() > until) {
      child.kill('SIGKILL')
      throw new Error(`${command} did not start: ${output.slice(-2_000)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return {
    port,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Both live where only root's path leads on Debian. */
function pathOfRoot() {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
}
