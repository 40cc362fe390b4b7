import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { AdminClient, AdminError } from '../admin-client.js'
import { type FileToSend, fileToSend } from '../file-to-send.js'
import { print } from '../print.js'

/** Problems and repeats of rows shown to people; `--json` has all that the server told. */
const ROWS_SHOWN = 10

interface Outcome {
  readonly kind?: string
  readonly count?: number
  readonly accepted?: number
  readonly refused?: number
  readonly problems?: readonly { line: number; reason: string }[]
  readonly duplicates?: number
  readonly conflicts?: number
  readonly repeats?: readonly { line: number; earlierLine: number; isConflict: boolean }[]
  readonly reason?: string
  readonly isResumable?: boolean
}

interface Standing {
  readonly count: number
  readonly unfinished: { readonly id: string; readonly bytes: number; readonly rows: number } | null
}

interface ImportFlags {
  readonly nameColumn?: string
  readonly numberColumn?: string
  readonly json?: boolean
}

export function rosterCommand(): Command {
  const roster = new Command('roster').description("an organisation's own authoritative list")

  roster
    .command('import <file>')
    .description(
      'replaces the list by a CSV file (UTF-8 or GBK) or a workbook (XLSX); the old one serves until the new one is complete. Interrupted, the same command goes on',
    )
    .option('--name-column <name>', 'the heading of the names')
    .option('--number-column <name>', 'the heading of the numbers')
    .option('--json', 'one JSON value')
    .action(importList)

  roster
    .command('forget')
    .description('throws away what an interrupted import has left')
    .option('--json', 'one JSON value')
    .action(async ({ json }) => {
      await new AdminClient(process.env).delete('/roster/unfinished')
      print(json, { ok: true }, 'nothing is left of it')
    })

  roster
    .command('count')
    .description('the people on the list')
    .option('--json', 'one JSON value')
    .action(async ({ json }) => {
      const { count } = (await new AdminClient(process.env).get('/roster')) as Standing
      print(json, { count }, String(count))
    })

  return roster
}

async function importList(path: string, { nameColumn, numberColumn, json = false }: ImportFlags): Promise<void> {
  const file = fileToSend(path)
  const client = new AdminClient(process.env)
  const query = new URLSearchParams({
    ...(nameColumn === undefined ? {} : { nameColumn }),
    ...(numberColumn === undefined ? {} : { numberColumn }),
  })
  const from = file.isFile ? await placeToGoOn(client, file, query) : 0
  if (from > 0 && !json) process.stderr.write(`goes on where it was interrupted, at ${percent(from, file.size)}\n`)
  const bar =
    json || !process.stderr.isTTY
      ? null
      : new SingleBar({ format: '{bar} {percentage}% {eta_formatted}', clearOnComplete: true })
  bar?.start(file.size, from)
  const counted = new Transform({
    transform(chunk, _encoding, done) {
      bar?.increment(chunk.length)
      done(null, chunk)
    },
  })
  const stream = file.open(from)
  stream.on('error', (error) => counted.destroy(error))
  let outcome: Outcome | null = null
  for await (const line of client.upload(`/roster?${query}`, stream.pipe(counted))) {
    const { outcome: last, fault } = line as { outcome?: Outcome; fault?: string }
    if (fault !== undefined) throw new AdminError('import_failed', fault)
    if (last !== undefined) outcome = last
  }
  bar?.stop()
  if (outcome === null)
    throw new AdminError('import_failed', 'the server ended before the import did; the old list goes on serving')
  print(json, outcome, words(outcome))
  if (outcome.count === undefined) process.exitCode = 1
}

/** Names the list in the query, and finds how many of its bytes the server has read already. */
async function placeToGoOn(client: AdminClient, file: FileToSend, query: URLSearchParams): Promise<number> {
  const { unfinished } = (await client.get('/roster')) as Standing
  const hash = createHash('sha256')
  await pipeline(file.open(), hash)
  const id = createHash('sha256')
    .update(`${hash.digest('hex')}\n${query}`)
    .digest('hex')
  query.set('id', id)
  if (unfinished?.id !== id) return 0
  query.set('from', String(unfinished.bytes))
  return unfinished.bytes
}

function words(outcome: Outcome): string {
  if (outcome.count === undefined) {
    const next = outcome.isResumable === true ? 'the same command goes on with it' : 'the old list goes on serving'
    return `refused: ${outcome.reason ?? 'the file cannot be read'}; ${next}`
  }
  const problems = (outcome.problems ?? []).slice(0, ROWS_SHOWN).map(({ line, reason }) => `  line ${line}: ${reason}`)
  const repeats = (outcome.repeats ?? [])
    .slice(0, ROWS_SHOWN)
    .map(
      ({ line, earlierLine, isConflict }) =>
        `  line ${line}: the number of line ${earlierLine}${isConflict ? ', with another name, which counts' : ' again'}`,
    )
  const { duplicates = 0, conflicts = 0 } = outcome
  return [
    `${outcome.count} people; ${outcome.refused ?? 0} rows refused`,
    ...problems,
    ...(duplicates + conflicts === 0 ? [] : [`${duplicates} rows again, ${conflicts} with another name`]),
    ...repeats,
  ].join('\n')
}

function percent(part: number, whole: number): string {
  return `${Math.floor((part * 100) / Math.max(1, whole))}%`
}
