// `npm run campaign -- fsync [--json]`: counts, with strace, how often the server makes the disk keep what it wrote. One call after
// another: at least one sync each. Many at a time: far fewer than one each, since they share a commit. A control shows that the
// count can tell: SQLite left as this driver sets it up syncs hardly at all.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDoor, wait } from '../bench/load/server.mjs'

const CALLS = 200
const CONNECTIONS = 50
const PATH = `/idcard?xm=${encodeURIComponent('李三')}&sfz=11010519491231002X`
/** Syncs for calls made together, at most, for each call. */
const SHARED_MAX = 0.5
/** Syncs without `synchronous=FULL`, at most, for each commit. */
const CONTROL_MAX = 0.5
const ATTACH_MS = 1_500
/** How long the process lives that strace is tried on. */
const PROBE_MS = 1_000

export async function run(argv) {
  const { values } = parseArgs({ args: argv, options: { json: { type: 'boolean', default: false } } })
  const obstacle = whyNotTraced()
  if (obstacle !== null) {
    process.stdout.write(values.json ? `${JSON.stringify({ skipped: obstacle })}\n` : `SKIPPED: ${obstacle}\n`)
    return 0
  }
  const folder = mkdtempSync(join(tmpdir(), 'heyan-fsync-'))
  const door = await startDoor()
  try {
    const { appCode } = await door.admin('POST', '/applications', { name: 'fsync', calls: CALLS * 4 })
    const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })
    const ask = () =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `APPCODE ${appCode}` }
        http
          .get(`${door.url}${PATH}`, { agent, headers }, (answer) =>
            answer.resume().once('end', () => resolve(answer.statusCode)),
          )
          .once('error', reject)
      })
    await ask()
    const alone = await countSyncs(door.child.pid, folder, async () => {
      for (let call = 0; call < CALLS; call++) if ((await ask()) !== 200) throw new Error('a call was not answered')
    })
    const together = await countSyncs(door.child.pid, folder, async () => {
      let left = CALLS
      const worker = async () => {
        while (left-- > 0) await ask()
      }
      await Promise.all(Array.from({ length: CONNECTIONS }, worker))
    })
    agent.destroy()
    const control = controlSyncs(folder)
    const result = { calls: CALLS, syncsAlone: alone, syncsTogether: together, syncsOfControl: control }
    const ok = alone >= CALLS && together >= 1 && together <= CALLS * SHARED_MAX && control <= CALLS * CONTROL_MAX
    const text = `${CALLS} calls one by one: ${alone} syncs; ${CALLS} calls over ${CONNECTIONS} connections: ${together}; ${CALLS} commits of the control: ${control}`
    process.stdout.write(`${values.json ? JSON.stringify({ ...result, ok }) : text}\n`)
    return ok ? 0 : 1
  } finally {
    await door.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A container may have strace and forbid it; a count of none would then look like a server that never syncs. */
function whyNotTraced() {
  if (spawnSync('strace', ['-V']).error) return 'strace is not installed'
  const { pid } = spawn(process.execPath, ['-e', `setTimeout(() => {}, ${PROBE_MS})`], { stdio: 'ignore' })
  const { status, stderr } = spawnSync('strace', ['-q', '-o', '/dev/null', '-p', String(pid)], { encoding: 'utf8' })
  return status === 0 ? null : `strace may not trace here: ${stderr.trim().split('\n')[0]}`
}

async function countSyncs(pid, folder, work) {
  const file = join(folder, 'trace')
  const tracer = spawn('strace', ['-f', '-q', '-e', 'trace=fsync,fdatasync', '-o', file, '-p', String(pid)], {
    stdio: 'ignore',
  })
  await wait(ATTACH_MS)
  await work()
  const ended = new Promise((resolve) => tracer.once('exit', resolve))
  tracer.kill('SIGINT')
  await ended
  return syncsIn(file)
}

const syncsIn = (file) => readFileSync(file, 'utf8').match(/(fsync|fdatasync)\(\d+/g)?.length ?? 0

/** The trap: in WAL mode the driver's build falls back to `synchronous=NORMAL` at the first write. */
function controlSyncs(folder) {
  const script = join(folder, 'control.mjs')
  const trace = join(folder, 'control.trace')
  writeFileSync(
    script,
    `import { createRequire } from 'node:module'
const Database = createRequire(process.argv[2])('better-sqlite3')
const db = new Database(process.argv[3])
db.pragma('journal_mode = WAL')
db.exec('CREATE TABLE t (a)')
const insert = db.prepare('INSERT INTO t VALUES (1)')
for (let call = 0; call < ${CALLS}; call++) insert.run()
`,
  )
  const args = [
    '-f',
    '-q',
    '-e',
    'trace=fsync,fdatasync',
    '-o',
    trace,
    process.execPath,
    script,
    import.meta.url,
    join(folder, 'control.sqlite'),
  ]
  const { status } = spawnSync('strace', args, { stdio: 'ignore' })
  if (status !== 0) throw new Error('the control did not run')
  return syncsIn(trace)
}
