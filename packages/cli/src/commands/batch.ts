import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs'
import { extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { LEGAL_BASES, RESULT_COLUMNS } from '@heyan/contract'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { AdminError } from '../admin-client.js'
import { oneOf } from '../arguments.js'
import { appCodeFor } from '../batch/app-code.js'
import { type Batch, BatchClient } from '../batch/batch-client.js'
import { removeNote } from '../batch/batch-note.js'
import { type BatchWishes, begin } from '../batch/begin.js'
import { follow } from '../batch/follow.js'
import { fileToSend } from '../file-to-send.js'
import { print } from '../print.js'
import { serverUrl } from '../server-url.js'

/** What the server takes. */
const SHEET_MAX_BYTES = 20 * 1024 * 1024
const OWNER_ONLY = 0o600
/** What is kept of why and on what grounds, where the command does not say. */
const PURPOSE = '命令行批量核验'
const LEGAL_BASIS = 'consent'

interface Options extends BatchWishes {
  readonly app?: string
  readonly columns?: string
  readonly delete?: boolean
  readonly json?: boolean
}

export function batchCommand(): Command {
  return new Command('batch')
    .description(
      'verifies every row of a sheet (CSV, XLSX) and writes it again with the answers; given again, it goes on',
    )
    .argument('<in>', 'the sheet')
    .argument('<out>', 'where the answers go; .csv or .xlsx')
    .option('--app <appid>', 'who is charged; by default HEYAN_APPCODE, or the only application there is')
    .option('--name-column <name>', 'the heading of the names, or the column counted from 0')
    .option('--number-column <name>', 'the heading of the numbers, or the column counted from 0')
    .option('--sheet <name>', 'the sheet of a workbook; the first one by default')
    .option('--header-row <n>', 'the row of the headings, counted from 1; 0 where there are none')
    .option('--purpose <text>', 'what for; kept without the people', PURPOSE)
    .option('--legal-basis <basis>', `on what grounds: ${LEGAL_BASES.join(', ')}`, oneOf(...LEGAL_BASES), LEGAL_BASIS)
    .option('--dedupe', 'asks once about a person who is there more than once')
    .option('--columns <names>', `what to add, by commas; all by default: ${RESULT_COLUMNS.join(',')}`)
    .option('--delete', 'destroys the files on the server as soon as the answers are here')
    .option('--json', 'one JSON value')
    .action(async (input: string, output: string, options: Options) => {
      const format = formatOf(output)
      if (existsSync(output)) throw new AdminError('file_there', `${output} is there already: name another file`)
      const { size } = fileToSend(input)
      if (size > SHEET_MAX_BYTES) throw new AdminError('file_too_large', `${input} is larger than 20 MB`)
      const url = serverUrl(process.env)
      const client = new BatchClient(url, await appCodeFor(options.app, process.env))
      const begun = await begin(client, url, input, output, options)
      const batch = await watch(client, begun, options)
      if (batch.status !== 'completed') return tellStop(batch, output, options)
      const query = new URLSearchParams({
        format,
        ...(options.columns === undefined ? {} : { columns: options.columns }),
      })
      await download(client, batch.id, query, output)
      if (options.delete) await client.delete(batch.id)
      removeNote(output)
      print(options.json === true, summaryOf(batch, output), words(batch, output))
    })
}

function formatOf(output: string): 'csv' | 'xlsx' {
  const format = extname(output).slice(1).toLowerCase()
  if (format === 'csv' || format === 'xlsx') return format
  throw new AdminError('format_unknown', `${output} ends in neither .csv nor .xlsx`)
}

async function watch(client: BatchClient, begun: Batch, { json }: Options): Promise<Batch> {
  const bar =
    json || !process.stderr.isTTY
      ? null
      : new SingleBar({ format: '{bar} {percentage}% {value}/{total} {rate}{left}{reason}', clearOnComplete: true })
  const shown = ({ rowsPerSecond, secondsLeft, reason }: Batch) => ({
    rate: rowsPerSecond === null ? '' : `${Math.round(rowsPerSecond)} rows/s `,
    left: secondsLeft === null ? '' : `${Math.ceil(secondsLeft)} s left `,
    reason: reason ?? '',
  })
  bar?.start(begun.rows, begun.done, shown(begun))
  try {
    return await follow(client, begun.id, (batch) => bar?.update(batch.done, shown(batch)))
  } finally {
    bar?.stop()
  }
}

/** To a file beside it first: what bears the name is whole. */
async function download(client: BatchClient, id: string, query: URLSearchParams, output: string): Promise<void> {
  const part = `${output}.part`
  rmSync(part, { force: true })
  try {
    const stream = await client.results(id, query)
    await pipeline(stream, createWriteStream(part, { flags: 'wx', mode: OWNER_ONLY, flush: true }))
    renameSync(part, output)
  } finally {
    rmSync(part, { force: true })
  }
}

function tellStop(batch: Batch, output: string, { json }: Options): void {
  process.exitCode = 1
  print(
    json === true,
    summaryOf(batch, null),
    `${STOPS[batch.status] ?? batch.status}: ${batch.done} of ${batch.rows} rows`,
  )
  if (batch.status === 'cancelled' || batch.status === 'failed') removeNote(output)
}

const STOPS: Readonly<Partial<Record<Batch['status'], string>>> = {
  out_of_quota: 'no calls are left; grant more, and give the same command again',
  paused: 'paused; give the same command again to go on',
  cancelled: 'cancelled',
  failed: 'failed',
}

function summaryOf({ id, status, reason, rows, done, counts, charged, duplicates }: Batch, output: string | null) {
  return { batchId: id, status, reason, rows, done, counts, charged, duplicates, output }
}

function words({ rows, counts, charged }: Batch, output: string): string {
  const { match = 0, mismatch = 0, no_record = 0, problem = 0 } = counts
  return `${rows} 行：一致 ${match}，不一致 ${mismatch}，查无记录 ${no_record}，信息有误 ${problem}；计费 ${charged} 次 → ${output}`
}
