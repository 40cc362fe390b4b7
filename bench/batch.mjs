// `npm run bench -- batch [--rows N] [--format csv|xlsx] [--json]`: a sheet of people of the roster, from its first byte sent to the
// last byte of its results, beside reading and writing the same file alone, in one go. Everything is on: durable charges, sealed
// files, the roster. Memory is that of the server with the processes it starts, each page counted once, above what it has idle.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createSheetWriter, readSheet } from '@heyan/sheets'
import { csvOf, sheetOf } from '../campaigns/batch/sheet.mjs'
import { watchMemory } from './batch/memory.mjs'
import { startDoor, wait } from './load/server.mjs'

const COLUMNS = ['姓名', '身份证号码'].map((title) => ({ title, kind: 'text', width: 22 }))
const IDLE_MS = 1_500
const POLL_MS = 50
const BATCH_MAX_MS = 300_000
const ROWS_A_TIME = 1_000

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rows: { type: 'string', default: '100000' },
      format: { type: 'string', default: 'xlsx' },
      json: { type: 'boolean', default: false },
    },
  })
  const report = await bench(Number(values.rows), values.format)
  process.stdout.write(`${values.json ? JSON.stringify(report) : words(report)}\n`)
  return report.status === 'completed' && report.charged === report.rows ? 0 : 1
}

async function bench(rows, format) {
  const folder = mkdtempSync(join(tmpdir(), 'heyan-bench-batch-'))
  const door = await startDoor({ env: { DEMO: 'off', LOG_LEVEL: 'warn' } })
  try {
    const sheet = sheetOf(rows, { isPlain: true })
    const file = join(folder, `sheet.${format}`)
    await write(file, format, sheet)
    const aloneSeconds = await alone(file, join(folder, `alone.${format}`), format)
    await importRoster(door, sheet)
    const { appCode } = await door.admin('POST', '/applications', { name: 'bench', calls: rows, fields: 'full' })
    await wait(IDLE_MS)
    const memory = watchMemory(door.child.pid)
    const began = performance.now()
    const seconds = () => (performance.now() - began) / 1_000
    const { id } = await upload(door.url, appCode, file)
    const uploadedSeconds = seconds()
    const batch = await untilOver(door.url, appCode, id)
    const doneSeconds = seconds()
    await take(door.url, appCode, id, format, join(folder, `results.${format}`))
    const total = seconds()
    return {
      rows,
      format,
      seconds: rounded(total),
      vsFileAlone: rounded(total / aloneSeconds),
      ...memory.stop(),
      aloneSeconds: rounded(aloneSeconds),
      uploadSeconds: rounded(uploadedSeconds),
      verifySeconds: rounded(doneSeconds - uploadedSeconds),
      resultsSeconds: rounded(total - doneSeconds),
      rowsPerSecond: Math.round(rows / (doneSeconds - uploadedSeconds)),
      status: batch.status,
      charged: batch.charged,
      counts: batch.counts,
    }
  } finally {
    await door.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function write(path, format, sheet) {
  const writer = createSheetWriter(path, { format, columns: COLUMNS, sheetName: '名单' })
  for (let from = 0; from < sheet.length; from += ROWS_A_TIME)
    await writer.write(sheet.slice(from, from + ROWS_A_TIME).map(({ name, number }) => ({ cells: [name, number] })))
  await writer.finish()
}

/** The same file read and written with the same columns that results have, and nothing asked. */
async function alone(input, output, format) {
  const began = performance.now()
  const more = ['结果', '说明', '建议', '性别', '出生日期', '地区', '是否计费', '流水号'].map((title) => ({
    title,
    kind: 'text',
  }))
  const writer = createSheetWriter(output, { format, columns: [...COLUMNS, ...more], sheetName: '名单' })
  for await (const rows of readSheet(input, { headerRow: 1 })) {
    await writer.write(
      rows.map(({ cells }) => ({
        cells: [...cells, '一致', '', '', '男', '1880-01-01', '广东省汕头市', '是', 'X'.repeat(36)],
      })),
    )
  }
  await writer.finish()
  return (performance.now() - began) / 1_000
}

async function importRoster(door, sheet) {
  const token = readFileSync(join(door.dataDir, 'operator.token'), 'utf8').trim()
  const answer = await fetch(`${door.url}/admin/v1/roster`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    body: csvOf(sheet),
  })
  const last = (await answer.text()).trim().split('\n').at(-1)
  if (!answer.ok || JSON.parse(last).outcome?.count !== sheet.length) throw new Error(`the roster: ${last}`)
}

async function upload(url, appCode, file) {
  const form = new FormData()
  for (const [name, value] of Object.entries({ purpose: 'bench', legalBasis: 'consent', start: 'true' }))
    form.append(name, value)
  form.append('file', new Blob([readFileSync(file)]), 'sheet')
  return (await ask(`${url}/v1/batches`, appCode, { method: 'POST', body: form })).json()
}

async function untilOver(url, appCode, id) {
  const began = performance.now()
  for (;;) {
    const batch = await (await ask(`${url}/v1/batches/${id}`, appCode)).json()
    if (batch.status !== 'queued' && batch.status !== 'running') return batch
    if (performance.now() - began > BATCH_MAX_MS) return batch
    await wait(POLL_MS)
  }
}

async function take(url, appCode, id, format, output) {
  const answer = await ask(`${url}/v1/batches/${id}/results?format=${format}`, appCode)
  writeFileSync(output, Buffer.from(await answer.arrayBuffer()))
}

async function ask(url, appCode, options = {}) {
  const answer = await fetch(url, { ...options, headers: { authorization: `Bearer ${appCode}` } })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  return answer
}

const rounded = (value) => Math.round(value * 100) / 100

function words(report) {
  return [
    `${report.rows} rows (${report.format}): ${report.seconds} s, ${report.vsFileAlone} times reading and writing the file alone (${report.aloneSeconds} s)`,
    `sent and looked at ${report.uploadSeconds} s, verified ${report.verifySeconds} s (${report.rowsPerSecond} rows/s), results ${report.resultsSeconds} s`,
    `${report.peakMb} MB above idle (${report.idleMb} MB) at most; while it ran, by tenths: ${report.tenthsMb.join(' ')}`,
    `${report.status}, ${report.charged} charged`,
  ].join('\n')
}
