// `npm run campaign -- clients [--json]`: published clients, as npm and the system have them, against a running server with nothing
// changed but the host: a match, a problem with its 666, a method refused, by every way of asking. What is not on this machine and
// cannot be fetched is skipped, aloud.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startDoor } from '../bench/load/server.mjs'

const FOLDER = fileURLToPath(new URL('../crosschecks/clients/', import.meta.url))
const CALLS = 1_000
const INSTALL_MAX_MS = 120_000
/** Of the demo's roster. */
const LI_SAN = { xm: '李三', sfz: '11010519491231002X' }

/** What is asked, and what each client must see of it; where it does not read a body, `null` stands for the message. */
const CASES = [
  { name: 'a match', ...LI_SAN, status: 200, message: '实名信息正确' },
  { name: 'a problem', ...LI_SAN, xm: '李3', status: 666, message: '姓名有误' },
  { name: 'a value left blank', ...LI_SAN, sfz: '', status: 666, message: '未传入身份证号码sfz' },
]
const PUT_REFUSED = { name: 'PUT', ...LI_SAN, status: 400, message: 'Invalid HttpMethod' }

export async function run(argv) {
  const { values } = parseArgs({ args: argv, options: { json: { type: 'boolean', default: false } } })
  const obstacle = fetchClients()
  if (obstacle !== null) {
    process.stdout.write(values.json ? `${JSON.stringify({ skipped: obstacle })}\n` : `SKIPPED: ${obstacle}\n`)
    return 0
  }
  const { CLIENTS } = await import('../crosschecks/clients/clients.mjs')
  const hasCurl = !spawnSync('curl', ['--version']).error
  const door = await startDoor()
  const wrong = []
  let asked = 0
  try {
    const application = await door.admin('POST', '/applications', { name: 'clients', calls: CALLS })
    for (const client of CLIENTS) {
      if (client.name.startsWith('curl') && !hasCurl) {
        process.stdout.write(`SKIPPED: ${client.name}: there is no curl here\n`)
        continue
      }
      const before = wrong.length
      for (const way of client.ways) {
        for (const { name, xm, sfz, status, message } of way === 'put' ? [PUT_REFUSED] : CASES) {
          asked++
          const saw = await client
            .ask({ url: door.url, application, way, xm, sfz })
            .catch((error) => ({ fault: String(error) }))
          const wanted = status === 666 && !client.seesMessage ? { status, message: '' } : { status, message }
          if (saw.status !== wanted.status || (saw.message ?? '') !== wanted.message)
            wrong.push({ client: client.name, way, case: name, saw, wanted })
        }
      }
      if (!values.json)
        process.stdout.write(`${wrong.length === before ? 'ok  ' : 'NOT '} ${client.name}: ${client.ways.join(', ')}\n`)
    }
  } finally {
    await door.stop()
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ asked, wrong })}\n`)
  else {
    for (const each of wrong) process.stdout.write(`${JSON.stringify(each)}\n`)
    process.stdout.write(`${asked} requests, ${wrong.length} not as they should be\n`)
  }
  return wrong.length === 0 ? 0 : 1
}

/** Fetches the clients as their lockfile says, where they are not there; or says why not. */
function fetchClients() {
  if (existsSync(`${FOLDER}node_modules/aliyun-api-gateway`)) return null
  const { status, stderr, error } = spawnSync('npm', ['ci', '--ignore-scripts'], {
    cwd: FOLDER,
    encoding: 'utf8',
    timeout: INSTALL_MAX_MS,
  })
  return status === 0 ? null : `the clients could not be fetched: ${error?.message ?? stderr.trim().split('\n').at(-1)}`
}
