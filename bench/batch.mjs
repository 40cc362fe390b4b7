// `npm run bench -- batch [--rows N] [--format csv|xlsx] [--json]`: a sheet of N people verified against a roster by the real
// server, from its upload to the downloaded sheet of results, beside reading and writing the same file alone. Memory is that of the
// server and of what it starts, above idle.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkDigit } from '@heyan/core'
import { createSheetWriter, readSheet } from '@heyan/sheets'
import { startDoor, wait } from './load/server.mjs'

const CALLS = 1_000_000_000
const POLL_MS = 100
const MEMORY_POLL_MS = 50
const IDLE_MS = 1_000
const ROWS_PER_WRITE = 1_000
const COLUMNS = ['编号', '姓名', '身份证号码', '班级']
const two = (value) => String(value).padStart(2, '0')

/** People born from 1800 to 1889, a thousand a day. */
function numberOf(index) {
  const day = Math.floor(index / 1_000)
  const date = `1${800 + (Math.floor(day / 336) % 90)}${two(1 + (Math.floor(day / 28) % 12))}${two(1 + (day % 28))}`
  const body = `110105${date}${String(index % 1_000).padStart(3, '0')}`
  return body + checkDigit(body)
}

const nameOf = (index) => `甲${String.fromCharCode(0x4e00 + (index % 20_000))}`

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rows: { type: 'string', default: '100000' },
      format: { type: 'string', default: 'csv' },
      json: { type: 'boolean', default: false },
    },
  })
  const [rows, { format }] = [Number(values.rows), values]
  const folder = mkdtempSync(join(tmpdir(), 'heyan-bench-'))
  const door = await startDoor({ env: { DEMO: 'off', LOG_LEVEL: 'warn' } })
  try {
    const file = join(folder, `people.${format}`)
    await writePeople(file, format, rows)
    await importRoster(door, rows)
    const { appCode } = await door.admin('POST', '/applications', { name: 'bench', calls: CALLS })
    await wait(IDLE_MS)
    const fileAloneSeconds = await fileAlone(file, join(folder, `copy.${format}`), format)
    const idleMb = treeMb(door.child.pid)
    const memory = watchMemory(door.child.pid)
    const started = performance.now()
    const batch = await verify(door.url, appCode, readFileSync(file))
    const verifiedSeconds = secondsSince(started)
    const bytes = await download(door.url, appCode, batch.id, format)
    const seconds = secondsSince(started)
    const peakMb = Math.round(memory.stop() - idleMb)
    if (batch.status !== 'completed' || batch.charged !== rows || batch.counts.match !== rows)
      throw new Error(`not every row matched and was charged: ${JSON.stringify(batch)}`)
    const report = {
      rows,
      format,
      seconds: round(seconds),
      verifiedSeconds: round(verifiedSeconds),
      rowsPerSecond: Math.round(rows / verifiedSeconds),
      fileAloneSeconds: round(fileAloneSeconds),
      vsFileAlone: round(seconds / fileAloneSeconds),
      peakMb,
      idleMb: Math.round(idleMb),
      resultBytes: bytes,
      sentBytes: statSync(file).size,
    }
    console.log(values.json ? JSON.stringify(report) : report)
  } finally {
    await door.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function writePeople(file, format, rows) {
  const writer = createSheetWriter(file, {
    format,
    sheetName: '名单',
    columns: COLUMNS.map((title) => ({ title, kind: 'text' })),
  })
  for (let from = 0; from < rows; from += ROWS_PER_WRITE)
    await writer.write(
      Array.from({ length: Math.min(ROWS_PER_WRITE, rows - from) }, (_, place) => {
        const index = from + place
        return { cells: [String(index + 1), nameOf(index), numberOf(index), '一班'] }
      }),
    )
  await writer.finish()
}

async function importRoster({ url, dataDir }, rows) {
  const token = readFileSync(join(dataDir, 'operator.token'), 'utf8').trim()
  let text = '姓名,身份证号码\n'
  for (let index = 0; index < rows; index++) text += `${nameOf(index)},${numberOf(index)}\n`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' }
  const answer = await fetch(`${url}/admin/v1/roster`, { method: 'PUT', headers, body: text })
  const last = (await answer.text()).trim().split('\n').at(-1)
  if (JSON.parse(last).outcome?.count !== rows) throw new Error(`the roster was not imported: ${last}`)
}

/** The same file read whole and written again, with nothing done in between. */
async function fileAlone(file, copy, format) {
  const started = performance.now()
  const writer = createSheetWriter(copy, {
    format,
    sheetName: '名单',
    columns: COLUMNS.map((title) => ({ title, kind: 'text' })),
  })
  for await (const rows of readSheet(file, { headerRow: 1 })) await writer.write(rows)
  await writer.finish()
  return secondsSince(started)
}

async function verify(url, appCode, bytes) {
  const headers = { authorization: `Bearer ${appCode}` }
  const form = new FormData()
  for (const [name, value] of [
    ['purpose', 'bench'],
    ['legalBasis', 'other_law'],
    ['start', 'true'],
  ])
    form.append(name, value)
  form.append('file', new Blob([bytes]), 'people')
  let batch = await (await fetch(`${url}/v1/batches`, { method: 'POST', headers, body: form })).json()
  if (batch.id === undefined) throw new Error(JSON.stringify(batch))
  while (batch.status === 'queued' || batch.status === 'running') {
    await wait(POLL_MS)
    batch = await (await fetch(`${url}/v1/batches/${batch.id}`, { headers })).json()
  }
  return batch
}

async function download(url, appCode, id, format) {
  const answer = await fetch(`${url}/v1/batches/${id}/results?format=${format}`, {
    headers: { authorization: `Bearer ${appCode}` },
  })
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.arrayBuffer()).byteLength
}

function watchMemory(pid) {
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, treeMb(pid))
  }, MEMORY_POLL_MS)
  return {
    stop() {
      clearInterval(timer)
      return peak
    },
  }
}

/** Resident memory of a process and of what it started, in MB. */
function treeMb(pid) {
  const parents = new Map()
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      // It ended meanwhile.
    }
  }
  const isOurs = (one) => one === pid || (parents.has(one) && isOurs(parents.get(one)))
  return [...parents.keys()].filter(isOurs).reduce((sum, one) => sum + residentMb(one), 0)
}

function residentMb(pid) {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024
  } catch {
    return 0
  }
}

const secondsSince = (started) => (performance.now() - started) / 1_000
const round = (value) => Number(value.toFixed(2))
